/** The API's shapes by the path that shows or takes them: a renamed schema changes nothing here. */
import type { paths } from './schema';

type Method = 'get' | 'post' | 'put' | 'patch';

/** What a path answers. */
export type Answer<
  Path extends keyof paths,
  How extends Method = 'get',
  Status extends number = 200,
> = paths[Path][How] extends {
  responses: Record<Status, { content: { 'application/json': infer Body } }>;
}
  ? Body
  : never;

/** What a path is sent. */
export type Sent<Path extends keyof paths, How extends Method> = paths[Path][How] extends {
  requestBody: { content: { 'application/json': infer Body } };
}
  ? Body
  : never;

/** One row of the list at a path. */
export type Row<Path extends keyof paths> =
  Answer<Path> extends { items: (infer Item)[] } ? Item : never;
