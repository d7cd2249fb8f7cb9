"""What people do to a case: move it, change it, give it to a collector."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.activities.rules import ActivityKind
from services.collections.activities.store import Activity, record
from services.collections.cases import store
from services.collections.cases.assignment import Given, end, give, lock_cases, lock_takers
from services.collections.cases.model import Case
from services.collections.cases.problems import CaseClosed, IllegalCaseMove
from services.collections.cases.rules import MAY_BECOME, CaseStatus, ClosedReason, way
from services.collections.cases.sight import Sight
from services.collections.collectors.problems import CollectorFull, CollectorInactive
from shared import clock
from shared.auth import Principal
from shared.db import raw
from shared.http import expect_version
from shared.problems import NotFound


async def move(
    session: AsyncSession,
    sight: Sight,
    case_id: UUID,
    wanted: CaseStatus,
    *,
    seen: int | None,
    note: str | None,
    reason: ClosedReason | None,
) -> Case:
    """Take one allowed step; IllegalCaseMove says which there are."""
    case = await store.lock(session, sight, case_id)
    expect_version(seen, case.version)
    current = CaseStatus(case.status)
    allowed = MAY_BECOME[current] - {CaseStatus.ASSIGNED}
    if wanted not in allowed:
        raise IllegalCaseMove(case_id, current, wanted, allowed)
    await walk(session, case, (wanted,), sight.caller, note=note, reason=reason)
    return case


async def walk(
    session: AsyncSession,
    case: Case,
    steps: Sequence[CaseStatus],
    by: Principal | None,
    *,
    note: str | None = None,
    reason: ClosedReason | None = None,
) -> None:
    """Take steps with a locked case, each with its place on the timeline."""
    activities: list[Activity] = []
    at = clock.now()
    for step in steps:
        data = {"from": case.status, "to": step.value}
        case.status = step.value
        case.version += 1
        if step is CaseStatus.CLOSED:
            case.closed_reason = (reason or ClosedReason.BY_HAND).value
            case.closed_at = at
            case.leased_by = case.leased_until = None
            data["reason"] = case.closed_reason
        activities.append(
            Activity(case.id, case.organization_id, ActivityKind.MOVED, by, note, data)
        )
    if activities:
        await session.flush()
        tx = await raw(session)
        if case.status == CaseStatus.CLOSED:
            await end(tx, [case.id], at)
        await record(tx, activities, at)


async def bring(
    session: AsyncSession, case: Case, wanted: CaseStatus, by: Principal | None
) -> None:
    """Get a locked case to where an agreement puts it, as far as its status permits."""
    await walk(session, case, way(CaseStatus(case.status), wanted), by)


async def change(
    session: AsyncSession,
    sight: Sight,
    case_id: UUID,
    changes: Mapping[str, Any],
    seen: int | None,
) -> Case:
    """Set what a person may set; says on the timeline what it was before."""
    case = await store.lock(session, sight, case_id)
    expect_version(seen, case.version)
    differing = {
        name: (getattr(case, name), value)
        for name, value in changes.items()
        if getattr(case, name) != value
    }
    if not differing:
        return case
    for name, (_, value) in differing.items():
        setattr(case, name, value)
    case.version += 1
    await session.flush()
    data = {name: {"from": old, "to": new} for name, (old, new) in differing.items()}
    activity = Activity(
        case.id, case.organization_id, ActivityKind.CHANGED, sight.caller, None, data
    )
    await record(await raw(session), [activity], clock.now())
    return case


async def unassign(session: AsyncSession, sight: Sight, case_id: UUID, note: str | None) -> Case:
    """Take a case from whoever has it; one that was not worked yet is new again."""
    case = await store.lock(session, sight, case_id)
    if case.status == CaseStatus.CLOSED:
        raise CaseClosed(case_id)
    if case.collector_id is None:
        return case
    at = clock.now()
    about = case.id, case.organization_id
    data = {"collector_id": None, "before": case.collector_id}
    activities = [Activity(*about, ActivityKind.ASSIGNED, sight.caller, note, data)]
    if case.status == CaseStatus.ASSIGNED:
        case.status = CaseStatus.NEW.value
        moved = {"from": CaseStatus.ASSIGNED, "to": CaseStatus.NEW}
        activities.append(Activity(*about, ActivityKind.MOVED, sight.caller, None, moved))
    case.collector_id = case.assigned_at = case.leased_by = case.leased_until = None
    case.version += 1
    await session.flush()
    tx = await raw(session)
    await end(tx, [case.id], at)
    await record(tx, activities, at)
    return case


async def assign(
    session: AsyncSession, sight: Sight, case_id: UUID, collector_id: UUID, note: str | None
) -> None:
    """Give a case to a collector, also from another one, if there is room."""
    tx = await raw(session)
    takers = await lock_takers(tx, [sight.organization_id], [collector_id])
    if not takers:
        raise NotFound("collector", collector_id)
    (taker,) = takers
    cases = await lock_cases(tx, [case_id])
    if not cases or cases[0]["organization_id"] != sight.organization_id:
        raise NotFound("case", case_id)
    (case,) = cases
    if case["status"] == CaseStatus.CLOSED:
        raise CaseClosed(case_id)
    if case["collector_id"] == taker.id:
        return
    if not taker.active:
        raise CollectorInactive(taker.id)
    if taker.room <= 0:
        raise CollectorFull(taker.id)
    await give(tx, [Given(case, taker)], sight.caller, note)
