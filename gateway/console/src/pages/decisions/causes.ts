import type { Decision } from '../../api/types';
import { words } from '../../ui/status';

/** What brought a decision about, in words: `billing.invoice-overdue.v1` is "invoice overdue". */
export function causeOf({ cause }: Pick<Decision, 'cause'>): string {
  if (cause.run_id !== null) return 'a run';
  const name = cause.type.split('.').find((part, at) => at > 0 && !/^v\d+$/.test(part));
  return words((name ?? cause.type).replaceAll('-', ' '));
}
