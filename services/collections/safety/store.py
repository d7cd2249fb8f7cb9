"""Every query on safety stops and on what they are judged by."""

from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.policies.document import SafetyIn
from services.collections.safety.model import SafetyStop
from services.collections.safety.rules import Forecast, most_lines
from shared import clock
from shared.db import Connection
from shared.ids import new_id
from shared.pages import PageRequest, paginate

USUAL_DAYS: Final = 28
BASE: Final = """
SELECT (SELECT count(*) FROM line WHERE organization_id = %(id)s AND status = 'active')
           AS lines_on,
       (SELECT count(*) FROM decision WHERE organization_id = %(id)s AND outcome = 'suspend'
          AND decided_at >= %(since)s AND decided_at < %(until)s) AS suspended
"""
MOVED: Final = """
SELECT (SELECT count(*) FROM debt WHERE organization_id = %(id)s AND open_minor >= 1
          AND due_on >= %(watermark)s AND due_on < %(today)s) AS debts_newly_overdue,
       (SELECT count(*) FROM debt WHERE organization_id = %(id)s AND open_minor >= 1
          AND due_on < %(long_ago)s) AS debts_overdue_more_than_a_month,
       (SELECT max(version) FROM policy WHERE organization_id = %(id)s) AS policy_version,
       (SELECT created_at FROM policy WHERE organization_id = %(id)s
        ORDER BY version DESC LIMIT 1) AS policy_since
"""
STOP: Final = """
INSERT INTO safety_stop AS s (id, organization_id, run_id, would_suspend, lines_on, usual,
                              limit_lines, moved, stopped_at)
VALUES (%(id)s, %(organization_id)s, %(run_id)s, %(would_suspend)s, %(lines_on)s, %(usual)s,
        %(limit)s, %(moved)s::json, %(at)s)
ON CONFLICT (run_id) DO UPDATE SET
    would_suspend = excluded.would_suspend, lines_on = excluded.lines_on, usual = excluded.usual,
    limit_lines = excluded.limit_lines, moved = excluded.moved, stopped_at = excluded.stopped_at,
    status = 'waiting', first_released_by = NULL, first_released_at = NULL, released_by = NULL,
    released_at = NULL, dismissed_by = NULL, dismissed_at = NULL
"""


async def forecast(
    tx: Connection, organization_id: UUID, would_suspend: int, watermark: date, today: date
) -> Forecast:
    """What is to be stopped or not, beside what there is, is usual, and has moved."""
    now = clock.now()
    cursor = await tx.execute(
        BASE, {"id": organization_id, "since": now - timedelta(days=USUAL_DAYS), "until": now}
    )
    base = await cursor.fetchone()
    assert base is not None
    cursor = await tx.execute(
        MOVED,
        {
            "id": organization_id,
            "watermark": watermark,
            "today": today,
            "long_ago": today - timedelta(days=31),
        },
    )
    moved: dict[str, Any] = await cursor.fetchone() or {}
    return Forecast(
        would_suspend=would_suspend,
        lines_on=base["lines_on"],
        usual=base["suspended"] // USUAL_DAYS,
        moved={"since": watermark, "today": today, **moved},
    )


async def stop(
    tx: Connection, organization_id: UUID, run_id: UUID, safety: SafetyIn, found: Forecast
) -> None:
    """Keep that a run waits; one that waited already waits by the new figures, from the start."""
    limit = most_lines(safety, found.lines_on, found.usual)
    await tx.execute(
        STOP,
        {
            "id": new_id(),
            "organization_id": organization_id,
            "run_id": run_id,
            "would_suspend": found.would_suspend,
            "lines_on": found.lines_on,
            "usual": found.usual,
            "limit": limit,
            "moved": orjson.dumps(found.moved).decode(),
            "at": clock.now(),
        },
    )


async def get(
    session: AsyncSession, organization_id: UUID, stop_id: UUID, *, lock: bool = False
) -> SafetyStop | None:
    """One stop of an organization."""
    query = select(SafetyStop).where(
        SafetyStop.organization_id == organization_id, SafetyStop.id == stop_id
    )
    return await session.scalar(query.with_for_update() if lock else query)


async def of_run(session: AsyncSession, organization_id: UUID, run_id: UUID) -> SafetyStop | None:
    """The stop of a run, if it was stopped."""
    query = select(SafetyStop).where(
        SafetyStop.organization_id == organization_id, SafetyStop.run_id == run_id
    )
    return await session.scalar(query)


async def list_stops(
    session: AsyncSession, organization_id: UUID, paging: PageRequest, status: str | None
) -> tuple[list[SafetyStop], str | None]:
    """Stops, the latest first; served by ix_safety_stop_organization."""
    query = select(SafetyStop).where(SafetyStop.organization_id == organization_id)
    if status is not None:
        query = query.where(SafetyStop.status == status)
    rows, following = await paginate(
        session,
        query,
        paging,
        sortable={"stopped_at": SafetyStop.id.expression},
        default="-stopped_at",
        key=SafetyStop.id.expression,
    )
    return [row[0] for row in rows], following
