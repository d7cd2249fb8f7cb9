import type { CaseStatus } from '../../api/collections';

/** The moves a person may make. A case becomes `assigned` by being assigned. */
export const MAY_BECOME: Record<CaseStatus, CaseStatus[]> = {
  new: ['closed'],
  assigned: ['in_contact', 'disputed', 'closed'],
  in_contact: ['negotiating', 'disputed', 'closed'],
  negotiating: ['payment_plan', 'settled', 'disputed', 'closed'],
  payment_plan: ['settled', 'disputed', 'closed'],
  disputed: ['in_contact', 'closed'],
  settled: ['closed'],
  closed: [],
};
