"""Every statement that writes the projections of customers and lines."""

from typing import Final

from services.collections.arrays import pg_columns
from services.collections.lines.facts import CustomerRow, ServiceFacts
from shared.db import Connection

CUSTOMERS: Final = """
INSERT INTO customer AS c (id, organization_id, name, active, version)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::boolean[], %s::bigint[])
ON CONFLICT (id) DO UPDATE SET
    name = excluded.name, active = excluded.active, version = excluded.version
WHERE c.version < excluded.version
"""
LINES: Final = """
INSERT INTO line AS l (line_id, organization_id, customer_id, number, status, non_payment,
                       generation, version)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::int[], %s::text[], %s::boolean[],
                     %s::bigint[], %s::bigint[])
ON CONFLICT (line_id) DO UPDATE SET
    customer_id = excluded.customer_id, number = excluded.number, status = excluded.status,
    non_payment = excluded.non_payment, generation = excluded.generation,
    version = excluded.version
WHERE l.version < excluded.version
"""
NAME: Final = CustomerRow._fields.index("name")


async def project_customers(tx: Connection, facts: ServiceFacts) -> None:
    """Write what events said of customers, in one statement."""
    if facts.customers:
        columns = pg_columns(facts.customers.values(), texts=frozenset({NAME}))
        await tx.execute(CUSTOMERS, columns)


async def project_lines(tx: Connection, facts: ServiceFacts) -> None:
    """Write what events said of lines, in one statement."""
    if facts.lines:
        await tx.execute(LINES, pg_columns(facts.lines.values()))
