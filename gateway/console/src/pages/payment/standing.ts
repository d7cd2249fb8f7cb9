import type { Payment } from '../../api/money';

type Allocation = Payment['allocations'][number];

/** The allocations that hold: not taken back, and not takings back. */
export function standing(payment: Payment): Allocation[] {
  const takenBack = new Set(payment.allocations.map(({ reverses }) => reverses));
  return payment.allocations.filter(({ id, reverses }) => reverses === null && !takenBack.has(id));
}
