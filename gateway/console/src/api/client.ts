/** The typed client. Every request carries the session, and is tried once more after a 401. */
import createClient from 'openapi-fetch';

import { asProblem, Problem } from './problem';
import type { paths } from './schema';
import { accessToken, logOut, renew, session, user } from './session';

/** Send a request as the user; `make` is called again when it has to be repeated. */
export async function authorised(make: () => Request): Promise<Response> {
  const token = await accessToken();
  const answer = await fetch(signed(make(), token));
  if (answer.status !== 401 || token === null) return answer;
  if (!(await renew(token))) return answer;
  const again = await fetch(signed(make(), await accessToken()));
  if (again.status === 401) logOut();
  return again;
}

export const api = createClient<paths>({
  baseUrl: window.location.origin,
  fetch: (request: Request) => authorised(() => request.clone()),
});

/** The data of an answer; throws a Problem for any other outcome. */
export async function taken<T>(
  asking: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  const { data, error, response } = await asking.catch((failure: unknown) => {
    throw asProblem(failure);
  });
  if (!response.ok) throw Problem.of(response.status, error);
  return data as T;
}

/** The same for a path the generated client is no help with: files, forms, streams. */
export async function fetched(path: string, init: RequestInit = {}): Promise<Response> {
  const answer = await authorised(
    () => new Request(new URL(path, window.location.origin), init),
  ).catch((failure: unknown) => {
    throw asProblem(failure);
  });
  if (answer.ok) return answer;
  throw Problem.of(answer.status, await answer.json().catch(() => null));
}

/** Save an answer as a file. */
export async function download(path: string, name: string): Promise<void> {
  const content = await (await fetched(path)).blob();
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** A key for one intended effect: repeating the request with it repeats nothing. */
export function newKey(): string {
  // Not randomUUID: browsers have it on secure origins only.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}

/** The header that has a change refused when somebody else made one since this version. */
export function asSeen({ version }: { version: number }): { 'If-Match': string } {
  return { 'If-Match': `"${version}"` };
}

function signed(request: Request, token: string | null): Request {
  if (token !== null) request.headers.set('Authorization', `Bearer ${token}`);
  const organizationId = session()?.organizationId;
  if (organizationId && user()?.role === 'platform_admin') {
    request.headers.set('X-Organization-Id', organizationId);
  }
  return request;
}
