"""A big portfolio written straight into the tables of billing, collections and customers.

Two lines per customer and three invoices per line: one paid long ago, one due in weeks,
and one that for three lines in ten falls due today (so the next day finds it overdue) and
for the others in weeks. Ids follow from numbers, so the services agree with each other.
"""

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg.rows import tuple_row

from benchmarks.rig import Rig

LINES_PER_CUSTOMER: Final = 2
DUE_SHARE: Final = 3  # of ten

# What all three services say alike. %(first)s to %(last)s are the numbers of lines.
LINE_IDS: Final = """
(SELECT n, md5('line' || n)::uuid AS line_id, md5('customer' || (n + 1) / 2)::uuid AS customer_id,
        1 + (n + 1) %% 2 AS number
 FROM generate_series(%(first)s::int, %(last)s::int) AS n) AS one"""
CUSTOMER_IDS: Final = """
(SELECT n, md5('customer' || n)::uuid AS customer_id
 FROM generate_series((%(first)s::int + 1) / 2, (%(last)s::int + 1) / 2) AS n) AS one"""
INVOICE_IDS: Final = f"""
(SELECT one.*, k, (n - 1) * 3 + k AS at, md5('invoice' || n || '-' || k)::uuid AS invoice_id,
        CASE k WHEN 1 THEN %(today)s::date - 30 - n %% 20
               WHEN 2 THEN %(today)s::date + 20 + n %% 20
               ELSE %(today)s::date + CASE WHEN n %% 10 < {DUE_SHARE} THEN 0 ELSE 10 + n %% 10 END
        END AS due_on,
        CASE k WHEN 1 THEN 2500 ELSE 0 END AS paid
 FROM {LINE_IDS}, generate_series(1, 3) AS k) AS invoice"""

SEEDS: Final[dict[str, dict[str, str]]] = {
    "customers": {
        "customer": f"""
INSERT INTO customer (id, organization_id, name, external_ref, search_text)
SELECT customer_id, %(org)s, 'Customer ' || n, 'B-' || n, 'customer ' || n || ' b-' || n
FROM {CUSTOMER_IDS}""",
        "line": f"""
INSERT INTO line (id, organization_id, customer_id, number, plan_name, price_minor, currency,
                  installed_on, activated_at)
SELECT line_id, %(org)s, customer_id, number, 'Fibra 300', 2500, 'USD', %(today)s::date - 90,
       now() - interval '90 days'
FROM {LINE_IDS}""",
    },
    "billing": {
        "customer": f"""
INSERT INTO customer (id, organization_id, version, name, active)
SELECT customer_id, %(org)s, 1, 'Customer ' || n, true FROM {CUSTOMER_IDS}""",
        "line": f"""
INSERT INTO line (id, organization_id, customer_id, version, number, status)
SELECT line_id, %(org)s, customer_id, 1, number, 'active' FROM {LINE_IDS}""",
        "invoice": f"""
INSERT INTO invoice (id, organization_id, customer_id, line_id, document, series, sequence,
                     number, external_ref, currency, subtotal_minor, tax_minor, total_minor,
                     allocated_minor, receivable_version, issued_on, due_on, settled_on)
SELECT invoice_id, %(org)s, customer_id, line_id, 'issued', 'B', at, 'B-' || at, 'B-' || at,
       'USD', 2500, 0, 2500, paid, CASE WHEN paid > 0 THEN 2 ELSE 1 END, due_on - 15, due_on,
       CASE WHEN paid > 0 THEN due_on END
FROM {INVOICE_IDS}""",
    },
    "collections": {
        "debtor": f"""
INSERT INTO debtor (customer_id, organization_id) SELECT customer_id, %(org)s
FROM {CUSTOMER_IDS}""",
        "customer": f"""
INSERT INTO customer (id, organization_id, name, active, version)
SELECT customer_id, %(org)s, 'Customer ' || n, true, 1 FROM {CUSTOMER_IDS}""",
        "line": f"""
INSERT INTO line (line_id, organization_id, customer_id, number, status, non_payment,
                  generation, version, plan_name, installed_on)
SELECT line_id, %(org)s, customer_id, number, 'active', false, 0, 1, 'Fibra 300',
       %(today)s::date - 90
FROM {LINE_IDS}""",
        "debt": f"""
INSERT INTO debt (invoice_id, organization_id, customer_id, line_id, number, currency,
                  total_minor, due_on, invoice_version, allocated_minor, receivable_version)
SELECT invoice_id, %(org)s, customer_id, line_id, 'B-' || at, 'USD', 2500, due_on, 1, paid,
       CASE WHEN paid > 0 THEN 2 ELSE 1 END
FROM {INVOICE_IDS}""",
    },
}
SECONDARY: Final = """
SELECT indexdef, format('%%I', indexname) FROM pg_indexes
WHERE tablename = %s AND schemaname = 'public' AND NOT EXISTS (
    SELECT FROM pg_constraint WHERE conname = indexname)
"""


async def seed(rig: Rig, first: int, last: int) -> int:
    """Add the lines numbered `first` to `last`; how many of them the next day finds overdue."""
    clock = await rig.api.get(f"/organizations/{rig.organization_id}/clock")
    names: dict[str, int | UUID | date] = {
        "org": rig.organization_id,
        "today": date.fromisoformat(clock["today"]),
        "first": first,
        "last": last,
    }
    await asyncio.gather(*(_fill(rig, service, names) for service in SEEDS))
    return sum(n % 10 < DUE_SHARE for n in range(first, last + 1))


async def _fill(rig: Rig, service: str, names: dict[str, int | UUID | date]) -> None:
    async with await psycopg.AsyncConnection.connect(
        rig.stack.superuser_urls[service], autocommit=True, row_factory=tuple_row
    ) as connection:
        await connection.execute("SET maintenance_work_mem = '512MB'")
        await connection.execute("SET session_replication_role = replica")
        for table, sql in SEEDS[service].items():
            found = await (await connection.execute(SECONDARY, (table,))).fetchall()
            await _without(connection, found, sql, names)
        await connection.execute("VACUUM (ANALYZE)")
        await connection.execute("CHECKPOINT")


async def _without(
    connection: psycopg.AsyncConnection[tuple[Any, ...]],
    indexes: Sequence[tuple[Any, ...]],
    sql: str,
    names: dict[str, int | UUID | date],
) -> None:
    """Insert with the secondary indexes away: building them afterwards is faster."""
    for _, name in indexes:
        await connection.execute(f"DROP INDEX {name}".encode())
    await connection.execute(sql.encode(), names)
    for definition, _ in indexes:
        await connection.execute(str(definition).encode())
