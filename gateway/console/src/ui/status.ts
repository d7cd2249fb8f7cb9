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
