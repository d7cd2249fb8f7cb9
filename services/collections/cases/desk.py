"""What people do to a case: move it, change it, give it to a collector."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.activities.rules import ActivityKind
from services.collections.activities.store import Activity, record
from services.collections.cases import store
from services.collections.cases.assignment import (
    Given,
    Taker,
    assign_by_rule,
    end,
    give,
    lock_cases,
    lock_takers,
)
from services.collections.cases.model import Case
from services.collections.cases.problems import CaseClosed, IllegalCaseMove
from services.collections.cases.rules import MAY_BECOME, CaseStatus, ClosedReason, way
from services.collections.cases.sight import Sight
from services.collections.collectors.problems import CollectorFull, CollectorInactive
from shared import clock
from shared.auth import Principal
from shared.db import Connection, raw
from shared.http import expect_version
from shared.problems import NotFound, Problem


@dataclass(frozen=True, slots=True)
class Refused:
    """A case that was not assigned, and why."""

    case_id: UUID
    reason: Problem


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
    session: AsyncSession,
    sight: Sight,
    case_ids: Sequence[UUID],
    collector_id: UUID,
    note: str | None,
) -> tuple[int, list[Refused]]:
    """Give cases to a collector while there is room; how many, and which were refused why."""
    tx = await raw(session)
    takers = await lock_takers(tx, [sight.organization_id], [collector_id])
    if not takers:
        raise NotFound("collector", collector_id)
    (taker,) = takers
    cases = {
        case["id"]: case
        for case in await lock_cases(tx, case_ids)
        if case["organization_id"] == sight.organization_id
    }
    given: list[Given] = []
    refused: list[Refused] = []
    for case_id in dict.fromkeys(case_ids):
        found = cases.get(case_id)
        if found is not None and found["collector_id"] == taker.id and found["status"] != "closed":
            continue
        problem = _objection(case_id, found, taker, len(given))
        if problem is not None:
            refused.append(Refused(case_id, problem))
        elif found is not None:
            given.append(Given(found, taker))
    await give(tx, given, sight.caller, note)
    return len(given), refused


async def assign_in_turn(
    session: AsyncSession, sight: Sight, case_ids: Sequence[UUID]
) -> tuple[int, list[UUID]]:
    """Give unassigned cases to collectors in turn; how many, and which found nobody."""
    tx = await raw(session)
    ours = [
        case["id"]
        for case in await lock_cases_after_takers(tx, sight, case_ids)
        if case["organization_id"] == sight.organization_id
    ]
    assigned = await assign_by_rule(tx, ours, sight.caller)
    left = [
        case["id"]
        for case in await lock_cases(tx, ours)
        if case["collector_id"] is None or case["status"] == CaseStatus.CLOSED
    ]
    return assigned, [*left, *(each for each in dict.fromkeys(case_ids) if each not in ours)]


async def lock_cases_after_takers(
    tx: Connection, sight: Sight, case_ids: Sequence[UUID]
) -> list[dict[str, Any]]:
    """Cases, locked after every collector of the organization: in the order of assigning."""
    await lock_takers(tx, [sight.organization_id])
    return await lock_cases(tx, case_ids)


def _objection(
    case_id: UUID, case: Mapping[str, Any] | None, taker: Taker, given: int
) -> Problem | None:
    """Why a collector cannot have a case, having been given some already."""
    if case is None:
        return NotFound("case", case_id)
    if case["status"] == CaseStatus.CLOSED:
        return CaseClosed(case_id)
    if not taker.active:
        return CollectorInactive(taker.id)
    if given >= taker.room:
        return CollectorFull(taker.id)
    return None
