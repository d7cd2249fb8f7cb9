"""Every statement that writes the projections of customers and lines."""

from typing import Final

from psycopg.rows import tuple_row

from services.collections.arrays import pg_columns
from services.collections.lines.facts import CustomerRow, LineRow, ServiceFacts
from shared.db import Connection

CUSTOMERS: Final = """
INSERT INTO customer AS c (id, organization_id, name, active, version, language, time_zone, area,
                           tags, email, phone)
SELECT id, organization_id, name, active, version, language, time_zone, area,
       coalesce(string_to_array(nullif(tags, ''), ' '), '{}'), email, phone
FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::boolean[], %s::bigint[], %s::text[],
            %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
     AS said (id, organization_id, name, active, version, language, time_zone, area, tags, email,
              phone)
ON CONFLICT (id) DO UPDATE SET
    name = excluded.name, active = excluded.active, version = excluded.version,
    language = excluded.language, time_zone = excluded.time_zone, area = excluded.area,
    tags = excluded.tags, email = excluded.email, phone = excluded.phone
WHERE c.version < excluded.version
"""
LINES: Final = """
INSERT INTO line AS l (line_id, organization_id, customer_id, number, status, non_payment,
                       generation, version, plan_name, installed_on, essential)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::int[], %s::text[], %s::boolean[],
                     %s::bigint[], %s::bigint[], %s::text[], %s::date[], %s::boolean[])
ON CONFLICT (line_id) DO UPDATE SET
    customer_id = excluded.customer_id, number = excluded.number, status = excluded.status,
    non_payment = excluded.non_payment, generation = excluded.generation,
    version = excluded.version, plan_name = excluded.plan_name,
    installed_on = excluded.installed_on, essential = excluded.essential
WHERE l.version < excluded.version
"""
# Those known before of whom something has changed that lines are judged by.
CUSTOMERS_CHANGED: Final = f"""
WITH written AS ({CUSTOMERS} RETURNING c.id, c.time_zone, c.area, c.tags)
SELECT written.id FROM written JOIN customer AS before ON before.id = written.id
WHERE (written.time_zone, written.area, written.tags)
      IS DISTINCT FROM (before.time_zone, before.area, before.tags)
"""
WRITTEN: Final = frozenset(
    CustomerRow._fields.index(name)
    for name in ("name", "area", "tags", "time_zone", "language", "email", "phone")
)
PLAN_NAME: Final = frozenset({LineRow._fields.index("plan_name")})


async def project_customers(tx: Connection, facts: ServiceFacts) -> list[CustomerRow]:
    """Write what events said of customers, in one statement; those it may make a difference to."""
    if not facts.customers:
        return []
    async with tx.cursor(row_factory=tuple_row) as cursor:
        columns = pg_columns(facts.customers.values(), texts=WRITTEN)
        await cursor.execute(CUSTOMERS_CHANGED, columns)
        return [facts.customers[customer_id.int] for (customer_id,) in await cursor.fetchall()]


async def project_lines(tx: Connection, facts: ServiceFacts) -> None:
    """Write what events said of lines, in one statement."""
    if facts.lines:
        await tx.execute(LINES, pg_columns(facts.lines.values(), texts=PLAN_NAME))
