/** Every status the console shows, its colour and its words: the one place for both. */
const GOOD = 'teal';
const BAD = 'red';
const WARN = 'yellow';
const BUSY = 'blue';
const QUIET = 'gray';

interface Look {
  color: string;
  label: string;
}

const LOOKS: Record<string, Look> = {
  // lines
  not_installed: { color: QUIET, label: 'not installed' },
  active: { color: GOOD, label: 'active' },
  inactive: { color: QUIET, label: 'inactive' },
  suspended: { color: BAD, label: 'suspended' },
  cancelled: { color: QUIET, label: 'cancelled' },
  // invoices
  draft: { color: QUIET, label: 'draft' },
  sent: { color: BUSY, label: 'sent' },
  open: { color: BUSY, label: 'open' },
  partial: { color: WARN, label: 'partial' },
  paid: { color: GOOD, label: 'paid' },
  overdue: { color: BAD, label: 'overdue' },
  void: { color: QUIET, label: 'void' },
  plan_fee: { color: 'grape', label: 'payment plan fee' },
  // holds
  non_payment: { color: BAD, label: 'non-payment' },
  voluntary: { color: WARN, label: 'voluntary' },
  fraud: { color: 'grape', label: 'fraud' },
  admin: { color: 'orange', label: 'admin' },
  // decisions
  suspend: { color: BAD, label: 'suspend' },
  reactivate: { color: GOOD, label: 'reactivate' },
  keep_suspended: { color: 'orange', label: 'keep suspended' },
  keep_active: { color: 'cyan', label: 'keep active' },
  none: { color: QUIET, label: 'none' },
  // payments
  succeeded: { color: GOOD, label: 'succeeded' },
  partially_refunded: { color: WARN, label: 'partly refunded' },
  refunded: { color: QUIET, label: 'refunded' },
  disputed: { color: 'orange', label: 'disputed' },
  charged_back: { color: BAD, label: 'charged back' },
  reversed: { color: QUIET, label: 'reversed' },
  preparing: { color: BUSY, label: 'preparing' },
  created: { color: BUSY, label: 'waiting for the payer' },
  processing: { color: BUSY, label: 'processing' },
  // subscriptions and bill runs
  paused: { color: WARN, label: 'paused' },
  queued: { color: BUSY, label: 'waiting' },
  running: { color: BUSY, label: 'running' },
  // cases and what is agreed on them
  new: { color: BUSY, label: 'new' },
  assigned: { color: BUSY, label: 'assigned' },
  in_contact: { color: 'cyan', label: 'in contact' },
  negotiating: { color: WARN, label: 'negotiating' },
  payment_plan: { color: 'grape', label: 'payment plan' },
  settled: { color: GOOD, label: 'settled' },
  closed: { color: QUIET, label: 'closed' },
  kept: { color: GOOD, label: 'kept' },
  broken: { color: BAD, label: 'broken' },
  upheld: { color: GOOD, label: 'upheld' },
  rejected: { color: BAD, label: 'rejected' },
  payment_in_flight: { color: BUSY, label: 'being paid' },
  manual: { color: WARN, label: 'paused by hand' },
  // policies, runs and stops
  published: { color: GOOD, label: 'in force' },
  retired: { color: QUIET, label: 'retired' },
  pending: { color: BUSY, label: 'waiting' },
  stopped: { color: BAD, label: 'stopped' },
  waiting: { color: BAD, label: 'waits for two people' },
  half_released: { color: WARN, label: 'waits for a second person' },
  released: { color: GOOD, label: 'released' },
  dismissed: { color: QUIET, label: 'dismissed' },
  // stages and reminders
  remind: { color: BUSY, label: 'remind' },
  warn: { color: WARN, label: 'warn' },
  restrict: { color: 'orange', label: 'restrict' },
  late_fee: { color: 'grape', label: 'late fee' },
  assign: { color: 'cyan', label: 'assign' },
  propose_write_off: { color: QUIET, label: 'propose a write-off' },
  propose_cancellation: { color: 'dark', label: 'propose cancellation' },
  upcoming: { color: BUSY, label: 'upcoming' },
  due_today: { color: WARN, label: 'due today' },
  bounced: { color: BAD, label: 'bounced' },
  not_needed: { color: QUIET, label: 'not needed' },
  // imports
  uploaded: { color: BUSY, label: 'waiting' },
  validating: { color: BUSY, label: 'validating' },
  applying: { color: BUSY, label: 'applying' },
  finished: { color: GOOD, label: 'finished' },
  failed: { color: BAD, label: 'failed' },
  // processes and dead letters
  up: { color: GOOD, label: 'up' },
  ready: { color: GOOD, label: 'all up' },
  down: { color: BAD, label: 'down' },
  dead: { color: BAD, label: 'dead' },
  replaying: { color: BUSY, label: 'replaying' },
  replayed: { color: GOOD, label: 'replayed' },
  discarded: { color: QUIET, label: 'discarded' },
};

/** How a status looks; one that is not known shows as it is called. */
export function lookOf(status: string): Look {
  return LOOKS[status] ?? { color: QUIET, label: words(status) };
}

/** `bank_transfer` as people write it. */
export function words(name: string): string {
  return name.replaceAll('_', ' ');
}
