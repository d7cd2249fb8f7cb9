"""Adjust: what lowers an invoice, categories, late fees, account currencies."""

from typing import Final

from alembic import op

from shared import schema

revision, down_revision = "b2a0c1d7e301", "b1f0c2d4a611"
branch_labels = depends_on = None

# One equation, in one place: whatever is asked for and not covered is `open_minor`. It is cut off
# at zero because an invoice may be credited before payments has taken the excess money off it.
# Money beyond what a write-off left is `recovered_minor`.
INVOICE: Final = """
ALTER TABLE invoice
    DROP CONSTRAINT ck_invoice_settled_on,
    ADD COLUMN credited_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN written_off_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN kind text NOT NULL DEFAULT 'charge',
    ADD COLUMN refers_to uuid,
    ADD COLUMN recurring boolean NOT NULL DEFAULT false,
    ADD COLUMN due_soon_days int,
    ADD COLUMN suggested_deposit_account text,
    ADD COLUMN issued_at timestamptz DEFAULT now(),
    ADD COLUMN voided_at timestamptz;
ALTER TABLE invoice
    ADD COLUMN recovered_minor bigint NOT NULL GENERATED ALWAYS AS (
        CASE WHEN document = 'issued' THEN least(written_off_minor, greatest(0, allocated_minor
            + credited_minor + written_off_minor - total_minor)) ELSE 0 END) STORED,
    ADD COLUMN open_minor bigint NOT NULL GENERATED ALWAYS AS (
        CASE WHEN document = 'issued' THEN greatest(0, total_minor - credited_minor
            - written_off_minor - allocated_minor) ELSE 0 END) STORED;
UPDATE invoice SET issued_at = CASE WHEN document = 'draft' THEN NULL ELSE created_at END,
    voided_at = CASE WHEN document = 'void' THEN updated_at END;
ALTER TABLE invoice
    ADD CONSTRAINT ck_invoice_adjusted CHECK (
        credited_minor BETWEEN 0 AND total_minor AND written_off_minor >= 0
        AND (document = 'issued' OR (credited_minor = 0 AND written_off_minor = 0))),
    ADD CONSTRAINT ck_invoice_settled_on CHECK (
        (settled_on IS NOT NULL) = (document = 'issued' AND open_minor = 0)),
    ADD CONSTRAINT ck_invoice_kind CHECK (
        kind IN ('charge', 'late_fee', 'plan_fee')
        AND (refers_to IS NOT NULL) = (kind = 'late_fee')),
    ADD CONSTRAINT ck_invoice_instants CHECK (
        (document = 'draft' OR issued_at IS NOT NULL)
        AND (voided_at IS NOT NULL) = (document = 'void')),
    ADD CONSTRAINT ck_invoice_due_soon_days CHECK (due_soon_days BETWEEN 0 AND 90);

DROP INDEX ix_invoice_open_due_on;
CREATE INDEX ix_invoice_open_due_on ON invoice (organization_id, due_on, id) WHERE open_minor > 0;
CREATE INDEX ix_invoice_own_soon ON invoice (organization_id, (due_on - due_soon_days), id)
    WHERE open_minor > 0 AND due_soon_days IS NOT NULL;
CREATE INDEX ix_invoice_refers_to ON invoice (organization_id, refers_to)
    WHERE refers_to IS NOT NULL;

ALTER TABLE invoice_item
    ADD COLUMN category_id uuid,
    ADD COLUMN tax_category text,
    ADD COLUMN price_includes_tax boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT ck_invoice_item_tax_category CHECK (
        tax_category IN ('standard', 'reduced', 'zero', 'exempt')
        AND (tax_rate = 0 OR tax_category NOT IN ('zero', 'exempt')));
CREATE INDEX ix_invoice_item_category_id ON invoice_item (organization_id, category_id, invoice_id)
    WHERE category_id IS NOT NULL;
"""
ACCOUNTS: Final = """
CREATE TABLE category (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    name text NOT NULL,
    colour text,
    active boolean NOT NULL DEFAULT true,
    is_default boolean NOT NULL DEFAULT false,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_category_colour CHECK (colour ~ '^#[0-9a-f]{6}$'),
    CONSTRAINT ck_category_default CHECK (active OR NOT is_default)
);
CREATE UNIQUE INDEX uq_category_default ON category (organization_id) WHERE is_default;
CREATE UNIQUE INDEX uq_category_name ON category (organization_id, lower(name));
CREATE INDEX ix_category_name ON category (organization_id, name, id);

CREATE TABLE billing_account (
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    currency text NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_billing_account PRIMARY KEY (organization_id, customer_id),
    CONSTRAINT ck_billing_account_currency CHECK (currency ~ '^[A-Z]{3}$')
);
"""
CREDIT_NOTE: Final = """
CREATE TABLE credit_note (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    line_id uuid,
    invoice_id uuid NOT NULL REFERENCES invoice (id),
    series text NOT NULL,
    sequence bigint NOT NULL,
    number text COLLATE "C" NOT NULL,
    currency text NOT NULL,
    net_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    total_minor bigint NOT NULL,
    settlement text NOT NULL,
    reason text NOT NULL,
    issued_on date NOT NULL,
    issued_at timestamptz NOT NULL,
    issued_by text NOT NULL,
    CONSTRAINT ck_credit_note_amounts CHECK (
        net_minor >= 0 AND tax_minor >= 0 AND total_minor = net_minor + tax_minor
        AND total_minor > 0),
    CONSTRAINT ck_credit_note_settlement CHECK (settlement IN ('offset', 'credit', 'refund')),
    CONSTRAINT ck_credit_note_number CHECK (number ~ '^[A-Z0-9]+-[0-9]+$')
);
CREATE UNIQUE INDEX uq_credit_note_number ON credit_note (organization_id, number);
CREATE INDEX ix_credit_note_issued_on ON credit_note (organization_id, issued_on, id);
CREATE INDEX ix_credit_note_invoice_id ON credit_note (invoice_id, id);
CREATE INDEX ix_credit_note_customer_id ON credit_note (organization_id, customer_id, issued_on);

CREATE TABLE credit_note_item (
    organization_id uuid NOT NULL,
    credit_note_id uuid NOT NULL REFERENCES credit_note (id) ON DELETE CASCADE,
    item_position int NOT NULL,
    description text NOT NULL,
    quantity numeric(16, 4),
    tax_rate numeric(7, 4) NOT NULL,
    net_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    CONSTRAINT pk_credit_note_item PRIMARY KEY (credit_note_id, item_position),
    CONSTRAINT ck_credit_note_item_amounts CHECK (
        item_position > 0 AND quantity > 0 AND net_minor >= 0 AND tax_minor >= 0
        AND net_minor + tax_minor > 0)
);
"""
WRITE_OFF: Final = """
CREATE TABLE write_off (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    line_id uuid,
    invoice_id uuid NOT NULL REFERENCES invoice (id),
    currency text NOT NULL,
    amount_minor bigint NOT NULL,
    before_minor bigint NOT NULL,
    reason text NOT NULL,
    written_off_on date NOT NULL,
    written_off_at timestamptz NOT NULL,
    written_off_by text NOT NULL,
    CONSTRAINT ck_write_off_amounts CHECK (amount_minor > 0 AND before_minor >= 0)
);
CREATE INDEX ix_write_off_written_off_on ON write_off (organization_id, written_off_on, id);
CREATE INDEX ix_write_off_invoice_id ON write_off (invoice_id, id);
CREATE INDEX ix_write_off_customer_id ON write_off (organization_id, customer_id, written_off_on);
"""
# The key of late_fee is the promise: at most one fee per invoice, rule and period. A rule that was
# used keeps its amounts; one that replaces it has the same code, which is what the key goes by.
LATE_FEE: Final = """
CREATE TABLE late_fee_rule (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    charge text NOT NULL,
    currency text NOT NULL,
    amount_minor bigint,
    rate numeric(7, 4),
    cap_minor bigint,
    tax_rate numeric(7, 4) NOT NULL,
    period text NOT NULL,
    due_days int NOT NULL,
    active boolean NOT NULL DEFAULT true,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_late_fee_rule_charge CHECK (
        (charge = 'flat' AND amount_minor > 0 AND rate IS NULL AND cap_minor IS NULL)
        OR (charge = 'percent' AND rate > 0 AND rate <= 100 AND amount_minor IS NULL)),
    CONSTRAINT ck_late_fee_rule_cap CHECK (cap_minor > 0),
    CONSTRAINT ck_late_fee_rule_period CHECK (period IN ('once', 'monthly')),
    CONSTRAINT ck_late_fee_rule_terms CHECK (
        tax_rate BETWEEN 0 AND 100 AND due_days BETWEEN 0 AND 365)
);
CREATE UNIQUE INDEX uq_late_fee_rule_code ON late_fee_rule (organization_id, code) WHERE active;
CREATE INDEX ix_late_fee_rule_code ON late_fee_rule (organization_id, code, id);

CREATE TABLE late_fee (
    organization_id uuid NOT NULL,
    invoice_id uuid NOT NULL REFERENCES invoice (id),
    rule text NOT NULL,
    rule_id uuid NOT NULL REFERENCES late_fee_rule (id),
    period text NOT NULL,
    fee_invoice_id uuid NOT NULL REFERENCES invoice (id),
    base_minor bigint NOT NULL,
    decision_id uuid,
    charged_at timestamptz NOT NULL,
    CONSTRAINT pk_late_fee PRIMARY KEY (invoice_id, rule, period),
    CONSTRAINT uq_late_fee_fee_invoice_id UNIQUE (fee_invoice_id),
    CONSTRAINT ck_late_fee_period CHECK (period ~ '^(once|[0-9]{4}-[0-9]{2})$'),
    CONSTRAINT ck_late_fee_base CHECK (base_minor > 0)
);
CREATE INDEX ix_late_fee_rule_id ON late_fee (rule_id);
"""
TABLES: Final = (
    "category",
    "billing_account",
    "credit_note",
    "credit_note_item",
    "write_off",
    "late_fee_rule",
    "late_fee",
)
BACK: Final = """
DROP INDEX ix_invoice_open_due_on, ix_invoice_own_soon;
ALTER TABLE invoice
    DROP CONSTRAINT ck_invoice_settled_on,
    DROP CONSTRAINT ck_invoice_adjusted,
    DROP COLUMN open_minor,
    DROP COLUMN recovered_minor,
    DROP COLUMN credited_minor,
    DROP COLUMN written_off_minor,
    DROP COLUMN kind,
    DROP COLUMN refers_to,
    DROP COLUMN recurring,
    DROP COLUMN due_soon_days,
    DROP COLUMN suggested_deposit_account,
    DROP COLUMN issued_at,
    DROP COLUMN voided_at;
UPDATE invoice SET settled_on = NULL WHERE document = 'issued' AND allocated_minor < total_minor;
ALTER TABLE invoice ADD CONSTRAINT ck_invoice_settled_on CHECK (
    (settled_on IS NOT NULL) = (document = 'issued' AND allocated_minor = total_minor));
CREATE INDEX ix_invoice_open_due_on ON invoice (organization_id, due_on, id)
    WHERE document = 'issued' AND allocated_minor < total_minor;
ALTER TABLE invoice_item
    DROP COLUMN category_id, DROP COLUMN tax_category, DROP COLUMN price_includes_tax;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statements in (INVOICE, ACCOUNTS, CREDIT_NOTE, WRITE_OFF, LATE_FEE):
        op.execute(statements)
    for table in TABLES:
        schema.protect(table)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
    op.execute(BACK)
