"""Create: organizations, customers, lines, their holds and their history."""

from typing import Final

from alembic import op

from shared import schema

revision, down_revision = "3c1f7a20be41", None
branch_labels = depends_on = None

ORGANIZATION: Final = """
CREATE TABLE organization (
    id uuid PRIMARY KEY,
    organization_id uuid GENERATED ALWAYS AS (id) STORED,
    version bigint NOT NULL DEFAULT 1,
    name text NOT NULL,
    country text NOT NULL,
    currency text NOT NULL,
    time_zone text NOT NULL,
    locale text NOT NULL,
    sandbox boolean NOT NULL DEFAULT false,
    clock_offset_seconds bigint NOT NULL DEFAULT 0,
    active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_organization_name CHECK (name <> ''),
    CONSTRAINT ck_organization_country CHECK (country ~ '^[A-Z]{2}$'),
    CONSTRAINT ck_organization_currency CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT ck_organization_clock
        CHECK (clock_offset_seconds >= 0 AND (sandbox OR clock_offset_seconds = 0))
);
"""

CUSTOMER: Final = """
CREATE TABLE customer (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    name text NOT NULL,
    national_id text,
    email text,
    phone text,
    external_ref text,
    active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    search_text text NOT NULL,
    CONSTRAINT ck_customer_name CHECK (name <> ''),
    CONSTRAINT ck_customer_email CHECK (email = lower(email)),
    CONSTRAINT ck_customer_phone CHECK (phone LIKE '+%')
);
CREATE UNIQUE INDEX uq_customer_national_id ON customer (organization_id, national_id);
CREATE UNIQUE INDEX uq_customer_external_ref ON customer (organization_id, external_ref);
CREATE INDEX ix_customer_name ON customer (organization_id, name, id);
CREATE INDEX ix_customer_created_at ON customer (organization_id, created_at, id);
CREATE INDEX ix_customer_search_text ON customer USING gin (search_text gin_trgm_ops)
    WITH (gin_pending_list_limit = 16384);
"""

# LIKE is not leakproof, so under row-level security the planner may not use the trigram
# index for it. This function runs as the owner and keeps the promise of the policy itself.
SEARCH: Final = """
CREATE FUNCTION customer_matching(pattern text) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER ROWS 100 SET search_path = public, pg_temp
AS $$
    SELECT id FROM customer
    WHERE organization_id = duesline_organization()
      AND search_text LIKE pattern
$$;
"""

# No index covers what a hold changes (holds, generation, version, the derived status), so
# that putting and lifting holds stays a heap-only update; and `hold` has one index, because
# each one more is a random page written per order.
LINE: Final = """
CREATE TABLE line (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL CONSTRAINT fk_line_customer_id REFERENCES customer (id),
    version bigint NOT NULL DEFAULT 1,
    number int NOT NULL,
    plan_name text NOT NULL,
    price_minor bigint NOT NULL,
    currency text NOT NULL,
    installed_on date,
    activated_at timestamptz,
    cancelled_at timestamptz,
    holds text[] NOT NULL DEFAULT '{}',
    generation bigint NOT NULL DEFAULT 0,
    status text NOT NULL GENERATED ALWAYS AS (
        CASE WHEN cancelled_at IS NOT NULL THEN 'cancelled'
             WHEN activated_at IS NULL THEN 'not_installed'
             WHEN holds <> '{}' THEN 'suspended'
             ELSE 'active' END) STORED,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_line_number CHECK (number >= 1),
    CONSTRAINT ck_line_plan_name CHECK (plan_name <> ''),
    CONSTRAINT ck_line_price_minor CHECK (price_minor >= 0),
    CONSTRAINT ck_line_generation CHECK (generation >= 0),
    CONSTRAINT ck_line_holds
        CHECK (holds <@ ARRAY['non_payment', 'voluntary', 'fraud', 'admin']),
    CONSTRAINT ck_line_cancelled_holds CHECK (cancelled_at IS NULL OR holds = '{}')
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
CREATE UNIQUE INDEX uq_line_number ON line (customer_id, number);
CREATE INDEX ix_line_created_at ON line (organization_id, created_at, id);
CREATE INDEX ix_line_cancelled ON line (organization_id, created_at, id)
    WHERE cancelled_at IS NOT NULL;
CREATE INDEX ix_line_not_installed ON line (organization_id, created_at, id)
    WHERE activated_at IS NULL;

CREATE TABLE hold (
    line_id uuid NOT NULL,
    reason text NOT NULL,
    organization_id uuid NOT NULL,
    placed_at timestamptz NOT NULL DEFAULT now(),
    placed_by uuid,
    decision_id uuid,
    note text,
    PRIMARY KEY (organization_id, line_id, reason),
    CONSTRAINT ck_hold_reason CHECK (reason IN ('non_payment', 'voluntary', 'fraud', 'admin')),
    CONSTRAINT ck_hold_cause CHECK (num_nonnulls(placed_by, decision_id) = 1),
    CONSTRAINT ck_hold_decision CHECK ((reason = 'non_payment') = (decision_id IS NOT NULL))
) WITH (autovacuum_vacuum_scale_factor = 0.05);

CREATE TABLE line_history (
    line_id uuid NOT NULL,
    version bigint NOT NULL,
    organization_id uuid NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    change text NOT NULL,
    from_status text,
    to_status text NOT NULL,
    reason text,
    note text,
    actor_id uuid,
    decision_id uuid,
    import_id uuid,
    PRIMARY KEY (line_id, version),
    CONSTRAINT ck_line_history_change CHECK (change IN
        ('registered', 'updated', 'activated', 'held', 'released', 'cancelled')),
    CONSTRAINT ck_line_history_cause CHECK (num_nonnulls(actor_id, decision_id, import_id) = 1)
);
"""

PROTECTED: Final = ("organization", "customer", "line", "hold", "line_history")


def upgrade() -> None:
    """Build the whole schema."""
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    schema.install(organizations=False)
    for statements in (ORGANIZATION, CUSTOMER, SEARCH, LINE):
        op.execute(statements)
    for table in PROTECTED:
        schema.protect(table)


def downgrade() -> None:
    """Drop it again; the extension stays, because another schema may use it."""
    for table in reversed(PROTECTED):
        schema.unprotect(table)
    op.execute("DROP TABLE line_history, hold, line")
    op.execute("DROP FUNCTION customer_matching")
    op.execute("DROP TABLE customer")
    op.execute("DROP TABLE organization")
    schema.uninstall(organizations=False)
