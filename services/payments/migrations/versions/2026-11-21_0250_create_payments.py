"""Create: customers and receivables as heard; payments, allocations, credit and journal."""

from typing import Final

from alembic import op

from shared import schema

revision, down_revision = "7d31c9e0a4f2", None
branch_labels = depends_on = None

CUSTOMER: Final = """
CREATE TABLE customer (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    version bigint NOT NULL,
    active boolean NOT NULL
);
"""

# A void may be heard before the invoice it voids: the row then waits for its facts.
# `open_minor` is nobody's to write. `version` counts the movements of money from 1.
RECEIVABLE: Final = """
CREATE TABLE receivable (
    invoice_id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    line_id uuid,
    number text,
    currency text,
    total_minor bigint,
    due_on date,
    invoice_version bigint NOT NULL,
    voided boolean NOT NULL DEFAULT false,
    allocated_minor bigint NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 1,
    heard_at timestamptz NOT NULL DEFAULT now(),
    open_minor bigint NOT NULL GENERATED ALWAYS AS (
        CASE WHEN voided THEN 0 ELSE coalesce(total_minor, 0) - allocated_minor END) STORED,
    CONSTRAINT ck_receivable_total_minor CHECK (total_minor > 0),
    CONSTRAINT ck_receivable_allocated_minor
        CHECK (allocated_minor BETWEEN 0 AND coalesce(total_minor, 0)),
    CONSTRAINT ck_receivable_facts
        CHECK (voided OR num_nulls(number, currency, total_minor, due_on) = 0)
) WITH (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX ix_receivable_customer_id ON receivable (organization_id, customer_id, due_on);
CREATE INDEX ix_receivable_open ON receivable (organization_id, due_on, invoice_id)
    WHERE open_minor > 0;
"""

# A receivable that appears after money was allocated to it (lost, and made again by a
# rebuild) starts with what its allocations say. Ordinary inserts find nothing to do. Names
# are qualified: a rebuild has temporary tables of the same names.
RESTORE: Final = """
CREATE FUNCTION receivable_restore() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE public.receivable
    SET allocated_minor = put.allocated_minor, version = 1 + put.movements
    FROM (SELECT invoice_id, sum(amount_minor) AS allocated_minor, count(*) AS movements
          FROM public.allocation WHERE invoice_id IN (SELECT invoice_id FROM fresh)
          GROUP BY invoice_id) AS put
    WHERE receivable.invoice_id = put.invoice_id;
    RETURN NULL;
END $$;
CREATE TRIGGER restore AFTER INSERT ON receivable REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION receivable_restore();
"""

PAYMENT: Final = """
CREATE TABLE payment (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    method text NOT NULL,
    reference text,
    received_on date NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by uuid,
    CONSTRAINT ck_payment_amount_minor CHECK (amount_minor > 0),
    CONSTRAINT ck_payment_method
        CHECK (method IN ('cash', 'card', 'bank_transfer', 'check', 'wallet', 'other'))
);
CREATE INDEX ix_payment_received_on ON payment (organization_id, received_on, id);
CREATE INDEX ix_payment_customer_id ON payment (organization_id, customer_id, id);

CREATE TABLE allocation (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    payment_id uuid NOT NULL CONSTRAINT fk_allocation_payment_id REFERENCES payment (id),
    invoice_id uuid NOT NULL,
    amount_minor bigint NOT NULL,
    reverses uuid CONSTRAINT fk_allocation_reverses REFERENCES allocation (id),
    made_at timestamptz NOT NULL,
    CONSTRAINT ck_allocation_sign
        CHECK (CASE WHEN reverses IS NULL THEN amount_minor > 0 ELSE amount_minor < 0 END)
);
CREATE INDEX ix_allocation_payment_id ON allocation (payment_id);
CREATE INDEX ix_allocation_invoice_id ON allocation (invoice_id);
CREATE UNIQUE INDEX uq_allocation_reverses ON allocation (reverses) WHERE reverses IS NOT NULL;
"""

# `grown_at`: when it last grew, until it has been looked at whether that pays an invoice.
CREDIT: Final = """
CREATE TABLE account_credit (
    id uuid PRIMARY KEY DEFAULT duesline_uuid7(),
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    currency text NOT NULL,
    balance_minor bigint NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    grown_at timestamptz,
    CONSTRAINT uq_account_credit_customer_id UNIQUE (organization_id, customer_id, currency),
    CONSTRAINT ck_account_credit_balance_minor CHECK (balance_minor >= 0)
) WITH (fillfactor = 85);

CREATE INDEX ix_account_credit_grown_at ON account_credit (grown_at, id)
    WHERE grown_at IS NOT NULL;

CREATE TABLE credit_movement (
    id uuid PRIMARY KEY DEFAULT duesline_uuid7(),
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    currency text NOT NULL,
    amount_minor bigint NOT NULL,
    reason text NOT NULL,
    payment_id uuid NOT NULL CONSTRAINT fk_credit_movement_payment_id REFERENCES payment (id),
    allocation_id uuid CONSTRAINT fk_credit_movement_allocation_id REFERENCES allocation (id),
    moved_at timestamptz NOT NULL,
    CONSTRAINT ck_credit_movement_amount_minor CHECK (amount_minor <> 0),
    CONSTRAINT ck_credit_movement_reason CHECK (reason IN ('surplus', 'reversal'))
);
CREATE INDEX ix_credit_movement_customer_id
    ON credit_movement (organization_id, customer_id, id);
CREATE INDEX ix_credit_movement_payment_id ON credit_movement (payment_id);
"""

# Debits are positive, credits negative. The lines of one posting (a payment, or the
# reversal of an allocation) sum to zero.
JOURNAL: Final = """
CREATE TABLE journal_entry (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id uuid NOT NULL,
    posting_id uuid NOT NULL,
    account text NOT NULL,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    customer_id uuid NOT NULL,
    payment_id uuid NOT NULL,
    invoice_id uuid,
    booked_on date NOT NULL,
    recorded_at timestamptz NOT NULL,
    CONSTRAINT ck_journal_entry_amount_minor CHECK (amount_minor <> 0),
    CONSTRAINT ck_journal_entry_account CHECK (account IN ('deposit', 'receivable', 'credit')),
    CONSTRAINT ck_journal_entry_invoice
        CHECK ((account = 'receivable') = (invoice_id IS NOT NULL))
);
"""

APPEND_ONLY: Final = """
CREATE FUNCTION payments_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: correct it by a further row', TG_TABLE_NAME;
END $$;
"""

OWN_TABLES: Final = (
    "customer",
    "receivable",
    "payment",
    "allocation",
    "account_credit",
    "credit_movement",
    "journal_entry",
)
APPENDED_TABLES: Final = ("payment", "allocation", "credit_movement", "journal_entry")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    schema.install()
    for statement in (CUSTOMER, RECEIVABLE, PAYMENT, RESTORE, CREDIT, JOURNAL, APPEND_ONLY):
        op.execute(statement)
    for table in OWN_TABLES:
        schema.protect(table)
    for table in APPENDED_TABLES:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION payments_append_only()"
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(f"DROP TABLE {', '.join(reversed(OWN_TABLES))}")
    op.execute("DROP FUNCTION payments_append_only, receivable_restore")
    schema.uninstall()
