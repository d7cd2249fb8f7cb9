/** Who stands behind the ids of users: asked for together, as many as are wanted at one time. */
import { api, taken } from './client';

type Name = string | null;
type Asker = { resolve: (name: Name) => void; reject: (error: unknown) => void };

const MOST = 100;
let waiting = new Map<string, Asker[]>();

/** A user's name; null when nobody of the organization or the platform has the id. */
export function nameOf(id: string): Promise<Name> {
  return new Promise((resolve, reject) => {
    if (waiting.size === 0) setTimeout(askAll);
    waiting.set(id, [...(waiting.get(id) ?? []), { resolve, reject }]);
  });
}

function askAll(): void {
  const asked = [...waiting];
  waiting = new Map();
  for (let at = 0; at < asked.length; at += MOST) void ask(asked.slice(at, at + MOST));
}

async function ask(asked: [string, Asker[]][]): Promise<void> {
  try {
    const { items } = await taken(
      api.GET('/api/v1/users/names', { params: { query: { ids: asked.map(([id]) => id) } } }),
    );
    const names = new Map(items.map(({ id, name }) => [id, name]));
    for (const [id, askers] of asked) {
      for (const { resolve } of askers) resolve(names.get(id) ?? null);
    }
  } catch (error) {
    for (const [, askers] of asked) for (const { reject } of askers) reject(error);
  }
}
