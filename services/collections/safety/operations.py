"""Releasing and dismissing what was stopped."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.clock import store as clock_store
from services.collections.runs import store as runs
from services.collections.runs.rules import RunReason, RunStatus
from services.collections.safety import store
from services.collections.safety.model import SafetyStop
from services.collections.safety.problems import AnotherPersonNeeded, StopDecided
from shared import clock
from shared.db import raw
from shared.problems import NotFound
from shared.tenancy import Organization


async def release(
    session: AsyncSession, organization: Organization, stop_id: UUID, by: UUID
) -> SafetyStop:
    """The first or the second person's release; with the second it goes on at once."""
    stop = await _waiting(session, organization.id, stop_id)
    if stop.first_released_by is None:
        stop.status = "half_released"
        stop.first_released_by, stop.first_released_at = by, clock.now()
        await session.flush()
        return stop
    if stop.first_released_by == by:
        raise AnotherPersonNeeded(stop_id)
    stop.status, stop.released_by, stop.released_at = "released", by, clock.now()
    await session.flush()
    tx = await raw(session)
    if await _is_day(session, stop):
        await runs.set_status(tx, stop.run_id, RunStatus.RUNNING)
        await clock_store.clear(tx, organization.id, clock.now())
    else:
        await runs.release(tx, stop.run_id)
    return stop


async def dismiss(
    session: AsyncSession, organization: Organization, stop_id: UUID, by: UUID
) -> SafetyStop:
    """Leave undone what was stopped. A day counts as passed: later days are judged as ever."""
    stop = await _waiting(session, organization.id, stop_id)
    stop.status, stop.dismissed_by, stop.dismissed_at = "dismissed", by, clock.now()
    await session.flush()
    tx = await raw(session)
    if await _is_day(session, stop):
        today = organization.today()
        next_at = organization.instant_of(today + timedelta(days=1))
        await clock_store.skip_to(tx, organization.id, today, next_at)
    await runs.set_status(tx, stop.run_id, RunStatus.DISMISSED)
    return stop


async def _waiting(session: AsyncSession, organization_id: UUID, stop_id: UUID) -> SafetyStop:
    stop = await store.get(session, organization_id, stop_id, lock=True)
    if stop is None:
        raise NotFound("safety stop", stop_id)
    if stop.status in ("released", "dismissed"):
        raise StopDecided(stop_id, stop.status)
    return stop


async def _is_day(session: AsyncSession, stop: SafetyStop) -> bool:
    run = await runs.get(session, stop.organization_id, stop.run_id)
    return run is not None and run.reason == RunReason.DAY
