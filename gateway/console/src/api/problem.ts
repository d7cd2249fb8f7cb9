/** Refusals of the API (RFC 9457), and failures to reach it, as one error. */

interface FieldError {
  loc: (string | number)[];
  msg: string;
}

const TYPE_PREFIX = 'https://duesline.dev/problems/';

export class Problem extends Error {
  override readonly name = 'Problem';

  constructor(
    readonly status: number,
    readonly slug: string,
    readonly title: string,
    detail: string,
    /** Everything the answer said; a rule's own facts are among it. */
    readonly members: Record<string, unknown> = {},
  ) {
    super(detail);
  }

  /** What an answer that is not a success says, however little that is. */
  static of(status: number, body: unknown): Problem {
    const members = isRecord(body) ? body : {};
    const type = text(members.type) ?? '';
    return new Problem(
      status,
      type.startsWith(TYPE_PREFIX) ? type.slice(TYPE_PREFIX.length) : type || 'unknown',
      text(members.title) ?? `The server answered ${status}`,
      text(members.detail) ?? 'It did not say why.',
      members,
    );
  }

  /** Messages by the name of the form field they belong to, such as `email` or `price`. */
  fields(): Record<string, string> {
    const errors = Array.isArray(this.members.errors) ? (this.members.errors as FieldError[]) : [];
    const found: Record<string, string> = {};
    for (const { loc, msg } of errors) {
      const field = loc.find((part) => typeof part === 'string' && part !== 'body');
      if (typeof field === 'string') found[field] ??= msg;
    }
    const single = text(this.members.field);
    if (single !== undefined) found[single] ??= this.message;
    return found;
  }

  /** Messages by the whole path of the place they are about: `document.stages.0.day`. */
  places(): [string, string][] {
    const errors = Array.isArray(this.members.errors) ? (this.members.errors as FieldError[]) : [];
    return errors.map(({ loc, msg }) => [loc.filter((part) => part !== 'body').join('.'), msg]);
  }
}

/** Any thrown thing as a Problem. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem(
    0,
    'unreachable',
    'The server cannot be reached',
    'Check the connection; the page goes on by itself once it is back.',
    { cause: String(error) },
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
