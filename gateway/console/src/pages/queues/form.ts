import type { CaseStatus, Queue, QueueIn } from '../../api/collections';
import { amountGiven, decimalText } from '../../ui/given';
import { NOBODY } from '../desk/filters';
import { MARKS } from './words';

/** A queue as it stands in the fields. */
export interface Typed {
  name: string;
  status: string[];
  collector: string | null;
  stage: string;
  segment: string;
  min: string;
  max: string;
  opened_from: string;
  opened_to: string;
  amount: number;
  age: number;
  broken: number;
  silence: number;
  priority: number;
  full_debt: string;
  full_age_days: number;
  full_broken: number;
  full_silent_days: number;
}

/** What a queue is by itself, as the API has it. */
const DEFAULTS = {
  amount: 30,
  age: 25,
  broken: 25,
  silence: 10,
  priority: 10,
  full_debt: '500',
  full_age_days: 90,
  full_broken: 2,
  full_silent_days: 14,
};

export function asTyped(queue: Queue | null): Typed {
  const filter: Partial<Queue['filter']> = queue?.filter ?? {};
  const weights = queue
    ? { ...queue.weights, full_debt: queue.weights.full_debt.amount }
    : DEFAULTS;
  return {
    name: queue?.name ?? '',
    status: filter.status ?? [],
    collector: filter.assigned === false ? NOBODY : (filter.collector_id ?? null),
    stage: filter.stage ?? '',
    segment: filter.segment ?? '',
    min: filter.min_debt?.amount ?? '',
    max: filter.max_debt?.amount ?? '',
    opened_from: filter.opened_from ?? '',
    opened_to: filter.opened_to ?? '',
    ...weights,
  };
}

export const wrongIn = {
  name: (name: string) => (name.trim() ? null : 'A name'),
  min: optionalAmount,
  max: optionalAmount,
  full_debt: amountGiven,
  amount: (_: number, typed: Typed) =>
    MARKS.some(({ name }) => typed[name] > 0) ? null : 'Something has to count',
};

/** The queue that is asked for; what of `before` has no field stays. */
export function asAsked(typed: Typed, before: Queue | null): QueueIn {
  const { name, status, collector, stage, segment, min, max, opened_from, opened_to } = typed;
  const money = (amount: string) => (amount.trim() ? { amount: decimalText(amount) } : null);
  return {
    name: name.trim(),
    filter: {
      status: status.length > 0 ? (status as CaseStatus[]) : null,
      collector_id: collector === NOBODY ? null : collector,
      assigned: collector === NOBODY ? false : before?.filter.assigned === true ? true : null,
      customer_id: before?.filter.customer_id ?? null,
      stage: stage.trim() || null,
      segment: segment.trim() || null,
      min_debt: money(min),
      max_debt: money(max),
      opened_from: opened_from || null,
      opened_to: opened_to || null,
    },
    weights: {
      amount: typed.amount,
      age: typed.age,
      broken: typed.broken,
      silence: typed.silence,
      priority: typed.priority,
      full_debt: { amount: decimalText(typed.full_debt) },
      full_age_days: typed.full_age_days,
      full_broken: typed.full_broken,
      full_silent_days: typed.full_silent_days,
    },
  };
}

function optionalAmount(value: string): string | null {
  return value.trim() ? amountGiven(value) : null;
}
