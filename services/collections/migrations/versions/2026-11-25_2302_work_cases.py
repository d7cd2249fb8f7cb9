"""Desk: cases, collectors, queue, agreements."""

from typing import Final

from alembic import op

from shared import schema

revision, down_revision = "7d903f42e5c6", "6c8f2e31d4b5"
branch_labels = depends_on = None

COLLECTOR: Final = """
CREATE TABLE collector (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL,
    name text NOT NULL,
    capacity int NOT NULL,
    commission_rate numeric(5, 4) NOT NULL,
    segments text[] NOT NULL DEFAULT '{}',
    active boolean NOT NULL DEFAULT true,
    turn_at timestamptz,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    CONSTRAINT uq_collector_user UNIQUE (organization_id, user_id),
    CONSTRAINT ck_collector_capacity CHECK (capacity BETWEEN 0 AND 100000),
    CONSTRAINT ck_collector_commission_rate CHECK (commission_rate BETWEEN 0 AND 1)
);
CREATE INDEX ix_collector_organization ON collector (organization_id, id);
CREATE INDEX ix_collector_name ON collector (organization_id, name, id);

CREATE TABLE collector_rate (
    collector_id uuid NOT NULL REFERENCES collector (id) ON DELETE CASCADE,
    from_on date NOT NULL,
    from_at timestamptz NOT NULL,
    organization_id uuid NOT NULL,
    rate numeric(5, 4) NOT NULL,
    PRIMARY KEY (collector_id, from_on, from_at),
    CONSTRAINT ck_collector_rate_rate CHECK (rate BETWEEN 0 AND 1)
);
"""

# An episode lasts until it is cured, also when its work was ended before (`closed`); so what
# is closed by hand is not begun anew by the next event. What an amount or a contact changes is
# in no index but the queue's, so that keeping the debt of a case current stays a heap-only update.
CASE: Final = """
CREATE TABLE dunning_case (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    line_id uuid,
    status text NOT NULL DEFAULT 'new',
    closed_reason text,
    opened_by text NOT NULL,
    opened_on date NOT NULL,
    opened_at timestamptz NOT NULL,
    covers_until date,
    cured_on date,
    closed_at timestamptz,
    currency text NOT NULL,
    debt_minor bigint NOT NULL,
    oldest_due_on date,
    segment text,
    stage text,
    stage_kind text,
    stage_on date,
    priority int NOT NULL DEFAULT 0,
    broken_promises int NOT NULL DEFAULT 0,
    collector_id uuid REFERENCES collector (id),
    assigned_at timestamptz,
    last_contact_at timestamptz,
    next_action_on date,
    leased_by uuid,
    leased_until timestamptz,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT ck_dunning_case_status CHECK (status IN ('new', 'assigned', 'in_contact',
        'negotiating', 'payment_plan', 'disputed', 'settled', 'closed')),
    CONSTRAINT ck_dunning_case_closed_reason CHECK (
        (closed_reason IS NOT NULL) = (status = 'closed') AND
        closed_reason IN ('cured', 'exhausted', 'by_hand')),
    CONSTRAINT ck_dunning_case_closed_at CHECK ((closed_at IS NOT NULL) = (status = 'closed')),
    CONSTRAINT ck_dunning_case_cured CHECK (cured_on IS NULL OR status = 'closed'),
    CONSTRAINT ck_dunning_case_assigned CHECK (status <> 'assigned' OR collector_id IS NOT NULL),
    CONSTRAINT ck_dunning_case_opened_by CHECK (opened_by IN ('policy', 'import', 'hand')),
    CONSTRAINT ck_dunning_case_covers_until
        CHECK ((covers_until IS NOT NULL) = (opened_by = 'hand')),
    CONSTRAINT ck_dunning_case_debt_minor CHECK (debt_minor >= 0),
    CONSTRAINT ck_dunning_case_priority CHECK (priority BETWEEN 0 AND 100),
    CONSTRAINT ck_dunning_case_broken_promises CHECK (broken_promises >= 0)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
CREATE UNIQUE INDEX uq_dunning_case_episode ON dunning_case
    (organization_id, customer_id, line_id) NULLS NOT DISTINCT WHERE cured_on IS NULL;
CREATE INDEX ix_dunning_case_organization ON dunning_case (organization_id, id);
CREATE INDEX ix_dunning_case_status ON dunning_case (organization_id, status, id);
CREATE INDEX ix_dunning_case_worked ON dunning_case (organization_id, id) WHERE status <> 'closed';
CREATE INDEX ix_dunning_case_customer ON dunning_case (organization_id, customer_id, id);
CREATE INDEX ix_dunning_case_cured ON dunning_case (organization_id, cured_on)
    WHERE cured_on IS NOT NULL;
CREATE INDEX ix_dunning_case_opened_on ON dunning_case USING brin (opened_on);
CREATE INDEX ix_dunning_case_collector ON dunning_case (collector_id, id)
    WHERE status <> 'closed' AND collector_id IS NOT NULL;

CREATE TABLE case_stage (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    case_id uuid NOT NULL REFERENCES dunning_case (id) ON DELETE CASCADE,
    stage text NOT NULL,
    kind text NOT NULL,
    reached_on date NOT NULL,
    reached_at timestamptz NOT NULL,
    decision_id uuid,
    PRIMARY KEY (case_id, stage)
);
CREATE INDEX ix_case_stage_organization ON case_stage (organization_id, reached_on);
"""

# Who had which case, from when until when: the day of the organization's calendar, and within
# it the instant. Without an end while the case is the collector's, also when it was cured.
ASSIGNMENT: Final = """
CREATE TABLE case_assignment (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    case_id uuid NOT NULL REFERENCES dunning_case (id) ON DELETE CASCADE,
    collector_id uuid NOT NULL REFERENCES collector (id),
    from_on date NOT NULL,
    from_at timestamptz NOT NULL,
    until_on date,
    until_at timestamptz,
    CONSTRAINT ck_case_assignment_until CHECK ((until_on IS NULL) = (until_at IS NULL)),
    CONSTRAINT ck_case_assignment_order CHECK (until_at >= from_at)
);
CREATE UNIQUE INDEX uq_case_assignment_open ON case_assignment (case_id) WHERE until_at IS NULL;
CREATE INDEX ix_case_assignment_case ON case_assignment (case_id, from_on, from_at);
CREATE INDEX ix_case_assignment_collector ON case_assignment (organization_id, collector_id);
"""

# Ids are in order of time, so the primary key is the order of a timeline. `data` is json, not
# jsonb: read whole and never searched. Without a foreign key to its case: checking one per row
# costs as much as the row, locks the case's, and no case is ever deleted.
ACTIVITY: Final = """
CREATE TABLE activity (
    case_id uuid NOT NULL,
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    kind text NOT NULL,
    at timestamptz NOT NULL,
    actor_id uuid,
    actor_name text,
    note text,
    data json NOT NULL DEFAULT '{}',
    PRIMARY KEY (case_id, id),
    CONSTRAINT ck_activity_note CHECK (length(note) <= 5000)
);
CREATE INDEX ix_activity_organization ON activity (organization_id, id);
"""

# Instants here are by the organization's clock, as days are: a sandbox's week is a week.
CONTACT: Final = """
CREATE TABLE contact (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    case_id uuid,
    channel text NOT NULL,
    on_day date NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT ck_contact_channel CHECK (channel IN ('call', 'email', 'sms', 'whatsapp', 'visit'))
);
CREATE INDEX ix_contact_customer ON contact (customer_id, on_day);
CREATE INDEX ix_contact_organization ON contact (organization_id, on_day);

CREATE TABLE contact_preference (
    customer_id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    opted_out text[] NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    changed_at timestamptz NOT NULL,
    changed_by uuid NOT NULL,
    CONSTRAINT ck_contact_preference_opted_out
        CHECK (opted_out <@ ARRAY['call', 'email', 'sms', 'whatsapp', 'visit'])
);
CREATE INDEX ix_contact_preference_organization ON contact_preference (organization_id);
"""

QUEUE: Final = """
CREATE TABLE work_queue (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    name text NOT NULL,
    filter json NOT NULL,
    weights json NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    created_by uuid NOT NULL,
    CONSTRAINT uq_work_queue_name UNIQUE (organization_id, name)
);
CREATE INDEX ix_work_queue_organization ON work_queue (organization_id, id);

CREATE TABLE queue_skip (
    case_id uuid NOT NULL REFERENCES dunning_case (id) ON DELETE CASCADE,
    user_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    until timestamptz NOT NULL,
    PRIMARY KEY (case_id, user_id)
);
CREATE INDEX ix_queue_skip_user ON queue_skip (organization_id, user_id, until);
"""

# Promises, plans and offers are one thing with one or many days: money by a day. `judge_on` is
# the first day on which the calendar alone can decide something; the last day on which money
# counts is kept, so that what is heard of late still counts. A plan is about certain invoices
# (what was overdue then) and the one its fee is asked by; new ones are paid beside it.
AGREEMENT: Final = """
CREATE TABLE agreement (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    case_id uuid NOT NULL REFERENCES dunning_case (id) ON DELETE CASCADE,
    customer_id uuid NOT NULL,
    line_id uuid,
    kind text NOT NULL,
    status text NOT NULL DEFAULT 'open',
    currency text NOT NULL,
    amount_minor bigint NOT NULL,
    fee_minor bigint NOT NULL DEFAULT 0,
    debt_minor bigint NOT NULL,
    invoice_ids uuid[] NOT NULL DEFAULT '{}',
    fee_invoice_id uuid,
    received_minor bigint NOT NULL DEFAULT 0,
    grace_days int NOT NULL DEFAULT 0,
    restores boolean NOT NULL DEFAULT false,
    made_on date NOT NULL,
    made_at timestamptz NOT NULL,
    made_by uuid NOT NULL,
    last_on date NOT NULL,
    judge_on date,
    note text,
    ended_on date,
    cleared boolean NOT NULL DEFAULT false,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT ck_agreement_kind CHECK (kind IN ('promise', 'plan', 'offer')),
    CONSTRAINT ck_agreement_status CHECK (status IN ('open', 'kept', 'broken', 'cancelled')),
    CONSTRAINT ck_agreement_amount_minor CHECK (amount_minor > 0),
    CONSTRAINT ck_agreement_fee_minor CHECK (fee_minor BETWEEN 0 AND amount_minor),
    CONSTRAINT ck_agreement_debt_minor CHECK (debt_minor > 0),
    CONSTRAINT ck_agreement_received_minor CHECK (received_minor >= 0),
    CONSTRAINT ck_agreement_plan CHECK (kind <> 'plan' OR amount_minor = debt_minor + fee_minor),
    CONSTRAINT ck_agreement_fee_invoice CHECK ((fee_invoice_id IS NOT NULL) = (fee_minor > 0)),
    CONSTRAINT ck_agreement_grace_days CHECK (grace_days BETWEEN 0 AND 60),
    CONSTRAINT ck_agreement_judge_on CHECK ((judge_on IS NOT NULL) = (status = 'open')),
    CONSTRAINT ck_agreement_ended_on CHECK ((ended_on IS NULL) = (status = 'open')),
    CONSTRAINT ck_agreement_note CHECK (length(note) <= 5000)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX uq_agreement_open ON agreement (case_id) WHERE status = 'open';
CREATE INDEX ix_agreement_case ON agreement (case_id, id);
CREATE INDEX ix_agreement_kind ON agreement (organization_id, kind, id);
CREATE INDEX ix_agreement_judge_on ON agreement (organization_id, judge_on, id)
    WHERE status = 'open';
CREATE INDEX ix_agreement_taken ON agreement (customer_id)
    WHERE kind = 'offer' AND status = 'kept' AND NOT cleared;
CREATE INDEX ix_agreement_customer ON agreement (customer_id, made_on);
CREATE INDEX ix_agreement_promised ON agreement (organization_id, last_on) WHERE kind = 'promise';

CREATE TABLE instalment (
    agreement_id uuid NOT NULL REFERENCES agreement (id) ON DELETE CASCADE,
    number int NOT NULL,
    organization_id uuid NOT NULL,
    due_on date NOT NULL,
    amount_minor bigint NOT NULL,
    PRIMARY KEY (agreement_id, number),
    CONSTRAINT ck_instalment_number CHECK (number >= 1),
    CONSTRAINT ck_instalment_amount_minor CHECK (amount_minor > 0)
);

CREATE TABLE agreement_receipt (
    agreement_id uuid NOT NULL REFERENCES agreement (id) ON DELETE CASCADE,
    payment_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    received_on date NOT NULL,
    amount_minor bigint NOT NULL,
    PRIMARY KEY (agreement_id, payment_id)
);
"""

DISPUTE: Final = """
CREATE TABLE dispute (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    case_id uuid NOT NULL REFERENCES dunning_case (id) ON DELETE CASCADE,
    customer_id uuid NOT NULL,
    line_id uuid,
    invoice_id uuid NOT NULL,
    status text NOT NULL DEFAULT 'open',
    currency text NOT NULL,
    amount_minor bigint NOT NULL,
    reason text NOT NULL,
    opened_on date NOT NULL,
    opened_by uuid NOT NULL,
    resolved_on date,
    resolved_by uuid,
    resolution text,
    waiting_minor bigint NOT NULL DEFAULT 0,
    adjusted_minor bigint NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT ck_dispute_status CHECK (status IN ('open', 'upheld', 'rejected')),
    CONSTRAINT ck_dispute_amount_minor CHECK (amount_minor > 0),
    CONSTRAINT ck_dispute_waiting_minor CHECK (
        waiting_minor BETWEEN 0 AND amount_minor AND (status = 'upheld' OR waiting_minor = 0)),
    CONSTRAINT ck_dispute_reason CHECK (length(reason) <= 5000),
    CONSTRAINT ck_dispute_resolved CHECK ((resolved_on IS NULL) = (status = 'open'))
);
CREATE UNIQUE INDEX uq_dispute_open ON dispute (invoice_id) WHERE status = 'open';
CREATE INDEX ix_dispute_case ON dispute (case_id, id);
CREATE INDEX ix_dispute_organization ON dispute (organization_id, id);
CREATE INDEX ix_dispute_upheld ON dispute (invoice_id) WHERE waiting_minor > 0;
"""

TABLES: Final = (
    "collector",
    "collector_rate",
    "dunning_case",
    "case_assignment",
    "case_stage",
    "activity",
    "contact",
    "contact_preference",
    "work_queue",
    "queue_skip",
    "agreement",
    "instalment",
    "agreement_receipt",
    "dispute",
)


def upgrade() -> None:
    """Create the tables of the desk, each under row-level security."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statements in (COLLECTOR, CASE, ASSIGNMENT, ACTIVITY, CONTACT, QUEUE, AGREEMENT, DISPUTE):
        op.execute(statements)
    for table in TABLES:
        schema.protect(table)


def downgrade() -> None:
    """Drop them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
