"""Reminders and their delivery, exports."""

from typing import Final

from alembic import op

from shared import schema

revision, down_revision = "8ea14053f6d7", "7d903f42e5c6"
branch_labels = depends_on = None

CUSTOMER: Final = "ALTER TABLE customer ADD COLUMN email text, ADD COLUMN phone text"

# `reminder_mark` is where two workers meet: one row for each invoice and kind, for as long as
# the invoice is known.
REMINDER: Final = """
CREATE TABLE reminder_clock (
    organization_id uuid PRIMARY KEY,
    watermark date NOT NULL,
    next_at timestamptz NOT NULL,
    target date,
    after_due_on date,
    after_invoice_id uuid
) WITH (fillfactor = 50);
CREATE INDEX ix_reminder_clock_next_at ON reminder_clock (next_at);

CREATE TABLE reminder_mark (
    organization_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    kind text NOT NULL,
    on_day date NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (invoice_id, kind)
) WITH (fillfactor = 80);

CREATE TABLE reminder (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    kind text NOT NULL,
    on_day date NOT NULL,
    created_at timestamptz NOT NULL,
    read_at timestamptz,
    language text NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    number text NOT NULL,
    currency text NOT NULL,
    open_minor bigint NOT NULL,
    due_on date NOT NULL,
    stage text,
    PRIMARY KEY (organization_id, id),
    CONSTRAINT uq_reminder_day UNIQUE (invoice_id, kind, on_day),
    CONSTRAINT ck_reminder_kind CHECK (kind IN ('upcoming', 'due_today', 'overdue')),
    CONSTRAINT ck_reminder_language CHECK (language IN ('es', 'en')),
    CONSTRAINT ck_reminder_open_minor CHECK (open_minor > 0)
);
CREATE INDEX ix_reminder_created_at ON reminder (organization_id, created_at, id);
CREATE INDEX ix_reminder_due_on ON reminder (organization_id, due_on, id);
CREATE INDEX ix_reminder_on_day ON reminder USING brin (on_day);
CREATE INDEX ix_reminder_customer ON reminder (customer_id, created_at, id);
CREATE INDEX ix_reminder_unread ON reminder (customer_id) WHERE read_at IS NULL;

CREATE TABLE reminder_text (
    organization_id uuid NOT NULL,
    kind text NOT NULL,
    language text NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    version bigint NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by uuid NOT NULL,
    PRIMARY KEY (organization_id, kind, language),
    CONSTRAINT ck_reminder_text_kind CHECK (kind IN ('upcoming', 'due_today', 'overdue')),
    CONSTRAINT ck_reminder_text_language CHECK (language IN ('es', 'en'))
);
"""

DELIVERY: Final = """
CREATE TABLE reminder_delivery (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    reminder_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    channel text NOT NULL,
    recipient text NOT NULL,
    status text NOT NULL DEFAULT 'queued',
    attempts int NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL,
    detail text,
    queued_at timestamptz NOT NULL,
    settled_at timestamptz,
    PRIMARY KEY (organization_id, id),
    CONSTRAINT uq_reminder_delivery_channel UNIQUE (reminder_id, channel),
    CONSTRAINT ck_reminder_delivery_channel CHECK (channel IN ('email', 'sms', 'whatsapp')),
    CONSTRAINT ck_reminder_delivery_status
        CHECK (status IN ('queued', 'sent', 'failed', 'bounced', 'not_needed')),
    CONSTRAINT ck_reminder_delivery_settled CHECK ((settled_at IS NULL) = (status = 'queued')),
    CONSTRAINT ck_reminder_delivery_attempts CHECK (attempts >= 0)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX ix_reminder_delivery_queued ON reminder_delivery (next_at) WHERE status = 'queued';
"""

# Facts of other services under their own ids, small and by day; see docs/figures.md.
RECEIPTS: Final = """
CREATE TABLE money_movement (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    payment_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    on_day date NOT NULL,
    CONSTRAINT ck_money_movement_amount_minor CHECK (amount_minor <> 0)
);
CREATE INDEX ix_money_movement_on_day ON money_movement (organization_id, on_day);

CREATE TABLE allocation (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    payment_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    line_id uuid,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    on_day date NOT NULL,
    event_id uuid NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT ck_allocation_amount_minor CHECK (amount_minor <> 0)
);
CREATE INDEX ix_allocation_on_day ON allocation (organization_id, on_day);
CREATE INDEX ix_allocation_event ON allocation (event_id);
CREATE INDEX ix_allocation_payment ON allocation (payment_id);

CREATE TABLE line_restored (
    line_id uuid NOT NULL,
    generation bigint NOT NULL,
    organization_id uuid NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (line_id, generation)
);
CREATE INDEX ix_decision_ordered ON decision (organization_id, today)
    WHERE generation IS NOT NULL;
"""

# `export_row` holds what an export is about while it is made.
EXPORT: Final = """
CREATE TABLE export_job (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    kind text NOT NULL,
    first_on date,
    last_on date NOT NULL,
    status text NOT NULL DEFAULT 'pending',
    requested_by uuid NOT NULL,
    requested_at timestamptz NOT NULL,
    finished_at timestamptz,
    pieces int NOT NULL DEFAULT 0,
    rows bigint NOT NULL DEFAULT 0,
    bytes bigint NOT NULL DEFAULT 0,
    after_id uuid,
    error text,
    expires_at timestamptz,
    CONSTRAINT ck_export_job_kind
        CHECK (kind IN ('cases', 'decisions', 'reminders', 'ageing', 'commissions')),
    CONSTRAINT ck_export_job_status
        CHECK (status IN ('pending', 'running', 'finished', 'failed')),
    CONSTRAINT ck_export_job_days CHECK (first_on <= last_on),
    CONSTRAINT ck_export_job_finished
        CHECK ((finished_at IS NOT NULL) = (status IN ('finished', 'failed')))
);
CREATE INDEX ix_export_job_organization ON export_job (organization_id, id);
CREATE INDEX ix_export_job_unfinished ON export_job (requested_at, id)
    WHERE status IN ('pending', 'running');
CREATE INDEX ix_export_job_expires_at ON export_job (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE export_piece (
    export_id uuid NOT NULL REFERENCES export_job (id) ON DELETE CASCADE,
    no int NOT NULL,
    organization_id uuid NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (export_id, no)
);

CREATE TABLE export_row (
    export_id uuid NOT NULL REFERENCES export_job (id) ON DELETE CASCADE,
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    open_minor bigint NOT NULL,
    PRIMARY KEY (export_id, id)
);
"""

TABLES: Final = (
    "reminder_clock",
    "reminder_mark",
    "reminder",
    "reminder_text",
    "reminder_delivery",
    "money_movement",
    "allocation",
    "line_restored",
    "export_job",
    "export_piece",
    "export_row",
)

# Organizations known already begin with today.
CLOCKS: Final = """
INSERT INTO reminder_clock (organization_id, watermark, next_at)
SELECT id, ((now() + make_interval(secs => clock_offset_seconds)) AT TIME ZONE time_zone)::date,
       now()
FROM organization
"""


def upgrade() -> None:
    """Widen what is known of customers; add reminders, what figures are made of, exports."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statements in (CUSTOMER, REMINDER, DELIVERY, CLOCKS, RECEIPTS, EXPORT):
        op.execute(statements)
    for table in TABLES:
        schema.protect(table)


def downgrade() -> None:
    """Drop what was added."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP INDEX ix_decision_ordered")
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
    op.execute("ALTER TABLE customer DROP COLUMN email, DROP COLUMN phone")
