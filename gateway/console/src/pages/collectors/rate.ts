/** A share of a hundred as it was typed, as the quotient the API takes: 12.5 is 0.125. */
export function quotient(share: string): string {
  return String(Number((Number(share.trim().replace(',', '.')) / 100).toFixed(6)));
}

/** A quotient as a share of a hundred, to be edited. */
export function share(rate: string): string {
  return String(Number((Number(rate) * 100).toFixed(4)));
}
