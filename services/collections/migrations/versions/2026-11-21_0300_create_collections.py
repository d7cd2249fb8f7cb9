"""Create: policies, debts, lines, decisions, orders, the clock of grace days, runs."""

from typing import Final

from alembic import op

from shared import schema

revision, down_revision = "5b7e1d20c3a4", None
branch_labels = depends_on = None

POLICY: Final = """
CREATE TABLE policy (
    organization_id uuid NOT NULL,
    version bigint NOT NULL,
    grace_days int NOT NULL,
    minimum_minor bigint NOT NULL,
    currency text NOT NULL,
    suspend_scope text NOT NULL,
    active boolean NOT NULL,
    created_at timestamptz NOT NULL,
    created_by uuid,
    PRIMARY KEY (organization_id, version),
    CONSTRAINT ck_policy_version CHECK (version >= 1),
    CONSTRAINT ck_policy_grace_days CHECK (grace_days BETWEEN 0 AND 365),
    CONSTRAINT ck_policy_minimum_minor CHECK (minimum_minor >= 0),
    CONSTRAINT ck_policy_suspend_scope CHECK (suspend_scope IN ('line', 'customer'))
);
CREATE FUNCTION policy_is_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a policy version never changes; write the next one';
END $$;
CREATE TRIGGER policy_is_immutable BEFORE UPDATE OR DELETE ON policy
    FOR EACH ROW EXECUTE FUNCTION policy_is_immutable();
"""

# `debtor` exists to be locked: one row for each customer anything is known of, written once.
CUSTOMER: Final = """
CREATE TABLE debtor (
    customer_id uuid PRIMARY KEY,
    organization_id uuid NOT NULL
) WITH (fillfactor = 80);

CREATE TABLE customer (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    name text NOT NULL,
    active boolean NOT NULL,
    version bigint NOT NULL
);
"""

# No index names what an order or its answer changes, so both stay heap-only updates.
LINE: Final = """
CREATE TABLE line (
    line_id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    number int NOT NULL,
    status text NOT NULL,
    non_payment boolean NOT NULL,
    generation bigint NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT ck_line_status
        CHECK (status IN ('not_installed', 'active', 'suspended', 'cancelled'))
) WITH (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX ix_line_customer ON line (organization_id, customer_id, line_id);

CREATE TABLE line_enforcement (
    line_id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    generation bigint NOT NULL,
    ordered text NOT NULL,
    decision_id uuid NOT NULL,
    ordered_at timestamptz NOT NULL,
    CONSTRAINT ck_line_enforcement_generation CHECK (generation >= 1),
    CONSTRAINT ck_line_enforcement_ordered CHECK (ordered IN ('suspend', 'reactivate'))
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX ix_line_enforcement_organization ON line_enforcement (organization_id, customer_id);
"""

# What is settled leaves both partial indexes, so reads and ticks cost what is still open. They
# say the same in different words, on purpose: a query that asks for `open_minor > 0` cannot be
# planned over the index by due date, which for a line's debts would read everybody's.
DEBT: Final = """
CREATE TABLE debt (
    invoice_id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    line_id uuid,
    number text,
    currency text,
    total_minor bigint,
    due_on date,
    invoice_version bigint NOT NULL DEFAULT 0,
    voided boolean NOT NULL DEFAULT false,
    allocated_minor bigint NOT NULL DEFAULT 0,
    receivable_version bigint NOT NULL DEFAULT 0,
    open_minor bigint NOT NULL GENERATED ALWAYS AS (
        CASE WHEN voided OR total_minor IS NULL THEN 0
             ELSE total_minor - allocated_minor END) STORED,
    CONSTRAINT ck_debt_total_minor CHECK (total_minor > 0),
    CONSTRAINT ck_debt_allocated_minor CHECK (allocated_minor >= 0)
) WITH (autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX ix_debt_open_customer ON debt (customer_id, line_id)
    WHERE open_minor > 0;
CREATE INDEX ix_debt_open_due_on ON debt (organization_id, due_on, invoice_id)
    WHERE open_minor >= 1;
"""

# The grounds are json, not jsonb: read whole and never searched, and a third cheaper to write.
# Without a foreign key to its policy: checking one per row locks that one policy row for every
# decision of an organization at once, and a policy version can be neither changed nor deleted.
DECISION: Final = """
CREATE TABLE decision (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    line_id uuid,
    customer_id uuid NOT NULL,
    policy_version bigint NOT NULL,
    today date NOT NULL,
    organization_clock timestamptz NOT NULL,
    line_status text,
    was_suspended boolean NOT NULL,
    debts json NOT NULL,
    conditions json NOT NULL,
    outcome text NOT NULL,
    generation bigint,
    cause_type text NOT NULL,
    cause_id uuid,
    run_id uuid,
    decided_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id),
    CONSTRAINT ck_decision_line_status CHECK ((line_status IS NULL) = (line_id IS NULL)),
    CONSTRAINT ck_decision_without_line CHECK (line_id IS NOT NULL OR outcome = 'none'),
    CONSTRAINT ck_decision_outcome CHECK (outcome IN
        ('suspend', 'reactivate', 'keep_suspended', 'keep_active', 'none')),
    CONSTRAINT ck_decision_order
        CHECK ((generation IS NOT NULL) = (outcome IN ('suspend', 'reactivate')))
);
CREATE INDEX ix_decision_line ON decision (line_id, id) WHERE line_id IS NOT NULL;
CREATE INDEX ix_decision_customer ON decision (customer_id, id) WHERE line_id IS NULL;
CREATE INDEX ix_decision_decided_at ON decision USING brin (decided_at);
CREATE INDEX ix_decision_run ON decision (run_id, id) WHERE run_id IS NOT NULL;
"""

CLOCK_AND_RUNS: Final = """
CREATE TABLE assessment_clock (
    organization_id uuid PRIMARY KEY,
    watermark date NOT NULL,
    next_at timestamptz NOT NULL,
    target date,
    after_due_on date,
    after_invoice_id uuid
) WITH (fillfactor = 50);
CREATE INDEX ix_assessment_clock_next_at ON assessment_clock (next_at);

CREATE TABLE run (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    reason text NOT NULL,
    requested_by uuid,
    requested_at timestamptz NOT NULL,
    status text NOT NULL DEFAULT 'pending',
    started_at timestamptz,
    finished_at timestamptz,
    examined bigint NOT NULL DEFAULT 0,
    suspended bigint NOT NULL DEFAULT 0,
    reactivated bigint NOT NULL DEFAULT 0,
    failed bigint NOT NULL DEFAULT 0,
    page_size int NOT NULL DEFAULT 1000,
    after_customer_id uuid,
    after_line_id uuid,
    CONSTRAINT ck_run_reason CHECK (reason IN ('manual', 'policy', 'calendar')),
    CONSTRAINT ck_run_status CHECK (status IN ('pending', 'running', 'finished'))
) WITH (fillfactor = 50);
CREATE INDEX ix_run_organization ON run (organization_id, id);
CREATE INDEX ix_run_unfinished ON run (requested_at, id) WHERE status <> 'finished';

CREATE TABLE run_failure (
    run_id uuid NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    line_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    error text NOT NULL,
    failed_at timestamptz NOT NULL,
    PRIMARY KEY (run_id, line_id)
);
"""

TABLES: Final = (
    "policy",
    "debtor",
    "customer",
    "line",
    "line_enforcement",
    "debt",
    "decision",
    "assessment_clock",
    "run",
    "run_failure",
)


def upgrade() -> None:
    """Create the service's tables, each under row-level security."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    schema.install()
    for statements in (POLICY, CUSTOMER, LINE, DEBT, DECISION, CLOCK_AND_RUNS):
        op.execute(statements)
    for table in TABLES:
        schema.protect(table)


def downgrade() -> None:
    """Drop everything."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP FUNCTION policy_is_immutable")
    schema.uninstall()
