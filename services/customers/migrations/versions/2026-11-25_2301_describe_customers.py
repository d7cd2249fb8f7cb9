"""Describe: language, zone, area and tags of customers; essential lines."""

from typing import Final

from alembic import op

revision, down_revision = "4d208b31cf52", "3c1f7a20be41"
branch_labels = depends_on = None

CUSTOMER: Final = """
ALTER TABLE customer
    ADD COLUMN language text CONSTRAINT ck_customer_language CHECK (language IN ('es', 'en')),
    ADD COLUMN time_zone text,
    ADD COLUMN area text,
    ADD COLUMN tags text[] NOT NULL DEFAULT '{}'
        CONSTRAINT ck_customer_tags CHECK (cardinality(tags) <= 20);
CREATE INDEX ix_customer_area ON customer (organization_id, area, name, id)
    WHERE area IS NOT NULL;
CREATE INDEX ix_customer_tags ON customer USING gin (tags) WHERE tags <> '{}';
"""

# As LIKE (see customer_matching), the containment of arrays is not leakproof.
TAGGED: Final = """
CREATE FUNCTION customer_tagged(tag text) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER ROWS 1000 SET search_path = public, pg_temp
AS $$
    SELECT id FROM customer
    WHERE organization_id = duesline_organization()
      AND tags @> ARRAY[tag] AND tags <> '{}'
$$;
"""


def upgrade() -> None:
    """Add what describes a customer, and what is looked up by it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(CUSTOMER)
    op.execute(TAGGED)
    op.execute("ALTER TABLE line ADD COLUMN essential boolean NOT NULL DEFAULT false")


def downgrade() -> None:
    """Forget it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE line DROP COLUMN essential")
    op.execute("DROP FUNCTION customer_tagged")
    op.execute(
        "ALTER TABLE customer DROP COLUMN tags, DROP COLUMN area, DROP COLUMN time_zone,"
        " DROP COLUMN language"
    )
