"""Every query on runs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from psycopg.rows import class_row
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.arrays import pg_columns
from services.collections.enforcement.rules import Concern, Tally
from services.collections.runs.model import Run, RunFailure
from services.collections.runs.rules import RunReason, RunStatus
from shared import clock
from shared.db import Connection, raw
from shared.ids import new_id
from shared.pages import PageRequest, paginate

MOST_LINES: Final = 1000
NOBODY: Final = UUID(int=0)
WAKE: Final = "NOTIFY duesline_timer, 'execute-runs'"
ERROR: Final = frozenset({2})

REQUEST: Final = """
INSERT INTO run (id, organization_id, reason, requested_at)
SELECT id, organization_id, %s, %s FROM unnest(%s::uuid[], %s::uuid[]) AS r (id, organization_id)
"""
NEXT: Final = """
SELECT id, organization_id, status, page_size, after_customer_id, after_line_id, cleared
FROM run WHERE status IN ('pending', 'running') AND reason NOT IN ('day', 'moment')
ORDER BY requested_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
"""
# Served by ix_line_customer in order; OFFSET keeps each EXISTS one probe of an index (it
# would otherwise be hashed: all debts read again for each page). What is owed for no line has
# the place before its customer's lines, and comes in order of ix_debt_open_without_line.
LINES: Final = """
(SELECT l.customer_id, l.line_id FROM line AS l
WHERE l.organization_id = %(organization_id)s
  AND (l.customer_id, l.line_id) > (%(after_customer_id)s, %(after_line_id)s)
  AND l.status <> 'cancelled'
  AND (l.non_payment
       OR EXISTS (SELECT FROM debt WHERE debt.customer_id = l.customer_id
                    AND debt.open_minor > 0 AND debt.due_on + 0 < %(today)s
                    AND debt.organization_id IS NOT DISTINCT FROM l.organization_id OFFSET 0)
       OR EXISTS (SELECT FROM line_enforcement AS e
                  WHERE e.line_id = l.line_id AND e.ordered = 'suspend' OFFSET 0))
ORDER BY l.customer_id, l.line_id LIMIT %(limit)s)
UNION ALL
(SELECT DISTINCT d.customer_id, '00000000-0000-0000-0000-000000000000'::uuid FROM debt AS d
WHERE d.organization_id = %(organization_id)s AND d.open_minor > 0 AND d.line_id IS NULL
  AND d.customer_id > %(after_customer_id)s AND d.due_on + 0 < %(today)s
ORDER BY d.customer_id LIMIT %(limit)s)
ORDER BY customer_id, line_id LIMIT %(limit)s
"""
ADVANCE: Final = """
UPDATE run SET after_customer_id = %(customer_id)s, after_line_id = %(line_id)s,
    examined = examined + %(examined)s, suspended = suspended + %(suspended)s,
    reactivated = reactivated + %(reactivated)s, warned = warned + %(warned)s,
    page_size = least(page_size * 2, %(most)s)
WHERE id = %(id)s
"""
# The record of what time brought about: one for each day, one for all moments of a day.
KEEP: Final = """
INSERT INTO run AS r (id, organization_id, reason, for_day, requested_at, started_at, finished_at,
                      status)
VALUES (%(id)s, %(organization_id)s, %(reason)s, %(day)s, %(at)s, %(at)s, %(finished_at)s,
        %(status)s)
ON CONFLICT (organization_id, reason, for_day) WHERE for_day IS NOT NULL DO UPDATE SET
    status = excluded.status, finished_at = excluded.finished_at
RETURNING id
"""
COUNT: Final = """
UPDATE run SET examined = examined + %(examined)s, suspended = suspended + %(suspended)s,
    reactivated = reactivated + %(reactivated)s, warned = warned + %(warned)s,
    failed = failed + %(failed)s
WHERE id = %(id)s
"""
FAILED: Final = """
INSERT INTO run_failure (run_id, line_id, organization_id, error, failed_at)
SELECT %s, row.line_id, row.organization_id, row.error, %s
FROM unnest(%s::uuid[], %s::uuid[], %s::text[]) AS row (line_id, organization_id, error)
ON CONFLICT (run_id, line_id) DO UPDATE SET error = excluded.error, failed_at = excluded.failed_at
"""
# Both only while the run is still where the failed page began.
SHORTEN: Final = """
UPDATE run SET page_size = %(lines)s
WHERE id = %(id)s AND after_line_id IS NOT DISTINCT FROM %(began_after)s
"""
SKIP: Final = """
WITH passed AS (
    UPDATE run SET after_customer_id = %(customer_id)s, after_line_id = %(after_line_id)s,
        examined = examined + 1, failed = failed + 1
    WHERE id = %(id)s AND after_line_id IS NOT DISTINCT FROM %(began_after)s
    RETURNING id, organization_id
)
INSERT INTO run_failure (run_id, line_id, organization_id, error, failed_at)
SELECT id, %(line_id)s, organization_id, %(error)s, %(at)s FROM passed
"""


@dataclass(frozen=True, slots=True)
class Progress:
    """A run that is not finished: everything up to the `after_` pair is judged."""

    id: UUID
    organization_id: UUID
    status: str
    page_size: int
    after_customer_id: UUID | None
    after_line_id: UUID | None
    cleared: bool = False


@dataclass(frozen=True, slots=True)
class RunLine:
    """A line that a run is to judge, or (NOBODY) what a customer owes for none."""

    customer_id: UUID
    line_id: UUID

    @property
    def id(self) -> UUID:
        """Of the line, or of the customer without one."""
        return self.customer_id if self.line_id == NOBODY else self.line_id


async def request_run(
    session: AsyncSession, organization_id: UUID, reason: RunReason, requested_by: UUID
) -> Run:
    """Ask for a run; the worker hears of it when this commits."""
    run = Run(
        id=new_id(),
        organization_id=organization_id,
        reason=reason.value,
        requested_by=requested_by,
        requested_at=clock.now(),
    )
    session.add(run)
    await session.flush()
    await (await raw(session)).execute(WAKE)
    return run


async def request_runs(
    tx: Connection, organization_ids: Collection[UUID], reason: RunReason
) -> None:
    """Ask for a run of each organization on the system's own account."""
    if organization_ids:
        rows = [(new_id(), organization_id) for organization_id in organization_ids]
        await tx.execute(REQUEST, (reason.value, clock.now(), *pg_columns(rows)))
        await tx.execute(WAKE)


async def with_pending(tx: Connection, organization_ids: Collection[UUID]) -> set[UUID]:
    """Those of the organizations that have a run which has not begun yet."""
    if not organization_ids:
        return set()
    cursor = await tx.execute(
        "SELECT DISTINCT organization_id FROM run WHERE organization_id = ANY(%s)"
        " AND status IN ('pending', 'stopped') AND reason NOT IN ('day', 'moment')",
        (list(organization_ids),),
    )
    return {row["organization_id"] for row in await cursor.fetchall()}


async def lock_next(tx: Connection) -> Progress | None:
    """The unfinished run that was asked for first, locked; None when there is none to be had."""
    async with tx.cursor(row_factory=class_row(Progress)) as cursor:
        await cursor.execute(NEXT)
        return await cursor.fetchone()


async def start(tx: Connection, run: Progress) -> None:
    """Mark a run as begun."""
    await tx.execute(
        "UPDATE run SET status = %s, started_at = %s, page_size = %s WHERE id = %s",
        (RunStatus.RUNNING.value, clock.now(), MOST_LINES, run.id),
    )


async def finish(tx: Connection, run: Progress) -> None:
    """Mark a run as done."""
    await tx.execute(
        "UPDATE run SET status = %s, finished_at = %s WHERE id = %s",
        (RunStatus.FINISHED.value, clock.now(), run.id),
    )


async def lines_after(tx: Connection, run: Progress, today: date) -> list[RunLine]:
    """The next page of lines that owe something overdue or are (ordered) off, and of customers
    who owe something overdue for no line."""
    async with tx.cursor(row_factory=class_row(RunLine)) as cursor:
        await cursor.execute(
            LINES,
            {
                "organization_id": run.organization_id,
                "after_customer_id": run.after_customer_id or NOBODY,
                "after_line_id": run.after_line_id or NOBODY,
                "today": today,
                "limit": run.page_size,
            },
        )
        return await cursor.fetchall()


async def advance(tx: Connection, run: Progress, last: RunLine, tally: Tally) -> None:
    """Count a page and remember where it ended; the next may be twice as long."""
    counted: dict[str, Any] = {
        "id": run.id,
        "customer_id": last.customer_id,
        "line_id": last.line_id,
        "examined": tally.examined,
        "suspended": tally.suspended,
        "reactivated": tally.reactivated,
        "warned": tally.reached,
        "most": MOST_LINES,
    }
    await tx.execute(ADVANCE, counted)


async def keep_record(
    tx: Connection, organization_id: UUID, reason: RunReason, day: date, status: RunStatus
) -> UUID:
    """The record of a day, or of a day's moments, in the state given; made if there is none."""
    now = clock.now()
    cursor = await tx.execute(
        KEEP,
        {
            "id": new_id(),
            "organization_id": organization_id,
            "reason": reason.value,
            "day": day,
            "at": now,
            "finished_at": now if status is RunStatus.FINISHED else None,
            "status": status.value,
        },
    )
    row = await cursor.fetchone()
    assert row is not None
    run_id: UUID = row["id"]
    return run_id


async def count(
    tx: Connection, run_id: UUID, tally: Tally, failures: Sequence[tuple[Concern, Exception]] = ()
) -> None:
    """Add a page to a record, with what of it could not be judged."""
    counted: dict[str, Any] = {
        "id": run_id,
        "examined": tally.examined,
        "suspended": tally.suspended,
        "reactivated": tally.reactivated,
        "warned": tally.reached,
        "failed": len(failures),
    }
    await tx.execute(COUNT, counted)
    if failures:
        rows = {
            (concern.line_id or concern.customer_id).int: (
                concern.line_id or concern.customer_id,
                concern.organization_id,
                f"{type(error).__name__}: {error}",
            )
            for concern, error in failures
        }
        await tx.execute(FAILED, (run_id, clock.now(), *pg_columns(rows.values(), texts=ERROR)))


async def set_status(tx: Connection, run_id: UUID, status: RunStatus) -> None:
    """Put a run into a state; a finished or dismissed one has its end."""
    over = status in (RunStatus.FINISHED, RunStatus.DISMISSED)
    await tx.execute(
        "UPDATE run SET status = %s, finished_at = %s WHERE id = %s",
        (status.value, clock.now() if over else None, run_id),
    )


async def release(tx: Connection, run_id: UUID) -> None:
    """Let a stopped run begin."""
    await tx.execute("UPDATE run SET status = 'pending', cleared = true WHERE id = %s", (run_id,))
    await tx.execute(WAKE)


async def shorten_page(tx: Connection, run: Progress, lines: int) -> None:
    """Try fewer lines next time."""
    await tx.execute(
        SHORTEN, {"id": run.id, "began_after": run.after_line_id, "lines": max(lines // 2, 1)}
    )


async def skip(tx: Connection, run: Progress, line: RunLine, error: str) -> None:
    """Record the one line that cannot be judged, and go past it."""
    failed: dict[str, Any] = {
        "id": run.id,
        "began_after": run.after_line_id,
        "after_line_id": line.line_id,
        "line_id": line.id,
        "customer_id": line.customer_id,
        "error": error,
        "at": clock.now(),
    }
    await tx.execute(SKIP, failed)


async def get(session: AsyncSession, organization_id: UUID, run_id: UUID) -> Run | None:
    """One run of an organization."""
    query = select(Run).where(Run.organization_id == organization_id, Run.id == run_id)
    return await session.scalar(query)


async def failures(
    session: AsyncSession, organization_id: UUID, run_id: UUID, limit: int
) -> list[RunFailure]:
    """The first lines a run could not judge, in the order it met them."""
    query = select(RunFailure).where(
        RunFailure.organization_id == organization_id, RunFailure.run_id == run_id
    )
    found = await session.scalars(
        query.order_by(RunFailure.failed_at, RunFailure.line_id).limit(limit)
    )
    return list(found)


async def list_runs(
    session: AsyncSession,
    organization_id: UUID,
    paging: PageRequest,
    *,
    status: RunStatus | None = None,
    reason: RunReason | None = None,
    requested_from: datetime | None = None,
    requested_to: datetime | None = None,
) -> tuple[list[Run], str | None]:
    """Runs of an organization, the latest first; served by ix_run_organization."""
    query = select(Run).where(Run.organization_id == organization_id)
    if status is not None:
        query = query.where(Run.status == status.value)
    if reason is not None:
        query = query.where(Run.reason == reason.value)
    if requested_from is not None:
        query = query.where(Run.requested_at >= requested_from)
    if requested_to is not None:
        query = query.where(Run.requested_at < requested_to)
    rows, following = await paginate(
        session,
        query,
        paging,
        sortable={"requested_at": Run.id.expression},
        default="-requested_at",
        key=Run.id.expression,
    )
    return [row[0] for row in rows], following
