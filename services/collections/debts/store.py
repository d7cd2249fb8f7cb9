"""Every query on debts: what is written from facts, and what is still open.

Invoices and allocations fill different columns under different guards, so that either may
come first: an allocation of an unknown invoice leaves a placeholder that asks for nothing.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple
from uuid import UUID

from psycopg.rows import tuple_row

from services.collections.arrays import pg_columns
from services.collections.debts.debt import Debt
from services.collections.debts.facts import DebtFacts, InvoiceRow
from shared.db import Connection

INVOICES: Final = """
INSERT INTO debt AS d (invoice_id, organization_id, customer_id, line_id, number, currency,
                       total_minor, due_on, invoice_version, kind, issued_on)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[],
                     %s::bigint[], %s::date[], %s::bigint[], %s::text[], %s::date[])
ON CONFLICT (invoice_id) DO UPDATE SET
    number = excluded.number, currency = excluded.currency, total_minor = excluded.total_minor,
    due_on = excluded.due_on, kind = excluded.kind, issued_on = excluded.issued_on,
    invoice_version = greatest(d.invoice_version, excluded.invoice_version)
WHERE d.total_minor IS NULL
"""
VOIDS: Final = """
INSERT INTO debt AS d (invoice_id, organization_id, customer_id, line_id, invoice_version, voided)
SELECT *, true FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[])
ON CONFLICT (invoice_id) DO UPDATE SET
    voided = true, invoice_version = greatest(d.invoice_version, excluded.invoice_version)
WHERE NOT d.voided
"""
ALLOCATIONS: Final = """
INSERT INTO debt AS d (invoice_id, organization_id, customer_id, line_id, allocated_minor,
                       receivable_version)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[], %s::bigint[])
ON CONFLICT (invoice_id) DO UPDATE SET
    allocated_minor = excluded.allocated_minor, receivable_version = excluded.receivable_version
WHERE d.receivable_version < excluded.receivable_version
"""
ADJUSTMENTS: Final = """
INSERT INTO debt AS d (invoice_id, organization_id, customer_id, line_id, credited_minor,
                       written_off_minor, adjustment_version)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[], %s::bigint[],
                     %s::bigint[])
ON CONFLICT (invoice_id) DO UPDATE SET
    credited_minor = excluded.credited_minor, written_off_minor = excluded.written_off_minor,
    adjustment_version = excluded.adjustment_version
WHERE d.adjustment_version < excluded.adjustment_version
"""
# The day is the organization's; one not heard of yet has the day of UTC.
CHANGES: Final = """
INSERT INTO debt_change (organization_id, invoice_id, kind, version, settled_minor, on_day)
SELECT c.organization_id, c.invoice_id, c.kind, c.version, c.settled_minor,
       ((c.at + make_interval(secs => coalesce(o.clock_offset_seconds, 0)))
        AT TIME ZONE coalesce(o.time_zone, 'UTC'))::date
FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::bigint[], %s::bigint[], %s::timestamptz[])
     AS c (organization_id, invoice_id, kind, version, settled_minor, at)
LEFT JOIN organization AS o ON o.id = c.organization_id
ON CONFLICT DO NOTHING
"""
# One probe of ix_debt_open_customer for each line or customer asked for: LATERAL with OFFSET
# keeps it one by one, `open_minor > 0` and the sums keep the index by due date out of it.
OVERDUE: Final = """
SELECT asked.place::int - 1, d.invoice_id, d.number, d.currency, d.open_minor, d.due_on,
       d.line_id, d.kind <> 'charge'
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::date[]) WITH ORDINALITY
     AS asked (organization_id, customer_id, line_id, today, place)
CROSS JOIN LATERAL (
    SELECT * FROM debt
    WHERE debt.customer_id = asked.customer_id {of_line} AND debt.open_minor > 0
      AND debt.organization_id IS NOT DISTINCT FROM asked.organization_id
      AND debt.due_on + 0 < asked.today
    OFFSET 0) AS d
"""
OVERDUE_OF_LINES: Final = OVERDUE.format(of_line="AND debt.line_id = asked.line_id")
OVERDUE_OF_CUSTOMERS: Final = OVERDUE.format(of_line="")
OVERDUE_WITHOUT_LINE: Final = OVERDUE.format(of_line="AND debt.line_id IS NULL")
NUMBER: Final = InvoiceRow._fields.index("number")


class Debtor(NamedTuple):
    """Whose overdue debts are asked for: a line's own or (without one) a customer's."""

    organization_id: UUID
    customer_id: UUID
    line_id: UUID | None
    today: date


async def project(tx: Connection, facts: DebtFacts) -> None:
    """Write what events said; at most one statement per kind of fact."""
    if facts.invoices:
        columns = pg_columns(facts.invoices.values(), texts=frozenset({NUMBER}))
        await tx.execute(INVOICES, columns)
    if facts.voids:
        await tx.execute(VOIDS, pg_columns(facts.voids.values()))
    if facts.allocations:
        await tx.execute(ALLOCATIONS, pg_columns(facts.allocations.values()))
    if facts.adjustments:
        await tx.execute(ADJUSTMENTS, pg_columns(facts.adjustments.values()))
    if facts.changes:
        await tx.execute(CHANGES, pg_columns(facts.changes.values()))


async def overdue_of_lines(tx: Connection, debtors: Sequence[Debtor]) -> dict[int, list[Debt]]:
    """The overdue open debts of each line asked for, by its place in `debtors`."""
    return await _overdue(tx, OVERDUE_OF_LINES, debtors)


async def overdue_of_customers(tx: Connection, debtors: Sequence[Debtor]) -> dict[int, list[Debt]]:
    """The overdue open debts of each customer asked for, by its place in `debtors`."""
    return await _overdue(tx, OVERDUE_OF_CUSTOMERS, debtors)


async def overdue_without_line(tx: Connection, debtors: Sequence[Debtor]) -> dict[int, list[Debt]]:
    """What each customer asked for owes overdue for no line, by its place in `debtors`."""
    return await _overdue(tx, OVERDUE_WITHOUT_LINE, debtors)


async def _overdue(
    tx: Connection, statement: str, debtors: Sequence[Debtor]
) -> dict[int, list[Debt]]:
    found: dict[int, list[Debt]] = {}
    if debtors:
        async with tx.cursor(row_factory=tuple_row) as cursor:
            await cursor.execute(statement, pg_columns(debtors))
            for place, *debt in await cursor.fetchall():
                found.setdefault(place, []).append(Debt(*debt))
    return found
