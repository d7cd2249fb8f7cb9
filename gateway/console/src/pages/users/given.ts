const SHORTEST = 10;

/** What is wrong with a password that is to be set; null when nothing is. */
export function passwordGiven(password: string): string | null {
  return password.length >= SHORTEST ? null : `At least ${SHORTEST} characters`;
}
