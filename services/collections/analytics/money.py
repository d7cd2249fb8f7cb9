"""Figures of money: collected, by whom, and how it goes from day to day."""

from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

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
# Each allocation is credited to one case at most, so no join can count it twice.
COLLECTORS: Final = """
WITH credited AS (
    SELECT k.collector_id, a.payment_id, a.amount_minor
    FROM allocation AS a
    CROSS JOIN LATERAL (
        SELECT c.collector_id FROM dunning_case AS c
        WHERE c.organization_id = a.organization_id AND c.customer_id = a.customer_id
          AND (c.line_id IS NULL OR c.line_id = a.line_id)
          AND c.collector_id IS NOT NULL
          AND (c.assigned_at AT TIME ZONE %(zone)s)::date <= a.on_day
          AND coalesce(c.cured_on, (c.closed_at AT TIME ZONE %(zone)s)::date, 'infinity')
              >= a.on_day
        ORDER BY c.line_id IS NULL, c.id DESC LIMIT 1) AS k
    WHERE a.organization_id = %(organization_id)s AND a.currency = %(currency)s
      AND a.on_day BETWEEN %(first)s AND %(last)s
), money AS (
    SELECT collector_id, sum(amount_minor)::bigint AS collected_minor,
           count(DISTINCT payment_id) AS payments
    FROM credited GROUP BY collector_id
), worked AS (
    SELECT collector_id,
           count(*) FILTER (WHERE status <> 'closed') AS cases_open,
           count(*) FILTER (WHERE cured_on BETWEEN %(first)s AND %(last)s) AS cases_cured,
           coalesce(sum(debt_minor) FILTER (WHERE status <> 'closed'
                    AND currency = %(currency)s), 0)::bigint AS debt_minor
    FROM dunning_case
    WHERE organization_id = %(organization_id)s AND collector_id IS NOT NULL
    GROUP BY collector_id
)
SELECT c.id AS collector_id, c.name, c.active, c.commission_rate,
       coalesce(w.cases_open, 0) AS cases_open, coalesce(w.cases_cured, 0) AS cases_cured,
       coalesce(w.debt_minor, 0) AS debt_minor, coalesce(m.payments, 0) AS payments,
       coalesce(m.collected_minor, 0) AS collected_minor
FROM collector AS c
LEFT JOIN money AS m ON m.collector_id = c.id
LEFT JOIN worked AS w ON w.collector_id = c.id
WHERE c.organization_id = %(organization_id)s
ORDER BY coalesce(m.collected_minor, 0) DESC, c.name, c.id
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


class Performance(NamedTuple):
    """What a collector brought about in a period, and has to do now."""

    collector_id: UUID
    name: str
    active: bool
    commission_rate: Decimal
    cases_open: int
    cases_cured: int
    debt_minor: int
    payments: int
    collected_minor: int


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


async def collectors(tx: Connection, scope: Scope, period: Period, zone: str) -> list[Performance]:
    """Every collector, who brought in most first."""
    asked = scope.asked(first=period.first, last=period.last, zone=zone)
    cursor = await tx.execute(COLLECTORS, asked)
    return [Performance(**row) for row in await cursor.fetchall()]


async def trend(tx: Connection, scope: Scope, period: Period, step: Step) -> list[Trend]:
    """A period in steps, those in which nothing happened too."""
    asked = scope.asked(
        first=period.first, last=period.last, step=step.value, length=f"1 {step.value}"
    )
    cursor = await tx.execute(TREND, asked)
    return [Trend(**row) for row in await cursor.fetchall()]
