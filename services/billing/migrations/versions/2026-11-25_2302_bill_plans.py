"""Plans: prices, subscriptions and bill runs."""

from typing import Final

from alembic import op

from shared import schema

revision, down_revision = "b3c4f2a8d902", "b2a0c1d7e301"
branch_labels = depends_on = None

# What a line is sold as, and since when (on the organization's calendar) it had each status. The
# days cannot be derived again once a sandbox has moved its clock: line_status is kept, not rebuilt.
LINE: Final = """
ALTER TABLE line
    ADD COLUMN plan_name text,
    ADD COLUMN price_minor bigint,
    ADD COLUMN installed_on date;
CREATE INDEX ix_line_plan_name ON line (organization_id, plan_name);

CREATE TABLE line_status (
    organization_id uuid NOT NULL,
    line_id uuid NOT NULL,
    version bigint NOT NULL,
    status text NOT NULL,
    since date NOT NULL,
    CONSTRAINT pk_line_status PRIMARY KEY (line_id, version)
);
"""
PLAN: Final = """
CREATE TABLE plan (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    interval text NOT NULL,
    timing text NOT NULL,
    currency text NOT NULL,
    tax_rate numeric(7, 4) NOT NULL,
    price_includes_tax boolean NOT NULL,
    setup_fee_minor bigint NOT NULL,
    tax_category text NOT NULL,
    category_id uuid,
    suspended_rule text NOT NULL,
    unused_rule text NOT NULL DEFAULT 'credit',
    active boolean NOT NULL DEFAULT true,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_plan_words CHECK (
        interval IN ('monthly', 'quarterly', 'yearly') AND timing IN ('prepaid', 'arrears')
        AND suspended_rule IN ('bill', 'skip', 'prorate') AND unused_rule IN ('credit', 'keep')),
    CONSTRAINT ck_plan_amounts CHECK (setup_fee_minor >= 0 AND tax_rate BETWEEN 0 AND 100),
    CONSTRAINT ck_plan_tax_category CHECK (
        tax_category IN ('standard', 'reduced', 'zero', 'exempt')
        AND (tax_rate = 0 OR tax_category NOT IN ('zero', 'exempt')))
);
CREATE UNIQUE INDEX uq_plan_code ON plan (organization_id, code);
CREATE UNIQUE INDEX uq_plan_name ON plan (organization_id, name);
CREATE INDEX ix_plan_created_at ON plan (organization_id, created_at, id);

CREATE TABLE plan_price (
    organization_id uuid NOT NULL,
    plan_id uuid NOT NULL REFERENCES plan (id) ON DELETE CASCADE,
    starts_on date NOT NULL,
    price_minor bigint NOT NULL,
    CONSTRAINT pk_plan_price PRIMARY KEY (plan_id, starts_on),
    CONSTRAINT ck_plan_price_amount CHECK (price_minor >= 0)
);
"""
# `next_start` is where the first period begins that is not billed yet, `bills_on` the day on which
# that falls due for billing (null: never again). The terms are those of the latest change; all of
# them, with their days, are in subscription_change. `again_on` is when the first period that lost
# its invoice is to be billed (`bills_on` is never later), `credit_on` when what a cancelled
# subscription has not used is to be credited.
SUBSCRIPTION: Final = """
CREATE TABLE subscription (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    line_id uuid,
    plan_id uuid NOT NULL REFERENCES plan (id),
    quantity numeric(16, 4) NOT NULL,
    price_override_minor bigint,
    status text NOT NULL,
    starts_on date NOT NULL,
    ends_on date,
    changed_on date NOT NULL,
    changes int NOT NULL,
    billing_day smallint,
    anchor_on date NOT NULL,
    next_start date NOT NULL,
    bills_on date,
    look_back_from date,
    again_on date,
    credit_on date,
    setup_due boolean NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_subscription_status CHECK (
        status IN ('active', 'paused', 'cancelled')
        AND (ends_on IS NOT NULL) = (status = 'cancelled')),
    CONSTRAINT ck_subscription_days CHECK (
        billing_day BETWEEN 1 AND 28 AND anchor_on >= starts_on AND next_start >= starts_on
        AND changed_on >= starts_on AND changes > 0 AND bills_on <= again_on
        AND (again_on IS NULL OR bills_on IS NOT NULL)
        AND (credit_on IS NULL OR status = 'cancelled')),
    CONSTRAINT ck_subscription_amounts CHECK (quantity > 0 AND price_override_minor >= 0)
) WITH (autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX ix_subscription_bills_on ON subscription (organization_id, bills_on, id)
    WHERE bills_on IS NOT NULL;
CREATE INDEX ix_subscription_credit_on ON subscription (organization_id, credit_on, id)
    WHERE credit_on IS NOT NULL;
CREATE INDEX ix_subscription_created_at ON subscription (organization_id, created_at, id);
CREATE INDEX ix_subscription_customer_id ON subscription (organization_id, customer_id);
CREATE INDEX ix_subscription_line_id ON subscription (line_id) WHERE line_id IS NOT NULL;
CREATE INDEX ix_subscription_plan_id ON subscription (plan_id);

CREATE TABLE subscription_change (
    organization_id uuid NOT NULL,
    subscription_id uuid NOT NULL REFERENCES subscription (id) ON DELETE CASCADE,
    position int NOT NULL,
    kind text NOT NULL,
    effective_on date NOT NULL,
    status text NOT NULL,
    plan_id uuid NOT NULL,
    quantity numeric(16, 4) NOT NULL,
    price_override_minor bigint,
    reason text,
    made_by text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_subscription_change PRIMARY KEY (subscription_id, position),
    CONSTRAINT ck_subscription_change_kind CHECK (
        kind IN ('started', 'changed', 'paused', 'resumed', 'cancelled') AND position > 0)
);
"""
# The unique index is the promise: a subscription is billed once for each of its periods; a last
# bill has no days and is none. One whose invoice was voided is kept beside the one that takes its
# place; `again_on`, while it waits for it, is the day on which it is to be billed. `carried` is
# what a period's invoice made good of earlier ones, by first day and plan; it is open again when
# the invoice is voided, as is the setup fee.
PERIOD: Final = """
CREATE TABLE subscription_period (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    subscription_id uuid NOT NULL REFERENCES subscription (id),
    period_start date NOT NULL,
    period_end date NOT NULL,
    outcome text NOT NULL,
    invoice_id uuid,
    bill_run_id uuid NOT NULL,
    total_minor bigint NOT NULL,
    charges jsonb NOT NULL,
    carried jsonb NOT NULL DEFAULT '{}',
    setup boolean NOT NULL DEFAULT false,
    again_on date,
    CONSTRAINT pk_subscription_period PRIMARY KEY (id),
    CONSTRAINT ck_subscription_period_outcome CHECK (
        outcome IN ('billed', 'covered', 'nothing', 'skipped', 'voided')
        AND (outcome IN ('billed', 'voided')) = (invoice_id IS NOT NULL)
        AND (again_on IS NULL OR outcome = 'voided')
        AND (invoice_id IS NULL) = (total_minor = 0) AND total_minor >= 0
        AND period_end >= period_start)
);
CREATE UNIQUE INDEX uq_subscription_period_start
    ON subscription_period (subscription_id, period_start)
    WHERE outcome <> 'voided' AND period_end > period_start;
CREATE INDEX ix_subscription_period_subscription_id
    ON subscription_period (subscription_id, period_start, id);
CREATE UNIQUE INDEX uq_subscription_period_invoice_id ON subscription_period (invoice_id)
    WHERE invoice_id IS NOT NULL;
CREATE INDEX ix_subscription_period_again_on ON subscription_period (subscription_id)
    WHERE again_on IS NOT NULL;
CREATE INDEX ix_subscription_period_bill_run_id ON subscription_period (bill_run_id, id);
"""
RUN: Final = """
CREATE TABLE bill_run (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    period_from date NOT NULL,
    period_to date NOT NULL,
    plan_ids uuid[],
    customer_id uuid,
    automatic boolean NOT NULL,
    state text NOT NULL DEFAULT 'queued',
    currency text NOT NULL,
    expected bigint NOT NULL,
    examined bigint NOT NULL DEFAULT 0,
    invoices bigint NOT NULL DEFAULT 0,
    skipped bigint NOT NULL DEFAULT 0,
    failed bigint NOT NULL DEFAULT 0,
    total_minor bigint NOT NULL DEFAULT 0,
    after_on date,
    after_id uuid,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    worked_at timestamptz,
    CONSTRAINT ck_bill_run_state CHECK (
        state IN ('queued', 'running', 'finished', 'cancelled')
        AND (finished_at IS NOT NULL) = (state IN ('finished', 'cancelled'))),
    CONSTRAINT ck_bill_run_counts CHECK (
        period_from <= period_to AND examined >= 0 AND invoices >= 0 AND skipped >= 0
        AND failed >= 0 AND total_minor >= 0)
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX uq_bill_run_open ON bill_run (organization_id)
    WHERE state IN ('queued', 'running');
CREATE INDEX ix_bill_run_created_at ON bill_run (organization_id, created_at, id);

CREATE TABLE bill_run_failure (
    organization_id uuid NOT NULL,
    bill_run_id uuid NOT NULL REFERENCES bill_run (id),
    subscription_id uuid NOT NULL,
    period_start date NOT NULL,
    code text NOT NULL,
    message text NOT NULL,
    CONSTRAINT pk_bill_run_failure PRIMARY KEY (bill_run_id, subscription_id)
);

ALTER TABLE billing_terms
    ADD COLUMN auto_bill boolean NOT NULL DEFAULT false,
    ADD COLUMN billed_through date;
"""
# An item gives back when its price is negative: days that were billed ahead and not used.
ITEM: Final = """
ALTER TABLE invoice_item
    DROP CONSTRAINT ck_invoice_item_amounts,
    ADD CONSTRAINT ck_invoice_item_amounts CHECK (
        position > 0 AND quantity > 0 AND tax_rate BETWEEN 0 AND 100
        AND CASE WHEN unit_price_minor < 0 THEN net_minor <= 0 AND tax_minor <= 0
            ELSE net_minor >= 0 AND tax_minor >= 0 END);
"""
ITEM_BACK: Final = """
DELETE FROM invoice WHERE id IN (SELECT invoice_id FROM invoice_item WHERE unit_price_minor < 0);
ALTER TABLE invoice_item
    DROP CONSTRAINT ck_invoice_item_amounts,
    ADD CONSTRAINT ck_invoice_item_amounts CHECK (
        position > 0 AND quantity > 0 AND unit_price_minor >= 0
        AND tax_rate BETWEEN 0 AND 100 AND net_minor >= 0 AND tax_minor >= 0);
"""
TABLES: Final = (
    "line_status",
    "plan",
    "plan_price",
    "subscription",
    "subscription_change",
    "subscription_period",
    "bill_run",
    "bill_run_failure",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statements in (LINE, PLAN, SUBSCRIPTION, PERIOD, RUN, ITEM):
        op.execute(statements)
    for table in TABLES:
        schema.protect(table)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(ITEM_BACK)
    op.execute("ALTER TABLE billing_terms DROP COLUMN auto_bill, DROP COLUMN billed_through")
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
    op.execute(
        "ALTER TABLE line DROP COLUMN plan_name, DROP COLUMN price_minor, DROP COLUMN installed_on"
    )
