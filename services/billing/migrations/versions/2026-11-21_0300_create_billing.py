"""Create: invoices and items, number series, the due clock, terms, customers and lines."""

from typing import Final

from alembic import op

from shared import schema

revision, down_revision = "b1f0c2d4a611", None
branch_labels = depends_on = None

CUSTOMER: Final = """
CREATE TABLE customer (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    version bigint NOT NULL,
    name text NOT NULL,
    active boolean NOT NULL
);
CREATE INDEX ix_customer_organization_id ON customer (organization_id);

CREATE TABLE line (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    version bigint NOT NULL,
    number int NOT NULL,
    status text NOT NULL
);
"""

# Many rows change once in their life (settled) and leave the open index for good: vacuum early.
INVOICE: Final = """
CREATE TABLE invoice (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    line_id uuid,
    document text NOT NULL DEFAULT 'draft',
    series text,
    sequence bigint,
    number text COLLATE "C",
    external_ref text,
    import_id uuid,
    memo text,
    currency text NOT NULL,
    subtotal_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    total_minor bigint NOT NULL,
    allocated_minor bigint NOT NULL DEFAULT 0,
    receivable_version bigint NOT NULL DEFAULT 0,
    issued_on date,
    due_on date,
    settled_on date,
    was_overdue boolean NOT NULL DEFAULT false,
    voided_on date,
    void_reason text,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_invoice_document CHECK (document IN ('draft', 'issued', 'void')),
    CONSTRAINT ck_invoice_currency CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT ck_invoice_number CHECK (
        (number IS NULL) = (document = 'draft')
        AND (number IS NULL) = (series IS NULL) AND (number IS NULL) = (sequence IS NULL)
        AND series ~ '^[A-Z0-9]+$' AND number ~ '^[A-Z0-9]+-[0-9]+$'),
    CONSTRAINT ck_invoice_dates CHECK (
        document = 'draft' OR (issued_on IS NOT NULL AND due_on IS NOT NULL)),
    CONSTRAINT ck_invoice_amounts CHECK (
        subtotal_minor >= 0 AND tax_minor >= 0 AND total_minor = subtotal_minor + tax_minor
        AND (document = 'draft' OR total_minor > 0)),
    CONSTRAINT ck_invoice_allocated CHECK (
        allocated_minor BETWEEN 0 AND total_minor AND receivable_version >= 0),
    CONSTRAINT ck_invoice_settled_on CHECK (
        (settled_on IS NOT NULL) = (document = 'issued' AND allocated_minor = total_minor)),
    CONSTRAINT ck_invoice_void CHECK (
        (voided_on IS NOT NULL) = (document = 'void')
        AND (void_reason IS NOT NULL) = (document = 'void'))
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02,
        autovacuum_vacuum_insert_scale_factor = 0.05);

CREATE UNIQUE INDEX uq_invoice_number ON invoice (organization_id, number);
CREATE INDEX ix_invoice_open_due_on ON invoice (organization_id, due_on, id)
    WHERE document = 'issued' AND allocated_minor < total_minor;
CREATE INDEX ix_invoice_due_on ON invoice (organization_id, due_on, id);
CREATE INDEX ix_invoice_issued_on ON invoice (organization_id, issued_on, id);
CREATE INDEX ix_invoice_customer_id ON invoice (organization_id, customer_id);
CREATE INDEX ix_invoice_line_id ON invoice (organization_id, line_id) WHERE line_id IS NOT NULL;

CREATE TABLE invoice_item (
    organization_id uuid NOT NULL,
    invoice_id uuid NOT NULL REFERENCES invoice (id) ON DELETE CASCADE,
    position int NOT NULL,
    description text NOT NULL,
    quantity numeric(16, 4) NOT NULL,
    unit_price_minor bigint NOT NULL,
    tax_rate numeric(7, 4) NOT NULL,
    net_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    CONSTRAINT pk_invoice_item PRIMARY KEY (invoice_id, position),
    CONSTRAINT ck_invoice_item_amounts CHECK (
        position > 0 AND quantity > 0 AND unit_price_minor >= 0
        AND tax_rate BETWEEN 0 AND 100 AND net_minor >= 0 AND tax_minor >= 0)
);

CREATE TABLE invoice_series (
    organization_id uuid NOT NULL,
    series text NOT NULL,
    last_number bigint NOT NULL,
    CONSTRAINT pk_invoice_series PRIMARY KEY (organization_id, series)
) WITH (fillfactor = 50);
"""

# The marks are places in the order (due_on, id): what lies before one has been announced. Invoices
# with a window of their own become due soon in the order of the days on which that begins.
CLOCK: Final = """
CREATE TABLE due_clock (
    organization_id uuid PRIMARY KEY,
    next_at timestamptz,
    swept_through date NOT NULL,
    overdue_on date NOT NULL,
    overdue_id uuid NOT NULL,
    due_today_on date NOT NULL,
    due_today_id uuid NOT NULL,
    due_soon_on date NOT NULL,
    due_soon_id uuid NOT NULL,
    own_soon_on date NOT NULL,
    own_soon_id uuid NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX ix_due_clock_next_at ON due_clock (next_at);

CREATE TABLE billing_terms (
    organization_id uuid PRIMARY KEY,
    due_days int NOT NULL,
    due_soon_days int NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_billing_terms_days CHECK (
        due_days BETWEEN 0 AND 365 AND due_soon_days BETWEEN 0 AND 90)
);
"""
TABLES: Final = (
    "customer",
    "line",
    "invoice",
    "invoice_item",
    "invoice_series",
    "due_clock",
    "billing_terms",
)


def upgrade() -> None:
    schema.install()
    for statements in (CUSTOMER, INVOICE, CLOCK):
        op.execute(statements)
    for table in TABLES:
        schema.protect(table)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
    schema.uninstall()
