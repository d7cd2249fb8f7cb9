import type { Run } from '../../api/collections';
import { NOTHING } from '../../ui/format';

export const REASONS: Record<Run['reason'], string> = {
  manual: 'somebody asked',
  policy: 'the policy changed',
  calendar: 'the calendar changed',
  import: 'a file brought late debts',
  day: 'a day passed',
  moment: 'a moment of the day came',
};

/** How long something took. */
export function lasted(seconds: number | null): string {
  if (seconds === null) return NOTHING;
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 90) return `${seconds.toFixed(1)} s`;
  return `${Math.round(seconds / 60)} min`;
}
