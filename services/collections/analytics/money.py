"""Figures of money: collected, and how it goes from day to day."""

from datetime import date
from typing import Final, NamedTuple

from services.collections.analytics.debts import Scope
from services.collections.analytics.rules import Period, Step
from shared.db import Connection

# `overdue_minor`: put against invoices after their due date, by the day the money came.
COLLECTED: Final = """
SELECT (SELECT coalesce(sum(amount_minor), 0)::bigint FROM money_movement
        WHERE organization_id = %(organization_id)s AND currency = %(currency)s
          AND on_day BETWEEN %(first)s AND %(last)s) AS received_minor,
       coalesce(sum(a.amount_minor), 0)::bigint AS allocated_minor,
       coalesce(sum(a.amount_minor) FILTER (WHERE a.on_day > d.due_on), 0)::bigint AS overdue_minor
FROM allocation AS a
LEFT JOIN debt AS d ON d.invoice_id = a.invoice_id AND d.organization_id = a.organization_id
WHERE a.organization_id = %(organization_id)s AND a.currency = %(currency)s
  AND a.on_day BETWEEN %(first)s AND %(last)s
"""
TREND: Final = """
WITH step AS (
    SELECT greatest(starts::date, %(first)s) AS starts,
           least((starts + %(length)s::interval)::date - 1, %(last)s) AS ends
    FROM generate_series(date_trunc(%(step)s, %(first)s::timestamp), %(last)s::timestamp,
                         %(length)s::interval) AS starts
), fact AS (
    SELECT on_day, amount_minor AS received_minor, 0::bigint AS allocated_minor,
           0 AS suspended, 0 AS reactivated, 0 AS reminded
    FROM money_movement
    WHERE organization_id = %(organization_id)s AND currency = %(currency)s
      AND on_day BETWEEN %(first)s AND %(last)s
    UNION ALL
    SELECT on_day, 0, amount_minor, 0, 0, 0 FROM allocation
    WHERE organization_id = %(organization_id)s AND currency = %(currency)s
      AND on_day BETWEEN %(first)s AND %(last)s
    UNION ALL
    SELECT today, 0, 0, (outcome = 'suspend')::int, (outcome = 'reactivate')::int, 0
    FROM decision
    WHERE organization_id = %(organization_id)s AND generation IS NOT NULL
      AND today BETWEEN %(first)s AND %(last)s
    UNION ALL
    SELECT on_day, 0, 0, 0, 0, 1 FROM reminder
    WHERE organization_id = %(organization_id)s AND on_day BETWEEN %(first)s AND %(last)s
)
SELECT step.starts, step.ends, coalesce(sum(received_minor), 0)::bigint AS received_minor,
       coalesce(sum(allocated_minor), 0)::bigint AS allocated_minor,
       coalesce(sum(suspended), 0) AS suspended, coalesce(sum(reactivated), 0) AS reactivated,
       coalesce(sum(reminded), 0) AS reminded
FROM step LEFT JOIN fact ON fact.on_day BETWEEN step.starts AND step.ends
GROUP BY step.starts, step.ends ORDER BY step.starts
"""


class Collected(NamedTuple):
    """Money of a period: received (less what went back), put against invoices, and of that
    against invoices that were overdue."""

    received_minor: int
    allocated_minor: int
    overdue_minor: int


class Trend(NamedTuple):
    """A step of a trend."""

    starts: date
    ends: date
    received_minor: int
    allocated_minor: int
    suspended: int
    reactivated: int
    reminded: int


async def collected(tx: Connection, scope: Scope, period: Period) -> Collected:
    """The money of a period."""
    cursor = await tx.execute(COLLECTED, scope.asked(first=period.first, last=period.last))
    row = await cursor.fetchone()
    assert row is not None
    return Collected(**row)


async def trend(tx: Connection, scope: Scope, period: Period, step: Step) -> list[Trend]:
    """A period in steps, those in which nothing happened too."""
    asked = scope.asked(
        first=period.first, last=period.last, step=step.value, length=f"1 {step.value}"
    )
    cursor = await tx.execute(TREND, asked)
    return [Trend(**row) for row in await cursor.fetchall()]
