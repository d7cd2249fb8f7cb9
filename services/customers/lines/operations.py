"""What people do to lines, each with its history and its announcement in the same transaction."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from psycopg import errors
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.customers.customers.store import lock_customer
from services.customers.lines import store
from services.customers.lines.model import Hold, Line, LineHistory
from services.customers.lines.problems import LineNumberTaken
from services.customers.lines.rules import Change, LineEvent
from shared import clock
from shared.contracts.customers import (
    HoldReason,
    LineActivated,
    LineCancelled,
    LineReactivated,
    LineRegistered,
    LineStatus,
    LineSuspended,
    LineUpdated,
)
from shared.http import expect_version
from shared.ids import external_id, new_id
from shared.outbox import Outgoing, emit
from shared.tenancy import load_organization

Fact = (
    type[LineRegistered]
    | type[LineUpdated]
    | type[LineActivated]
    | type[LineSuspended]
    | type[LineReactivated]
    | type[LineCancelled]
)
FACT_OF_ARRIVAL: Final[Mapping[LineStatus, Fact]] = {
    LineStatus.ACTIVE: LineReactivated,
    LineStatus.SUSPENDED: LineSuspended,
    LineStatus.CANCELLED: LineCancelled,
}


def fact_of(change: Change) -> Fact:
    """The fact that announces a change: by the status arrived at, when that is another one."""
    _, before, after = change
    if before is None:
        return LineRegistered
    if before is after:
        return LineUpdated
    if before is LineStatus.NOT_INSTALLED and after is LineStatus.ACTIVE:
        return LineActivated
    return FACT_OF_ARRIVAL[after]


async def register(
    session: AsyncSession,
    organization_id: UUID,
    customer_id: UUID,
    actor_id: UUID,
    *,
    number: int | None,
    plan_name: str,
    price_minor: int,
    currency: str,
    installed_on: date | None,
    essential: bool = False,
) -> Line:
    """Sell a line to an active customer, under the next number when none is given."""
    customer = await lock_customer(session, organization_id, customer_id)
    customer.require_active()
    at = clock.now()
    if number is None:
        number = await store.next_number(session, customer_id)
    ref = f"{customer.external_ref}/{number}"
    line = Line(
        id=external_id(organization_id, "line", ref) if customer.external_ref else new_id(),
        organization_id=organization_id,
        customer_id=customer_id,
        version=1,
        number=number,
        plan_name=plan_name,
        price_minor=price_minor,
        currency=currency,
        installed_on=installed_on,
        activated_at=None,
        cancelled_at=None,
        holds=[],
        generation=0,
        essential=essential,
        created_at=at,
        updated_at=at,
    )
    session.add(line)
    try:
        await session.flush()
    except IntegrityError as error:
        if isinstance(error.orig, errors.UniqueViolation):
            raise LineNumberTaken(customer_id, number) from error
        raise
    await announce(session, line, Change(LineEvent.REGISTERED, None, line.status), actor_id)
    return line


async def revise(
    session: AsyncSession,
    organization_id: UUID,
    line_id: UUID,
    actor_id: UUID,
    changes: Mapping[str, Any],
    seen: int | None,
) -> Line:
    """Change what was sold; announced when that made a difference."""
    line = await store.lock_line(session, organization_id, line_id)
    expect_version(seen, line.version)
    known: dict[str, Any] = {
        "plan_name": line.plan_name,
        "price_minor": line.price_minor,
        "installed_on": line.installed_on,
        "essential": line.essential,
    }
    change = line.revise(clock.now(), **(known | dict(changes)))
    if change is not None:
        await announce(session, line, change, actor_id)
    return line


async def activate(
    session: AsyncSession,
    organization_id: UUID,
    line_id: UUID,
    actor_id: UUID,
    installed_on: date | None,
) -> Line:
    """Put a line into service; its customer must be active, and stays so until the commit.

    Without a date of installation it was installed today, on the organization's calendar.
    """
    customer = await store.share_customer_of(session, organization_id, line_id)
    line = await store.lock_line(session, organization_id, line_id)
    customer.require_active()
    if installed_on is None:
        installed_on = line.installed_on
    if installed_on is None:
        installed_on = (await load_organization(session, organization_id)).today()
    change = line.activate(clock.now(), installed_on)
    await announce(session, line, change, actor_id)
    return line


async def cancel(
    session: AsyncSession, line: Line, actor_id: UUID, note: str | None = None
) -> Line:
    """Give up a (locked) line for good, and every hold on it."""
    change = line.cancel(clock.now())
    await store.remove_holds(session, line)
    await announce(session, line, change, actor_id, note=note)
    return line


async def place_hold(
    session: AsyncSession,
    organization_id: UUID,
    line_id: UUID,
    actor_id: UUID,
    reason: HoldReason,
    note: str | None,
) -> Hold:
    """Restrict a line for a reason of a person's."""
    line = await store.lock_line(session, organization_id, line_id)
    at = clock.now()
    change = line.hold(reason, at)
    hold = Hold(
        line_id=line_id,
        reason=reason,
        organization_id=organization_id,
        placed_at=at,
        placed_by=actor_id,
        decision_id=None,
        note=note,
    )
    session.add(hold)
    await announce(session, line, change, actor_id, reason=reason, note=note)
    return hold


async def lift_hold(
    session: AsyncSession,
    organization_id: UUID,
    line_id: UUID,
    actor_id: UUID,
    reason: HoldReason,
) -> Line:
    """Take a hold of a person's off a line; other holds keep it suspended."""
    line = await store.lock_line(session, organization_id, line_id)
    change = line.release(reason, clock.now())
    await store.remove_holds(session, line, reason)
    await announce(session, line, change, actor_id, reason=reason)
    return line


async def announce(
    session: AsyncSession,
    line: Line,
    change: Change,
    actor_id: UUID,
    *,
    reason: HoldReason | None = None,
    note: str | None = None,
) -> None:
    """Write a change by a person into the line's history, and say it."""
    session.add(
        LineHistory(
            line_id=line.id,
            version=line.version,
            organization_id=line.organization_id,
            at=line.updated_at,
            change=change.event,
            from_status=change.before,
            to_status=change.after,
            reason=reason,
            note=note,
            actor_id=actor_id,
            decision_id=None,
            import_id=None,
        )
    )
    await session.flush()
    today = (await load_organization(session, line.organization_id)).today()
    event = fact_of(change).model_validate(line.facts() | {"changed_on": today})
    await emit(session, [Outgoing(event, line.organization_id, line.id, version=line.version)])
