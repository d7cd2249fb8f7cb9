"""Figures of suspensions and reactivations: how quick, and how right."""

from typing import Final, NamedTuple

from services.collections.analytics.debts import Scope
from services.collections.analytics.rules import Period
from shared.db import Connection

# From the commit of the payment to the commit of the line, both as their services dated them.
LATENCY: Final = """
WITH measured AS (
    SELECT greatest(extract(epoch FROM r.at - a.at), 0) AS seconds
    FROM decision AS d
    JOIN allocation AS a
      ON a.event_id = d.cause_id AND a.organization_id = d.organization_id
    JOIN line_restored AS r
      ON r.line_id = d.line_id AND r.generation = d.generation
     AND r.organization_id = d.organization_id
    WHERE d.organization_id = %(organization_id)s AND d.outcome = 'reactivate'
      AND d.generation IS NOT NULL AND d.today BETWEEN %(first)s AND %(last)s
)
SELECT count(*) AS measured, avg(seconds) AS mean, max(seconds) AS longest,
       percentile_cont(ARRAY[0.5, 0.9, 0.95, 0.99]) WITHIN GROUP (ORDER BY seconds) AS points,
       count(*) FILTER (WHERE seconds <= 1) AS within_1,
       count(*) FILTER (WHERE seconds > 1 AND seconds <= 5) AS within_5,
       count(*) FILTER (WHERE seconds > 5 AND seconds <= 60) AS within_60,
       count(*) FILTER (WHERE seconds > 60 AND seconds <= 3600) AS within_3600,
       count(*) FILTER (WHERE seconds > 3600) AS longer
FROM measured
"""
# Wrong: taken back for another reason than money, or for money that had come before.
PRECISION: Final = """
WITH judged AS (
    SELECT s.id, back.cause_type,
           back.cause_type NOT LIKE 'payments.%%' AS for_no_money,
           coalesce(a.on_day < s.today, false) AS for_old_money
    FROM decision AS s
    LEFT JOIN LATERAL (
        SELECT d.outcome, d.cause_type, d.cause_id, d.today FROM decision AS d
        WHERE d.organization_id = s.organization_id AND d.line_id = s.line_id AND d.id > s.id
          AND d.generation IS NOT NULL
        ORDER BY d.id LIMIT 1) AS back
      ON back.outcome = 'reactivate' AND back.today <= s.today + %(within)s
    LEFT JOIN allocation AS a
      ON a.event_id = back.cause_id AND a.organization_id = s.organization_id
    WHERE s.organization_id = %(organization_id)s AND s.outcome = 'suspend'
      AND s.generation IS NOT NULL AND s.today BETWEEN %(first)s AND %(last)s
)
SELECT count(*) AS suspensions, count(*) FILTER (WHERE for_no_money) AS taken_back,
       count(*) FILTER (WHERE NOT for_no_money AND for_old_money) AS paid_before
FROM judged
"""
WITHIN_DAYS: Final = 7


class Latency(NamedTuple):
    """How long lines were off after the payment that brought them back, in seconds."""

    measured: int
    mean: float | None
    longest: float | None
    points: list[float] | None
    within_1: int
    within_5: int
    within_60: int
    within_3600: int
    longer: int


class Precision(NamedTuple):
    """Suspensions of a period, and those that should not have been."""

    suspensions: int
    taken_back: int
    paid_before: int


async def latency(tx: Connection, scope: Scope, period: Period) -> Latency:
    """The distribution of the time from payment to service."""
    cursor = await tx.execute(LATENCY, scope.asked(first=period.first, last=period.last))
    row = await cursor.fetchone()
    assert row is not None
    return Latency(**row)


async def precision(tx: Connection, scope: Scope, period: Period) -> Precision:
    """How many suspensions were taken back as wrong."""
    asked = scope.asked(first=period.first, last=period.last, within=WITHIN_DAYS)
    row = await (await tx.execute(PRECISION, asked)).fetchone()
    assert row is not None
    return Precision(**row)
