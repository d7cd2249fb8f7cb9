import type { PolicyDocument, StageKind } from '../../api/collections';

export const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;

export const RESTORES: Record<PolicyDocument['restore']['rule'], string> = {
  zero: 'nothing is due, today included',
  past_due_cleared: 'nothing is overdue',
  below_threshold: 'less is overdue than the threshold',
  first_instalment: 'nothing is overdue, or the first instalment of a plan is paid',
};

export const KINDS: StageKind[] = [
  'remind',
  'warn',
  'restrict',
  'suspend',
  'late_fee',
  'assign',
  'propose_write_off',
  'propose_cancellation',
];
