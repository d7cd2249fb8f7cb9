"""Every statement on episodes as events and clocks move them: sets in, sets out.

Each statement locks the cases it changes before it reads what they were, and writes the
cases, what it leaves on their timelines and its events at once.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg.rows import tuple_row

from services.collections.arrays import pg_columns
from services.collections.cases.rules import Episode, Owed
from shared.db import Connection

# One probe of ix_debt_open_customer for each customer (see services.collections.debts.store).
OWED: Final = """
SELECT asked.place::int - 1, d.line_id, d.currency, sum(d.open_minor)::bigint,
       coalesce(sum(d.open_minor) FILTER (WHERE d.due_on + asked.grace_days < asked.today),
                0)::bigint, min(d.due_on)
FROM unnest(%s::uuid[], %s::uuid[], %s::date[], %s::int[]) WITH ORDINALITY
     AS asked (organization_id, customer_id, today, grace_days, place)
CROSS JOIN LATERAL (
    SELECT * FROM debt
    WHERE debt.customer_id = asked.customer_id AND debt.open_minor > 0
      AND debt.organization_id IS NOT DISTINCT FROM asked.organization_id
      AND debt.due_on + 0 < asked.today
    OFFSET 0) AS d
GROUP BY 1, 2, 3
"""
# What cases opened by hand are about; one probe of ix_debt_open_customer for each.
COVERED: Final = """
SELECT asked.place::int - 1, d.line_id, d.currency, sum(d.open_minor)::bigint,
       coalesce(sum(d.open_minor) FILTER (WHERE d.due_on < asked.today), 0)::bigint,
       min(d.due_on)
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::date[], %s::date[]) WITH ORDINALITY
     AS asked (organization_id, customer_id, line_id, today, covers_until, place)
CROSS JOIN LATERAL (
    SELECT * FROM debt
    WHERE debt.customer_id = asked.customer_id AND debt.open_minor > 0
      AND debt.organization_id IS NOT DISTINCT FROM asked.organization_id
      AND (asked.line_id IS NULL OR debt.line_id = asked.line_id)
      AND debt.due_on + 0 <= greatest(asked.covers_until, asked.today - 1)
    OFFSET 0) AS d
GROUP BY 1, 2, 3
"""
# One probe of uq_dunning_case_episode for each customer.
EPISODES: Final = """
SELECT asked.place::int - 1, c.id, c.line_id, c.debt_minor, c.oldest_due_on, c.covers_until
FROM unnest(%s::uuid[], %s::uuid[]) WITH ORDINALITY AS asked (organization_id, customer_id, place)
CROSS JOIN LATERAL (
    SELECT * FROM dunning_case
    WHERE dunning_case.organization_id = asked.organization_id
      AND dunning_case.customer_id = asked.customer_id AND cured_on IS NULL OFFSET 0) AS c
"""
FACTS: Final = """
    'case_id', c.id, 'customer_id', c.customer_id, 'line_id', c.line_id, 'version', {version},
    'opened_on', c.opened_on, 'currency', c.currency, 'debt_minor', c.debt_minor
"""
OPEN: Final = f"""
WITH asked AS MATERIALIZED (
    SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::date[],
                         %s::text[], %s::bigint[], %s::date[], %s::date[], %s::text[], %s::uuid[],
                         %s::text[])
        AS row (id, organization_id, customer_id, line_id, opened_by, opened_on, currency,
                debt_minor, oldest_due_on, covers_until, segment, cause_id, traceparent)
), opened AS (
    INSERT INTO dunning_case (id, organization_id, customer_id, line_id, opened_by, opened_on,
                              opened_at, currency, debt_minor, oldest_due_on, covers_until,
                              segment)
    SELECT id, organization_id, customer_id, line_id, opened_by, opened_on, %s, currency,
           debt_minor, oldest_due_on, covers_until, segment
    FROM asked
    ON CONFLICT (organization_id, customer_id, line_id) WHERE cured_on IS NULL DO NOTHING
    RETURNING *
), told AS (
    INSERT INTO outbox (type, organization_id, subject, version, causation_id, traceparent, data)
    SELECT 'collections.case-opened.v1', c.organization_id, c.id::text, c.version,
           asked.cause_id, asked.traceparent,
           json_build_object({FACTS.format(version="c.version")})::text
    FROM opened AS c JOIN asked USING (id)
)
SELECT id FROM opened
"""
REFRESH: Final = """
UPDATE dunning_case AS c SET debt_minor = new.debt_minor, oldest_due_on = new.oldest_due_on
FROM unnest(%s::uuid[], %s::bigint[], %s::date[]) AS new (id, debt_minor, oldest_due_on)
WHERE c.id = new.id AND c.cured_on IS NULL
"""
LOCKED: Final = """
locked AS MATERIALIZED (
    SELECT c.*, asked.place
    FROM asked JOIN dunning_case AS c
      ON c.organization_id = asked.organization_id AND c.customer_id = asked.customer_id
     AND c.line_id IS NOT DISTINCT FROM asked.line_id AND c.cured_on IS NULL
    ORDER BY c.id FOR NO KEY UPDATE OF c
)
"""
CURE: Final = f"""
WITH asked AS MATERIALIZED (
    SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::date[], %s::uuid[], %s::text[])
        WITH ORDINALITY
        AS row (organization_id, customer_id, line_id, cured_on, cause_id, traceparent, place)
), {LOCKED}, cured AS (
    UPDATE dunning_case AS c SET cured_on = asked.cured_on, status = 'closed',
        closed_reason = coalesce(c.closed_reason, 'cured'), closed_at = coalesce(c.closed_at, %s),
        debt_minor = 0, oldest_due_on = NULL, leased_by = NULL, leased_until = NULL,
        version = c.version + 1
    FROM locked JOIN asked USING (place)
    WHERE c.id = locked.id
    RETURNING c.*, locked.status AS was, asked.cause_id, asked.traceparent
), noted AS (
    INSERT INTO activity (case_id, id, organization_id, kind, at, data)
    SELECT id, duesline_uuid7(), organization_id, 'moved', %s,
           json_build_object('from', was, 'to', 'closed', 'reason', 'cured')
    FROM cured WHERE was <> 'closed'
), told AS (
    INSERT INTO outbox (type, organization_id, subject, version, causation_id, traceparent, data)
    SELECT 'collections.case-cured.v1', c.organization_id, c.id::text, c.version, c.cause_id,
           c.traceparent,
           json_build_object({FACTS.format(version="c.version")}, 'cured_on', c.cured_on)::text
    FROM cured AS c
)
SELECT id FROM cured
"""
REACH: Final = f"""
WITH asked AS MATERIALIZED (
    SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::date[],
                         %s::uuid[], %s::uuid[], %s::text[]) WITH ORDINALITY
        AS row (organization_id, customer_id, line_id, stage, kind, reached_on, decision_id,
                cause_id, traceparent, place)
), {LOCKED}, reached AS (
    INSERT INTO case_stage (id, organization_id, case_id, stage, kind, reached_on, reached_at,
                            decision_id)
    SELECT duesline_uuid7(), asked.organization_id, locked.id, asked.stage, asked.kind,
           asked.reached_on, %s, asked.decision_id
    FROM asked JOIN locked USING (place)
    ON CONFLICT (case_id, stage) DO NOTHING RETURNING case_id, stage, kind, reached_on
), counted AS MATERIALIZED (
    SELECT asked.*, locked.id, row_number() OVER each AS step,
           count(*) OVER (PARTITION BY locked.id) AS steps
    FROM reached
    JOIN locked ON locked.id = reached.case_id
    JOIN asked ON asked.place = locked.place AND asked.stage = reached.stage
    WINDOW each AS (PARTITION BY locked.id ORDER BY asked.reached_on, asked.place)
), moved AS (
    UPDATE dunning_case AS c SET stage = counted.stage, stage_kind = counted.kind,
        stage_on = counted.reached_on, version = c.version + counted.steps
    FROM counted WHERE c.id = counted.id AND counted.step = counted.steps
    RETURNING c.*, counted.steps
), told AS (
    INSERT INTO outbox (type, organization_id, subject, version, causation_id, traceparent, data)
    SELECT 'collections.case-stage-reached.v1', c.organization_id, c.id::text,
           c.version - c.steps + n.step, n.cause_id, n.traceparent,
           json_build_object({FACTS.format(version="c.version - c.steps + n.step")},
               'stage', n.stage, 'stage_kind', n.kind, 'reached_on', n.reached_on,
               'decision_id', n.decision_id)::text
    FROM counted AS n JOIN moved AS c USING (id) ORDER BY c.id, n.step
)
SELECT place::int - 1, id FROM counted ORDER BY place
"""


class Asked(NamedTuple):
    """A customer whose debts and episodes are to be compared."""

    organization_id: UUID
    customer_id: UUID
    today: date
    grace_days: int


class OpeningRow(NamedTuple):
    """An episode about to open."""

    id: UUID
    organization_id: UUID
    customer_id: UUID
    line_id: UUID | None
    opened_by: str
    opened_on: date
    currency: str
    debt_minor: int
    oldest_due_on: date
    covers_until: date | None
    segment: str | None
    cause_id: UUID | None
    traceparent: str | None


class Covering(NamedTuple):
    """An owner, and until which due date what is owed is asked for."""

    organization_id: UUID
    customer_id: UUID
    line_id: UUID | None
    today: date
    covers_until: date


async def owed(tx: Connection, asked: Sequence[Asked]) -> dict[int, list[Owed]]:
    """What each customer asked for owes overdue, by its place in `asked`."""
    found: dict[int, list[Owed]] = {}
    async with tx.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(OWED, pg_columns(asked))
        for place, *row in await cursor.fetchall():
            found.setdefault(place, []).append(Owed(*row))
    return found


async def covered(tx: Connection, asked: Sequence[Covering]) -> dict[int, list[Owed]]:
    """What each owner owes that is overdue or due by a day, by its place in `asked`."""
    if not asked:
        return {}
    found: dict[int, list[Owed]] = {}
    async with tx.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(COVERED, pg_columns(asked))
        for place, *row in await cursor.fetchall():
            found.setdefault(place, []).append(Owed(*row))
    return found


async def episodes(tx: Connection, asked: Sequence[Asked]) -> dict[int, list[Episode]]:
    """The episodes of each customer asked for that are not cured, by its place in `asked`."""
    found: dict[int, list[Episode]] = {}
    async with tx.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(EPISODES, pg_columns(each[:2] for each in asked))
        for place, *row in await cursor.fetchall():
            found.setdefault(place, []).append(Episode(*row))
    return found


async def open_all(tx: Connection, rows: Sequence[OpeningRow], at: datetime) -> set[UUID]:
    """Open episodes, but for owners that have one; the ids of those that opened."""
    texts = frozenset({OpeningRow._fields.index("segment")})
    cursor = await tx.execute(OPEN, (*pg_columns(rows, texts=texts), at))
    return {row["id"] for row in await cursor.fetchall()}


async def refresh(tx: Connection, rows: Sequence[tuple[UUID, int, date]]) -> None:
    """Keep what episodes owe; no version of a case for that: nobody decided it."""
    await tx.execute(REFRESH, pg_columns(rows))


async def cure_all(
    tx: Connection,
    rows: Sequence[tuple[Any, ...]],
    at: datetime,
) -> set[UUID]:
    """End the episodes of owners, and the work on them; the cases that ended."""
    cursor = await tx.execute(CURE, (*pg_columns(rows), at, at))
    return {row["id"] for row in await cursor.fetchall()}


async def reach_all(
    tx: Connection, rows: Sequence[tuple[Any, ...]], at: datetime
) -> list[tuple[int, UUID]]:
    """Have episodes come to stages; the place in `rows` and the case of each new one."""
    async with tx.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(REACH, (*pg_columns(rows, texts=frozenset({3, 4})), at))
        return [(place, case_id) for place, case_id in await cursor.fetchall()]
