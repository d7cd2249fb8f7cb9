"""Every query on the clock of grace days."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from psycopg.rows import class_row

from services.collections.arrays import pg_columns
from shared.db import Connection

BEFORE_EVERYTHING: Final = date(1000, 1, 1)
NO_INVOICE: Final = UUID(int=0)

DUE: Final = """
SELECT organization_id, watermark, target, at_offset, after_due_on, after_invoice_id, run_id,
       cleared
FROM assessment_clock WHERE next_at <= %s ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED
"""
SET: Final = """
INSERT INTO assessment_clock AS c (organization_id, watermark, next_at)
SELECT * FROM unnest(%s::uuid[], %s::date[], %s::timestamptz[])
ON CONFLICT (organization_id) DO UPDATE SET
    watermark = excluded.watermark, next_at = excluded.next_at
"""
ADVANCE: Final = """
UPDATE assessment_clock SET watermark = target, target = NULL, after_due_on = NULL,
       after_invoice_id = NULL, at_offset = NULL, run_id = NULL, cleared = false,
       next_at = %(next_at)s
WHERE organization_id = %(organization_id)s
"""
# Served by ix_debt_open_due_on.
CROSSED: Final = """
SELECT due_on, invoice_id, customer_id, line_id FROM debt
WHERE organization_id = %(organization_id)s AND open_minor >= 1
  AND (due_on, invoice_id) > (%(after_due_on)s, %(after_invoice_id)s) AND due_on <= %(last)s
ORDER BY due_on, invoice_id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class AssessmentClock:
    """How far an organization's calendar has been followed.

    `watermark` is the day everybody was last judged for; with a `target` that day is being
    worked through: debts late by fewer days than `at_offset` are done, and of those late by
    it everything up to the `after_` pair. `run_id` has the record of the day, `cleared` that
    two people released it.
    """

    organization_id: UUID
    watermark: date
    target: date | None
    at_offset: int | None
    after_due_on: date | None
    after_invoice_id: UUID | None
    run_id: UUID | None
    cleared: bool


@dataclass(frozen=True, slots=True)
class Crossed:
    """An open debt that has become late by some days."""

    due_on: date
    invoice_id: UUID
    customer_id: UUID
    line_id: UUID | None


async def due(tx: Connection, now: datetime) -> AssessmentClock | None:
    """The clock that has waited longest for its next day, locked; None when none is due.

    Served by ix_assessment_clock_next_at. One that another worker has in hand is skipped.
    """
    async with tx.cursor(row_factory=class_row(AssessmentClock)) as cursor:
        await cursor.execute(DUE, (now,))
        return await cursor.fetchone()


async def watermarks(tx: Connection, organization_ids: Collection[UUID]) -> dict[UUID, date]:
    """How far the clocks of organizations are; one that has none yet is left out."""
    cursor = await tx.execute(
        "SELECT organization_id, watermark FROM assessment_clock"
        " WHERE organization_id = ANY(%s) ORDER BY organization_id FOR UPDATE",
        (list(organization_ids),),
    )
    return {row["organization_id"]: row["watermark"] for row in await cursor.fetchall()}


async def set_clocks(tx: Connection, clocks: Collection[tuple[UUID, date, datetime]]) -> None:
    """Write organizations' watermarks and the instants they are next looked at."""
    if clocks:
        await tx.execute(SET, pg_columns(clocks))


async def open_day(tx: Connection, organization_id: UUID, target: date) -> None:
    """Begin to work through the days up to `target`."""
    await tx.execute(
        "UPDATE assessment_clock SET target = %s WHERE organization_id = %s",
        (target, organization_id),
    )


async def postpone(tx: Connection, organization_id: UUID, next_at: datetime) -> None:
    """Look again at `next_at`."""
    await tx.execute(
        "UPDATE assessment_clock SET next_at = %s WHERE organization_id = %s",
        (next_at, organization_id),
    )


async def crossed(
    tx: Connection, clock: AssessmentClock, target: date, offset: int, limit: int
) -> list[Crossed]:
    """The next page of open debts that became late by `offset` days between watermark and target.

    One day is the first of being overdue.
    """
    beyond = timedelta(days=offset)
    start = clock.watermark - beyond + timedelta(days=1)
    async with tx.cursor(row_factory=class_row(Crossed)) as cursor:
        await cursor.execute(
            CROSSED,
            {
                "organization_id": clock.organization_id,
                "after_due_on": clock.after_due_on or start,
                "after_invoice_id": clock.after_invoice_id or NO_INVOICE,
                "last": target - beyond,
                "limit": limit,
            },
        )
        return await cursor.fetchall()


def place_after(place: AssessmentClock, last: Crossed) -> AssessmentClock:
    """The place after a page, for whoever only looks."""
    return replace(place, after_due_on=last.due_on, after_invoice_id=last.invoice_id)


async def move_on(tx: Connection, organization_id: UUID, last: Crossed) -> None:
    """Remember that a page up to `last` is done."""
    await tx.execute(
        "UPDATE assessment_clock SET after_due_on = %s, after_invoice_id = %s"
        " WHERE organization_id = %s",
        (last.due_on, last.invoice_id, organization_id),
    )


async def next_offset(tx: Connection, organization_id: UUID, offset: int) -> None:
    """Go on with debts late by more days."""
    await tx.execute(
        "UPDATE assessment_clock SET at_offset = %s, after_due_on = NULL,"
        " after_invoice_id = NULL WHERE organization_id = %s",
        (offset, organization_id),
    )


async def keep_run(tx: Connection, organization_id: UUID, run_id: UUID) -> None:
    """Remember the record of the day in hand."""
    await tx.execute(
        "UPDATE assessment_clock SET run_id = %s WHERE organization_id = %s",
        (run_id, organization_id),
    )


async def clear(tx: Connection, organization_id: UUID, now: datetime) -> None:
    """Go on with a day that was stopped, at once."""
    await tx.execute(
        "UPDATE assessment_clock SET cleared = true, next_at = %s WHERE organization_id = %s",
        (now, organization_id),
    )


async def skip_to(tx: Connection, organization_id: UUID, day: date, next_at: datetime) -> None:
    """Leave the days up to `day` unjudged."""
    await tx.execute(
        "UPDATE assessment_clock SET target = %s WHERE organization_id = %s",
        (day, organization_id),
    )
    await close_day(tx, organization_id, next_at)


async def close_day(tx: Connection, organization_id: UUID, next_at: datetime) -> None:
    """Everybody is judged for the target day."""
    await tx.execute(ADVANCE, {"organization_id": organization_id, "next_at": next_at})
