import type { Collector, Queue } from '../../api/collections';
import type { Format } from '../../ui/format';
import { lookOf } from '../../ui/status';

/** What counts in the urgency of a case, by the API's names. */
export const MARKS = [
  { name: 'amount', label: 'Debt' },
  { name: 'age', label: 'Age' },
  { name: 'broken', label: 'Broken promises' },
  { name: 'silence', label: 'Silence' },
  { name: 'priority', label: 'Priority' },
] as const;

/** Which cases are in a queue, in words. */
export function filteredBy(
  filter: Queue['filter'],
  collectors: Collector[],
  format: Format,
): string {
  const named = collectors.find(({ id }) => id === filter.collector_id)?.name ?? 'one collector';
  const amount = (money: { amount: string }) => money.amount;
  const said = [
    filter.status?.length && filter.status.map((each) => lookOf(each).label).join(' or '),
    filter.collector_id && `of ${named}`,
    filter.assigned != null && (filter.assigned ? 'assigned' : 'assigned to nobody'),
    filter.customer_id && 'of one customer',
    filter.stage && `at stage ${filter.stage}`,
    filter.segment && `of segment ${filter.segment}`,
    filter.min_debt && `owing ${amount(filter.min_debt)} or more`,
    filter.max_debt && `owing ${amount(filter.max_debt)} or less`,
    filter.opened_from && `opened from ${format.date(filter.opened_from)}`,
    filter.opened_to && `opened until ${format.date(filter.opened_to)}`,
  ].filter(Boolean);
  return said.length > 0 ? said.join(', ') : 'all';
}

/** What makes a case urgent, the heaviest first. */
export function countedBy(weights: Queue['weights']): string {
  const total = MARKS.reduce((sum, { name }) => sum + weights[name], 0);
  return MARKS.filter(({ name }) => weights[name] > 0)
    .sort((one, other) => weights[other.name] - weights[one.name])
    .map(({ name, label }) => `${label} ${Math.round((weights[name] / total) * 100)} %`)
    .join(', ');
}
