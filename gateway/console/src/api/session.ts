/**
 * The session of this tab: who is logged in, and for which organization.
 *
 * Kept in sessionStorage, so that a reload keeps it and closing the tab ends it. Refresh tokens
 * are good for one exchange; `renew` is the only place that makes one, and lets any number of
 * callers share it.
 */
import { Problem } from './problem';
import type { Tokens, User } from './types';

export interface Session {
  tokens: Tokens;
  /** The organization a platform_admin acts within; others always have their own. */
  organizationId: string | null;
}

const KEY = 'duesline.session';
const SOON_MS = 30_000;

const listeners = new Set<() => void>();
let current: Session | null = read();
let renewing: Promise<boolean> | null = null;

export function session(): Session | null {
  return current;
}

export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function user(): User | null {
  return current?.tokens.user ?? null;
}

/** Begin a session. Throws a Problem when the server refuses it. */
export async function logIn(email: string, password: string): Promise<void> {
  const answer = await post('/api/v1/auth/login', { email, password });
  const body: unknown = await answer.json().catch(() => null);
  if (!answer.ok) throw Problem.of(answer.status, body);
  const tokens = body as Tokens;
  set({ tokens, organizationId: tokens.user.organization_id });
}

/** End the session here at once, and on the server as soon as it hears of it. */
export function logOut(): void {
  const token = current?.tokens.refresh_token;
  set(null);
  if (token !== undefined) {
    void post('/api/v1/auth/logout', { refresh_token: token }).catch(() => undefined);
  }
}

export function actWithin(organizationId: string): void {
  if (current !== null) set({ ...current, organizationId });
}

/** The access token to use now, renewed first when it is about to end. */
export async function accessToken(): Promise<string | null> {
  const tokens = current?.tokens;
  if (tokens === undefined) return null;
  if (Date.parse(tokens.expires_at) - Date.now() < SOON_MS) await renew(tokens.access_token);
  return current?.tokens.access_token ?? null;
}

/**
 * Replace an access token that was refused or is ending. True when there is another one now.
 *
 * A refusal of the refresh token ends the session; a server that cannot be reached does not.
 */
export function renew(stale: string): Promise<boolean> {
  if (current === null) return Promise.resolve(false);
  if (current.tokens.access_token !== stale) return Promise.resolve(true);
  renewing ??= exchange(current).finally(() => {
    renewing = null;
  });
  return renewing;
}

async function exchange(before: Session): Promise<boolean> {
  try {
    const answer = await post('/api/v1/auth/refresh', {
      refresh_token: before.tokens.refresh_token,
    });
    if (answer.ok) {
      const tokens = (await answer.json()) as Tokens;
      if (current !== null) set({ ...current, tokens });
      return current !== null;
    }
    if (answer.status < 500 && answer.status !== 429) set(null);
  } catch {
    // Not reached: the token may still be good when the connection is back.
  }
  return false;
}

function post(path: string, body: object): Promise<Response> {
  return fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
}

function set(next: Session | null): void {
  current = next;
  if (next === null) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, JSON.stringify(next));
  for (const listener of listeners) listener();
}

function read(): Session | null {
  const kept = sessionStorage.getItem(KEY);
  if (kept === null) return null;
  try {
    return JSON.parse(kept) as Session;
  } catch {
    return null;
  }
}
