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
