"""Deliver: brands, e-mail and statements."""

from typing import Final

from alembic import op

from shared import schema

revision, down_revision = "b4d9e3b6f103", "b3c4f2a8d902"
branch_labels = depends_on = None

KNOWN: Final = """
ALTER TABLE customer ADD COLUMN email text, ADD COLUMN language text, ADD COLUMN time_zone text;
ALTER TABLE billing_terms ADD COLUMN deliver_bill_runs boolean NOT NULL DEFAULT false;
"""

BRAND: Final = """
CREATE TABLE brand (
    organization_id uuid PRIMARY KEY,
    legal_name text,
    tax_id text,
    address text,
    contact text,
    colour text NOT NULL,
    accent text NOT NULL,
    footer text,
    payment_instructions text,
    logo bytea,
    logo_type text,
    version bigint NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_brand_colours CHECK (colour ~ '^#[0-9a-f]{6}$' AND accent ~ '^#[0-9a-f]{6}$'),
    CONSTRAINT ck_brand_logo CHECK (
        (logo IS NULL) = (logo_type IS NULL) AND octet_length(logo) <= 524288
        AND logo_type IN ('image/png', 'image/svg+xml'))
);
"""

DELIVERY: Final = """
CREATE TABLE delivery (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    invoice_id uuid NOT NULL REFERENCES invoice (id),
    customer_id uuid NOT NULL,
    attempt int NOT NULL,
    state text NOT NULL,
    recipient text,
    tries int NOT NULL DEFAULT 0,
    next_at timestamptz,
    reason text,
    created_at timestamptz NOT NULL DEFAULT now(),
    sent_at timestamptz,
    bounced_at timestamptz,
    CONSTRAINT uq_delivery_attempt UNIQUE (invoice_id, attempt),
    CONSTRAINT ck_delivery_state CHECK (
        state IN ('waiting', 'sent', 'bounced', 'no_address', 'failed')
        AND (next_at IS NOT NULL) = (state = 'waiting')
        AND (recipient IS NULL) = (state = 'no_address')
        AND (bounced_at IS NOT NULL) = (state = 'bounced')
        AND (state <> 'sent' OR sent_at IS NOT NULL)),
    CONSTRAINT ck_delivery_counts CHECK (attempt > 0 AND tries >= 0)
) WITH (autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX ix_delivery_next_at ON delivery (next_at, id) WHERE state = 'waiting';
CREATE INDEX ix_delivery_created_at ON delivery (organization_id, created_at, id);
CREATE INDEX ix_delivery_state ON delivery (organization_id, state, created_at, id);
"""

# Projections of what payments says: money in and out, and what it was put against.
MONEY: Final = """
CREATE TABLE money_movement (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    payment_id uuid NOT NULL,
    kind text NOT NULL,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    method text,
    note text,
    moved_on date NOT NULL,
    recorded_at timestamptz NOT NULL,
    CONSTRAINT ck_money_movement CHECK (
        kind IN ('payment', 'refund', 'reversal', 'charge_back') AND amount_minor > 0)
) WITH (autovacuum_vacuum_insert_scale_factor = 0.05);
CREATE INDEX ix_money_movement_customer_id ON money_movement (organization_id, customer_id);

CREATE TABLE allocation (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    payment_id uuid NOT NULL,
    amount_minor bigint NOT NULL,
    received_on date NOT NULL,
    recorded_on date NOT NULL,
    recorded_at timestamptz NOT NULL,
    CONSTRAINT ck_allocation_amount CHECK (amount_minor <> 0)
) WITH (autovacuum_vacuum_insert_scale_factor = 0.05);
CREATE INDEX ix_allocation_customer_id ON allocation (organization_id, customer_id);
"""
TABLES: Final = ("brand", "delivery", "money_movement", "allocation")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statements in (KNOWN, BRAND, DELIVERY, MONEY):
        op.execute(statements)
    for table in TABLES:
        schema.protect(table)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(f"DROP TABLE {', '.join(reversed(TABLES))}")
    op.execute("ALTER TABLE billing_terms DROP COLUMN deliver_bill_runs")
    op.execute(
        "ALTER TABLE customer DROP COLUMN email, DROP COLUMN language, DROP COLUMN time_zone"
    )
