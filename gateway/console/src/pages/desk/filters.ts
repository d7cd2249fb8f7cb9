import type { BulkAssignmentIn, CaseStatus } from '../../api/collections';

/** What the desk keeps in the address. */
export const FILTERS = [
  'view',
  'queue',
  'q',
  'status',
  'collector',
  'stage',
  'min',
  'max',
  'customer_id',
  'sort',
] as const;

type Name = (typeof FILTERS)[number];

export type DeskFilters = Record<Name, string | undefined>;
export type ChangeFilters = (changes: Partial<Record<Name, string | null>>) => void;

export const NOBODY = 'nobody';

/** The same as the API takes it in a body. */
export function asFilter(filters: DeskFilters): NonNullable<BulkAssignmentIn['filter']> {
  const { q, status, collector, stage, min, max, customer_id } = filters;
  return {
    q,
    status: status === undefined ? undefined : [status as CaseStatus],
    collector_id: collector === NOBODY ? undefined : collector,
    assigned: collector === NOBODY ? false : undefined,
    stage,
    min_debt: min === undefined ? undefined : { amount: min },
    max_debt: max === undefined ? undefined : { amount: max },
    customer_id,
  };
}
