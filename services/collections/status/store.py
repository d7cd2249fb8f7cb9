"""Queries that show where lines and organizations stand."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from psycopg.rows import class_row

from services.collections.enforcement.rules import LineState
from shared.db import Connection

LINE: Final = """
SELECT l.line_id, l.customer_id, l.number, l.status, l.essential, l.non_payment,
       l.generation AS seen,
       c.name AS customer_name, coalesce(e.generation, 0) AS generation, e.ordered,
       e.decision_id, e.ordered_at
FROM line AS l
LEFT JOIN customer AS c ON c.id = l.customer_id
LEFT JOIN line_enforcement AS e ON e.line_id = l.line_id
WHERE l.organization_id = %s AND l.line_id = %s
"""
# Served by ix_debt_open_due_on and ix_line_enforcement_organization.
OVERDUE: Final = """
SELECT currency, sum(open_minor)::bigint AS open_minor, count(*) AS invoices
FROM debt WHERE organization_id = %s AND open_minor >= 1 AND due_on < %s
GROUP BY currency ORDER BY currency
"""
COUNTS: Final = """
SELECT
    (SELECT count(DISTINCT customer_id) FROM debt
     WHERE organization_id = %(id)s AND open_minor >= 1 AND due_on < %(today)s)
        AS overdue_customers,
    (SELECT count(*) FROM line_enforcement AS e JOIN line AS l USING (line_id)
     WHERE e.organization_id = %(id)s AND e.ordered = 'suspend' AND l.status <> 'cancelled')
        AS suspended_lines
"""
DECISIONS: Final = """
SELECT outcome, count(*) AS decisions FROM decision
WHERE organization_id = %s AND decided_at >= %s AND decided_at < %s GROUP BY outcome
"""


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line, its customer's name and the last order given for it."""

    line_id: UUID
    customer_id: UUID
    number: int
    status: str
    essential: bool
    non_payment: bool
    seen: int
    customer_name: str | None
    generation: int
    ordered: str | None
    decision_id: UUID | None
    ordered_at: datetime | None

    def as_state(self) -> LineState:
        """The line as the rules take it."""
        return LineState(
            self.status,
            self.non_payment,
            self.seen,
            self.generation,
            self.ordered,
            False,
            self.essential,
        )


@dataclass(frozen=True, slots=True)
class OverdueSum:
    """What is overdue in one currency."""

    currency: str
    open_minor: int
    invoices: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Customers with an overdue debt, and lines (ordered) off for it."""

    overdue_customers: int
    suspended_lines: int


async def line(tx: Connection, organization_id: UUID, line_id: UUID) -> LineRow | None:
    """One line of an organization."""
    async with tx.cursor(row_factory=class_row(LineRow)) as cursor:
        await cursor.execute(LINE, (organization_id, line_id))
        return await cursor.fetchone()


async def knows_customer(tx: Connection, organization_id: UUID, customer_id: UUID) -> bool:
    """Whether an organization's customer has been heard of."""
    cursor = await tx.execute(
        "SELECT FROM customer WHERE id = %s AND organization_id = %s",
        (customer_id, organization_id),
    )
    return cursor.rowcount > 0


async def overdue(tx: Connection, organization_id: UUID, today: date) -> list[OverdueSum]:
    """What an organization's customers owe overdue, by currency."""
    async with tx.cursor(row_factory=class_row(OverdueSum)) as cursor:
        await cursor.execute(OVERDUE, (organization_id, today))
        return await cursor.fetchall()


async def counts(tx: Connection, organization_id: UUID, today: date) -> Counts:
    """How many customers and lines of an organization are concerned."""
    async with tx.cursor(row_factory=class_row(Counts)) as cursor:
        await cursor.execute(COUNTS, {"id": organization_id, "today": today})
        found = await cursor.fetchone()
    assert found is not None
    return found


async def decisions_between(
    tx: Connection, organization_id: UUID, start: datetime, end: datetime
) -> dict[str, int]:
    """How many decisions an organization saw, by outcome; served by ix_decision_decided_at."""
    cursor = await tx.execute(DECISIONS, (organization_id, start, end))
    return {row["outcome"]: row["decisions"] for row in await cursor.fetchall()}
