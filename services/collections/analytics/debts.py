"""Figures of what is open, on any day: from the invoices and the history of what settled them.

An invoice is open on a day when it was issued by then, was not annulled by then, and less
was settled of it by then than it asks for. What settled it is dated by the day it was known
here (`debt_change`), so a figure of a past day says the same for ever. For today the stored
sums are read: the same numbers from one index.
"""

from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

from services.collections.analytics.rules import SETTLED, AgeBucket, Period
from shared.db import Connection

OPEN_TODAY: Final = """
SELECT invoice_id, customer_id, line_id, due_on, open_minor FROM debt
WHERE organization_id = %(organization_id)s AND open_minor >= 1 AND currency = %(currency)s
  AND coalesce(issued_on, due_on) <= {day}
"""
# One probe of debt_change's key for each debt: as a set of its own, joined afterwards, the
# history of all debts was joined row by row wherever its size was misjudged.
OPEN_ON: Final = """
SELECT d.invoice_id, d.customer_id, d.line_id, d.due_on,
       d.total_minor - s.settled_minor AS open_minor
FROM debt AS d CROSS JOIN LATERAL (
    SELECT coalesce(sum(settled_minor), 0)::bigint AS settled_minor,
           coalesce(bool_or(kind = 'voided'), false) AS voided
    FROM (
        SELECT DISTINCT ON (kind) kind, settled_minor FROM debt_change
        WHERE debt_change.invoice_id = d.invoice_id AND on_day <= {day}
          AND organization_id = %(organization_id)s
        ORDER BY kind, version DESC) AS latest) AS s
WHERE d.organization_id = %(organization_id)s AND d.currency = %(currency)s
  AND d.total_minor IS NOT NULL AND coalesce(d.issued_on, d.due_on) <= {day}
  AND NOT s.voided AND d.total_minor > s.settled_minor
"""
BUCKET: Final = """
CASE WHEN {day} - o.due_on <= 0 THEN 'not_due' WHEN {day} - o.due_on <= 30 THEN '1-30'
     WHEN {day} - o.due_on <= 60 THEN '31-60' WHEN {day} - o.due_on <= 90 THEN '61-90'
     WHEN {day} - o.due_on <= 120 THEN '91-120' ELSE '120+' END
"""
# A dispute counts for its amount at most, once per invoice; a plan for all it covers.
AGEING: Final = """
WITH open AS MATERIALIZED ({open}), standing AS MATERIALIZED (
    SELECT p.customer_id, p.line_id, p.invoice_id, p.kind, p.amount_minor
    FROM pause AS p JOIN organization AS g ON g.id = p.organization_id
    WHERE p.organization_id = %(organization_id)s AND p.kind IN ('dispute', 'plan')
      AND p.from_on <= %(day)s AND coalesce(p.until_on >= %(day)s, true)
      AND coalesce(((p.ended_at + make_interval(secs => g.clock_offset_seconds))
                    AT TIME ZONE g.time_zone)::date > %(day)s, true)
), disputed AS (
    SELECT open.invoice_id,
           least(open.open_minor, sum(coalesce(s.amount_minor, open.open_minor))) AS minor
    FROM open JOIN standing AS s
      ON s.kind = 'dispute' AND s.customer_id = open.customer_id
     AND s.invoice_id = open.invoice_id
    GROUP BY open.invoice_id, open.open_minor
), planned AS (
    SELECT DISTINCT open.invoice_id FROM open JOIN standing AS s
      ON s.kind = 'plan' AND s.customer_id = open.customer_id
     AND coalesce(s.line_id = open.line_id, s.line_id IS NULL)
     AND coalesce(s.invoice_id = open.invoice_id, s.invoice_id IS NULL)
)
SELECT {bucket} AS bucket, count(*) AS invoices, count(DISTINCT o.customer_id) AS accounts,
       sum(o.open_minor)::bigint AS open_minor,
       coalesce(sum(d.minor), 0)::bigint AS disputed_minor,
       coalesce(sum(o.open_minor) FILTER (WHERE p.invoice_id IS NOT NULL), 0)::bigint
           AS in_plan_minor
FROM open AS o LEFT JOIN disputed AS d USING (invoice_id) LEFT JOIN planned AS p USING (invoice_id)
GROUP BY 1
"""
TOTALS: Final = """
SELECT count(DISTINCT customer_id) AS accounts, count(*) AS invoices,
       coalesce(sum(open_minor), 0)::bigint AS open_minor,
       coalesce(sum(open_minor) FILTER (WHERE due_on < %(day)s), 0)::bigint AS overdue_minor,
       count(DISTINCT customer_id) FILTER (WHERE due_on < %(day)s) AS overdue_accounts
FROM ({open}) AS o
"""
ROLL: Final = """
SELECT {bucket_first} AS from_bucket,
       CASE WHEN later.invoice_id IS NULL THEN 'settled' ELSE {bucket_last} END AS to_bucket,
       count(*) AS invoices, sum(o.open_minor)::bigint AS open_minor
FROM ({open_first}) AS o LEFT JOIN ({open_last}) AS later ON later.invoice_id = o.invoice_id
GROUP BY 1, 2
"""
BILLED: Final = """
SELECT coalesce(sum(d.total_minor), 0)::bigint AS billed_minor
FROM debt AS d
WHERE d.organization_id = %(organization_id)s AND d.currency = %(currency)s
  AND d.total_minor IS NOT NULL
  AND coalesce(d.issued_on, d.due_on) BETWEEN %(first)s AND %(last)s
  AND NOT EXISTS (
      SELECT FROM debt_change AS c WHERE c.invoice_id = d.invoice_id AND c.kind = 'voided'
        AND c.organization_id = d.organization_id AND c.on_day <= %(last)s)
"""
# From the changes of the period, not from all there ever were.
SETTLED_IN: Final = """
SELECT count(*) AS invoices,
       coalesce(sum(s.settled_on - coalesce(d.issued_on, d.due_on)), 0)::bigint AS days
FROM (
    SELECT invoice_id, max(on_day) AS settled_on FROM debt_change
    WHERE organization_id = %(organization_id)s AND on_day BETWEEN %(first)s AND %(last)s
    GROUP BY invoice_id) AS s
JOIN debt AS d ON d.invoice_id = s.invoice_id AND d.organization_id = %(organization_id)s
WHERE d.open_minor = 0 AND NOT d.voided AND d.total_minor IS NOT NULL
  AND d.currency = %(currency)s AND NOT EXISTS (
      SELECT FROM debt_change AS later WHERE later.invoice_id = s.invoice_id
        AND later.organization_id = d.organization_id AND later.on_day > %(last)s)
"""


class Aged(NamedTuple):
    """What is open in a bucket; the last two are parts of it."""

    bucket: AgeBucket
    invoices: int
    accounts: int
    open_minor: int
    disputed_minor: int
    in_plan_minor: int


class Totals(NamedTuple):
    """What is open altogether."""

    accounts: int
    invoices: int
    open_minor: int
    overdue_minor: int
    overdue_accounts: int


class Rolled(NamedTuple):
    """What was in one bucket on the first day, and where it was on the last."""

    from_bucket: AgeBucket
    to_bucket: AgeBucket | None
    invoices: int
    open_minor: int


class Scope(NamedTuple):
    """Whose figures, in which currency, and what day it is there."""

    organization_id: UUID
    currency: str
    today: date

    def asked(self, **more: Any) -> dict[str, Any]:
        """The parameters every query has, and more."""
        return {"organization_id": self.organization_id, "currency": self.currency, **more}

    def open_on(self, day: date, name: str = "day") -> str:
        """The invoices open on a day, which the query knows under a name."""
        query = OPEN_TODAY if day == self.today else OPEN_ON
        return query.format(day=f"%({name})s")


async def ageing(tx: Connection, scope: Scope, day: date) -> list[Aged]:
    """What was open on a day, by how long it was overdue; every bucket, in order."""
    query = AGEING.format(open=scope.open_on(day), bucket=BUCKET.format(day="%(day)s"))
    cursor = await tx.execute(query, scope.asked(day=day))
    found = {row["bucket"]: row for row in await cursor.fetchall()}
    empty = dict.fromkeys(Aged._fields, 0)
    return [Aged(**{**empty, **found.get(bucket, {}), "bucket": bucket}) for bucket in AgeBucket]


async def totals(tx: Connection, scope: Scope, day: date) -> Totals:
    """What was open on a day."""
    cursor = await tx.execute(TOTALS.format(open=scope.open_on(day)), scope.asked(day=day))
    row = await cursor.fetchone()
    assert row is not None
    return Totals(**row)


async def rolled(tx: Connection, scope: Scope, period: Period) -> list[Rolled]:
    """Where what was open on the first day stood on the last."""
    query = ROLL.format(
        open_first=scope.open_on(period.first, "first"),
        open_last=scope.open_on(period.last, "last"),
        bucket_first=BUCKET.format(day="%(first)s"),
        bucket_last=BUCKET.format(day="%(last)s"),
    )
    cursor = await tx.execute(query, scope.asked(first=period.first, last=period.last))
    return [
        Rolled(
            AgeBucket(row["from_bucket"]),
            None if row["to_bucket"] == SETTLED else AgeBucket(row["to_bucket"]),
            row["invoices"],
            row["open_minor"],
        )
        for row in await cursor.fetchall()
    ]


async def billed(tx: Connection, scope: Scope, period: Period) -> int:
    """What invoices of the period ask for, annulled ones left out."""
    cursor = await tx.execute(BILLED, scope.asked(first=period.first, last=period.last))
    row = await cursor.fetchone()
    assert row is not None
    return int(row["billed_minor"])


async def settled(tx: Connection, scope: Scope, period: Period) -> tuple[int, int]:
    """How many invoices were settled in the period, and their days since issue together."""
    cursor = await tx.execute(SETTLED_IN, scope.asked(first=period.first, last=period.last))
    row = await cursor.fetchone()
    assert row is not None
    return int(row["invoices"]), int(row["days"])
