import type { CaseDetail } from '../../api/collections';

/** What every dialog about a case is given. */
export interface Asked {
  of: CaseDetail;
  onClose: () => void;
  onDone: () => void;
}

/** The day so many days after a plain date, as a plain date. */
export function daysAfter(day: string, days: number): string {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}
