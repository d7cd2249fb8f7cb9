"""Pausing by hand: a collector holds the policy for somebody for a few days.

Unlike an exemption it is short (the policy says how short), leaves lines where they are unless
asked otherwise, and is told on the timelines of the cases it is about. Locks in the order of
agreements: customers, then cases.
"""

from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.activities.rules import ActivityKind
from services.collections.activities.store import Activity, record
from services.collections.cases.model import Case
from services.collections.cases.rules import CaseStatus
from services.collections.cases.sight import Sight
from services.collections.enforcement.locks import Customers, hold
from services.collections.lines.model import Customer, Line
from services.collections.pauses.model import PauseRow
from services.collections.pauses.operations import end_pauses, put_pauses
from services.collections.pauses.rules import PauseKind
from services.collections.pauses.store import Ending, NewPause
from services.collections.pausing import store
from services.collections.pausing.problems import PausedAlready, PauseNotManual, PauseOver
from services.collections.policies.limits import expect_reachable, pauses_of
from services.collections.status.operations import terms_of
from shared import clock
from shared.db import raw
from shared.ids import new_id
from shared.problems import NotFound

PUT: Final = "put"
ENDED: Final = "ended"


async def pause(
    session: AsyncSession,
    sight: Sight,
    *,
    customer_id: UUID | None,
    line_id: UUID | None,
    until_on: date,
    reason: str,
    restores: bool,
) -> PauseRow:
    """Keep what a customer, or a line, owes from counting until a day; one pause at a time."""
    owner_id = await _owner(session, sight, customer_id, line_id)
    tx = await raw(session)
    await hold(tx, Customers([(sight.organization_id, owner_id)]))
    terms = await terms_of(session, sight.organization_id)
    expect_reachable(until_on, terms.today, pauses_of(terms).most_days)
    at = store.Moment(terms.today, terms.clock)
    current = await session.scalar(
        select(PauseRow).where(
            PauseRow.customer_id == owner_id,
            PauseRow.organization_id == sight.organization_id,
            PauseRow.line_id.is_not_distinct_from(line_id),
            PauseRow.kind == PauseKind.MANUAL.value,
            store.is_active(at),
        )
    )
    if current is not None:
        raise PausedAlready(current.id)
    source_id = new_id()
    wanted = NewPause(
        sight.organization_id,
        owner_id,
        PauseKind.MANUAL,
        source_id,
        from_on=terms.today,
        until_on=until_on,
        line_id=line_id,
        restores=restores,
        reason=reason,
        created_by=sight.caller.user_id,
    )
    await put_pauses(tx, [wanted])
    made = (
        await session.scalars(
            select(PauseRow).where(
                PauseRow.organization_id == sight.organization_id,
                PauseRow.kind == PauseKind.MANUAL.value,
                PauseRow.source_id == source_id,
            )
        )
    ).one()
    await _tell(session, sight, made, PUT, reason)
    return made


async def end(session: AsyncSession, sight: Sight, pause_id: UUID, note: str | None) -> PauseRow:
    """End a pause before its day; the policy goes on at once."""
    found = await store.get(session, sight, pause_id)
    if found.kind != PauseKind.MANUAL:
        raise PauseNotManual(pause_id, found.kind)
    tx = await raw(session)
    await hold(tx, Customers([(found.organization_id, found.customer_id)]))
    await session.refresh(found)
    terms = await terms_of(session, sight.organization_id)
    ran_out = found.until_on is not None and found.until_on < terms.today
    if found.ended_at is not None or ran_out:
        raise PauseOver(pause_id)
    ending = Ending(
        found.organization_id,
        found.customer_id,
        PauseKind.MANUAL,
        found.source_id,
        sight.caller.user_id,
    )
    await end_pauses(tx, [ending])
    await session.refresh(found)
    await _tell(session, sight, found, ENDED, note)
    return found


async def _owner(
    session: AsyncSession, sight: Sight, customer_id: UUID | None, line_id: UUID | None
) -> UUID:
    """The customer named, or the one of the line named; NotFound, also for one not in sight."""
    if line_id is not None:
        query = select(Line.customer_id).where(
            Line.line_id == line_id, Line.organization_id == sight.organization_id
        )
    else:
        query = select(Customer.id).where(
            Customer.id == customer_id, Customer.organization_id == sight.organization_id
        )
    found = await session.scalar(query)
    if found is not None and sight.is_collectors:
        mine = select(Case.id).where(sight.condition(), Case.customer_id == found)
        if not await session.scalar(select(exists(mine))):
            found = None
    if found is None:
        raise NotFound("customer" if line_id is None else "line", str(line_id or customer_id))
    return found


async def _tell(
    session: AsyncSession, sight: Sight, row: PauseRow, what: str, note: str | None
) -> None:
    """Put it on the timelines of the cases that it is about."""
    query = select(Case.id).where(
        Case.organization_id == row.organization_id,
        Case.customer_id == row.customer_id,
        Case.status != CaseStatus.CLOSED.value,
    )
    if row.line_id is not None:
        query = query.where(Case.line_id.is_(None) | (Case.line_id == row.line_id))
    data = {"id": row.id, "what": what, "until": row.until_on, "line_id": row.line_id}
    activities = [
        Activity(case_id, row.organization_id, ActivityKind.PAUSE, sight.caller, note, data)
        for case_id in await session.scalars(query)
    ]
    await record(await raw(session), activities, clock.now())
