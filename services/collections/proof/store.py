"""What the proof reads beside what judging reads: whom to look at, and what is still to come."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from psycopg.rows import class_row, tuple_row

from services.collections.agenda.store import Appointment
from services.collections.arrays import pg_array, pg_columns
from shared.db import Connection

# In order of `debtor`, where whoever has a line or a debt has a row. Who owes nothing, is not
# off and has climbed nothing is as the rules say.
CUSTOMERS: Final = """
SELECT d.customer_id, d.organization_id FROM debtor AS d
WHERE d.customer_id > %s AND (
    EXISTS (SELECT FROM debt WHERE debt.customer_id = d.customer_id AND debt.open_minor > 0
            OFFSET 0)
    OR EXISTS (SELECT FROM line AS l LEFT JOIN line_enforcement AS e ON e.line_id = l.line_id
               WHERE l.organization_id = d.organization_id AND l.customer_id = d.customer_id
                 AND (l.non_payment OR e.ordered = 'suspend') OFFSET 0)
    OR EXISTS (SELECT FROM ladder WHERE ladder.customer_id = d.customer_id
                 AND ladder.organization_id = d.organization_id OFFSET 0))
ORDER BY d.customer_id LIMIT %s
"""
# A stop that was dismissed leaves undone what it stopped until everybody is judged by a run.
UNDER_WAY: Final = """
SELECT o.id AS organization_id,
       c.watermark < ((%(now)s + make_interval(secs => o.clock_offset_seconds))
                      AT TIME ZONE o.time_zone)::date AS day,
       EXISTS (SELECT FROM run WHERE run.organization_id = o.id
                 AND run.status IN ('pending', 'running', 'stopped')
                 AND run.reason NOT IN ('day', 'moment')) AS run,
       EXISTS (SELECT FROM run AS left_undone WHERE left_undone.organization_id = o.id
                 AND left_undone.status = 'dismissed' AND NOT EXISTS (
                     SELECT FROM run WHERE run.organization_id = o.id
                       AND run.status = 'finished' AND run.reason NOT IN ('day', 'moment')
                       AND run.started_at > left_undone.requested_at)) AS dismissed
FROM organization AS o JOIN assessment_clock AS c ON c.organization_id = o.id
WHERE o.id = ANY(%(organization_ids)s::uuid[])
"""
DUE: Final = """
SELECT DISTINCT a.customer_id FROM agenda AS a JOIN organization AS o ON o.id = a.organization_id
WHERE a.customer_id = ANY(%(customer_ids)s::uuid[])
  AND a.at <= %(now)s + make_interval(secs => o.clock_offset_seconds)
"""
WITHOUT_APPOINTMENT: Final = """
SELECT asked.place::int - 1
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::timestamptz[]) WITH ORDINALITY
     AS asked (organization_id, customer_id, line_id, at, place)
WHERE NOT EXISTS (
    SELECT FROM agenda AS a WHERE a.organization_id = asked.organization_id
      AND a.customer_id = asked.customer_id AND a.at <= asked.at
      AND (a.line_id IS NULL OR a.line_id = asked.line_id))
"""


@dataclass(frozen=True, slots=True)
class UnderWay:
    """What of an organization has not been worked through.

    A `day` that has come, or one whose stop was `dismissed`, explains who is not cut yet and
    which stage was not reached; a `run` that has not ended explains anything.
    """

    organization_id: UUID
    day: bool
    run: bool
    dismissed: bool


async def customers_after(tx: Connection, customer_id: UUID, limit: int) -> list[tuple[UUID, UUID]]:
    """The next customers (id, organization) about whom there may be something to say."""
    async with tx.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(CUSTOMERS, (customer_id, limit))
        return [(row[0], row[1]) for row in await cursor.fetchall()]


async def under_way(
    tx: Connection, organization_ids: Collection[UUID], now: datetime
) -> dict[UUID, UnderWay]:
    """What organizations have not worked through; one without a clock is left out."""
    async with tx.cursor(row_factory=class_row(UnderWay)) as cursor:
        asked = {"now": now, "organization_ids": pg_array(list(organization_ids))}
        await cursor.execute(UNDER_WAY, asked)
        return {each.organization_id: each for each in await cursor.fetchall()}


async def due(tx: Connection, customer_ids: Collection[UUID], now: datetime) -> set[UUID]:
    """The customers who have an appointment whose moment has come."""
    cursor = await tx.execute(DUE, {"now": now, "customer_ids": pg_array(list(customer_ids))})
    return {row["customer_id"] for row in await cursor.fetchall()}


async def without_appointment(tx: Connection, wanted: Sequence[Appointment]) -> list[Appointment]:
    """Those of the appointments that nobody has made, nor one before them."""
    if not wanted:
        return []
    async with tx.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(WITHOUT_APPOINTMENT, pg_columns(wanted))
        return [wanted[place] for (place,) in await cursor.fetchall()]
