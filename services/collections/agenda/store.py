"""Every query on the agenda: moments, by organizations' own clocks, at which to judge again.

What follows from due dates alone is none of it (services.collections.clock pages through
those by index): only what ends or opens at a moment of its own is, such as a pause that runs
out or a calendar window. An appointment that came to nothing does no harm.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from psycopg.rows import class_row

from services.collections.arrays import pg_columns
from shared.db import Connection
from shared.tenancy import Organization

PUT: Final = """
INSERT INTO agenda (organization_id, customer_id, line_id, at)
SELECT DISTINCT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::timestamptz[])
ON CONFLICT DO NOTHING
"""
# One probe of ix_agenda_at for each organization.
DUE: Final = """
SELECT o.id AS organization_id FROM organization AS o
WHERE EXISTS (SELECT FROM agenda AS a WHERE a.organization_id = o.id
              AND a.at <= %s + make_interval(secs => o.clock_offset_seconds) OFFSET 0)
LIMIT 1
"""
TAKE: Final = """
DELETE FROM agenda AS a USING (
    SELECT a.organization_id, a.at, a.customer_id, a.line_key FROM agenda AS a
    JOIN organization AS o ON o.id = a.organization_id
    WHERE a.organization_id = %s AND a.at <= %s + make_interval(secs => o.clock_offset_seconds)
    ORDER BY a.at, a.customer_id, a.line_key LIMIT %s FOR UPDATE OF a SKIP LOCKED) AS due
WHERE (a.organization_id, a.at, a.customer_id, a.line_key)
    = (due.organization_id, due.at, due.customer_id, due.line_key)
RETURNING a.organization_id, a.customer_id, a.line_id, a.at
"""

# The days between which pauses and exemptions are in force begin at other instants in another
# zone. What was made by the old one does no harm.
FOLLOW_ZONES: Final = """
INSERT INTO agenda (organization_id, customer_id, at)
SELECT DISTINCT o.id, turns.customer_id, turns.day::timestamp AT TIME ZONE o.time_zone
FROM organization AS o CROSS JOIN LATERAL (
    SELECT p.customer_id, bound.day
    FROM pause AS p CROSS JOIN LATERAL (VALUES (p.from_on), (p.until_on + 1)) AS bound (day)
    WHERE p.organization_id = o.id AND p.ended_at IS NULL
    UNION ALL
    SELECT c.id, bound.day
    FROM exemption AS x
    CROSS JOIN LATERAL (VALUES (x.from_on), (x.until_on + 1)) AS bound (day)
    JOIN customer AS c ON c.organization_id = x.organization_id AND (
        c.id = x.customer_id OR c.area = x.area
        OR c.id = (SELECT customer_id FROM line WHERE line.line_id = x.line_id))
    WHERE x.organization_id = o.id AND x.revoked_at IS NULL) AS turns
WHERE o.id = ANY(%s::uuid[]) AND isfinite(turns.day)
  AND turns.day::timestamp AT TIME ZONE o.time_zone
      > %s + make_interval(secs => o.clock_offset_seconds)
ON CONFLICT DO NOTHING
"""


class Appointment(NamedTuple):
    """Judge a line, or (without one) all of a customer, at a moment by the organization's clock."""

    organization_id: UUID
    customer_id: UUID
    line_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """An appointment whose moment has come."""

    organization_id: UUID
    customer_id: UUID
    line_id: UUID | None
    at: datetime


def moments(
    organization: Organization,
    from_on: date | None,
    until_on: date | None,
    expires_at: datetime | None = None,
) -> Iterator[datetime]:
    """The moments to come at which what is in force for some days begins and ends."""
    now = organization.now()
    days = [from_on, until_on + timedelta(days=1) if until_on is not None else None]
    found = [datetime.combine(day, time.min, tzinfo=organization.zone) for day in days if day]
    yield from (at for at in [*found, *([expires_at] if expires_at else [])] if at > now)


async def put(tx: Connection, appointments: Sequence[Appointment]) -> None:
    """Have customers or lines judged at moments to come."""
    if appointments:
        await tx.execute(PUT, pg_columns(appointments))


async def follow_zones(tx: Connection, organization_ids: Collection[UUID], now: datetime) -> None:
    """Have whoever is paused or exempt judged when that begins and ends on calendars of now."""
    await tx.execute(FOLLOW_ZONES, (list(organization_ids), now))


async def organization_due(tx: Connection, now: datetime) -> UUID | None:
    """An organization with an appointment whose moment has come."""
    cursor = await tx.execute(DUE, (now,))
    row = await cursor.fetchone()
    return row["organization_id"] if row else None


async def take(tx: Connection, organization_id: UUID, now: datetime, limit: int) -> list[Due]:
    """Take the longest due appointments of an organization off the agenda."""
    async with tx.cursor(row_factory=class_row(Due)) as cursor:
        await cursor.execute(TAKE, (organization_id, now, limit))
        return await cursor.fetchall()
