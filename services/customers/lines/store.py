"""Queries for lines, their holds and their history, except the one that obeys orders."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.customers.customers.model import Customer
from services.customers.lines.model import Hold, Line, LineHistory
from shared.contracts.customers import HoldReason, LineStatus
from shared.db import raw
from shared.pages import PageRequest, paginate
from shared.problems import NotFound

SORTABLE: Final[dict[str, ColumnElement[Any]]] = {
    "created_at": Line.created_at.expression,
    "number": Line.number.expression,
}
HISTORY_SORTABLE: Final[dict[str, ColumnElement[Any]]] = {"version": LineHistory.version.expression}

BY_ID: Final = """
SELECT id, customer_id, version, number, plan_name, price_minor, currency, status, holds,
       installed_on, activated_at, cancelled_at, generation, essential, created_at, updated_at
FROM line WHERE organization_id = %s AND id = %s
"""


async def read_line(session: AsyncSession, organization_id: UUID, line_id: UUID) -> dict[str, Any]:
    """The columns of a line, by one statement; NotFound."""
    cursor = await (await raw(session)).execute(BY_ID, (organization_id, line_id))
    row = await cursor.fetchone()
    if row is None:
        raise NotFound("line", line_id)
    return row


async def lock_line(session: AsyncSession, organization_id: UUID, line_id: UUID) -> Line:
    """The line, locked against orders and people alike; NotFound.

    Who needs the customer locked too locks it first.
    """
    query = select(Line).where(Line.organization_id == organization_id, Line.id == line_id)
    found = await session.scalar(query.with_for_update(key_share=True))
    if found is None:
        raise NotFound("line", line_id)
    return found


async def share_customer_of(
    session: AsyncSession, organization_id: UUID, line_id: UUID
) -> Customer:
    """The customer of a line, kept from being deactivated until the commit; NotFound."""
    query = (
        select(Customer)
        .join(Line, Line.customer_id == Customer.id)
        .where(Line.organization_id == organization_id, Line.id == line_id)
    )
    found = await session.scalar(query.with_for_update(read=True, of=Customer))
    if found is None:
        raise NotFound("line", line_id)
    return found


async def lock_lines_of(
    session: AsyncSession, organization_id: UUID, customer_id: UUID
) -> list[Line]:
    """All lines of a customer that are not cancelled, locked in order of id."""
    query = (
        select(Line)
        .where(
            Line.organization_id == organization_id,
            Line.customer_id == customer_id,
            Line.cancelled_at.is_(None),
        )
        .order_by(Line.id)
    )
    found = await session.scalars(query.with_for_update(key_share=True))
    return list(found)


async def next_number(session: AsyncSession, customer_id: UUID) -> int:
    """The number after the customer's highest; the customer is locked, so it stays free."""
    highest = await session.scalar(
        select(func.max(Line.number)).where(Line.customer_id == customer_id)
    )
    return (highest or 0) + 1


async def list_lines(
    session: AsyncSession,
    organization_id: UUID,
    paging: PageRequest,
    *,
    customer_id: UUID | None = None,
    status: LineStatus | None = None,
    plan_name: str | None = None,
    hold: HoldReason | None = None,
) -> tuple[list[Line], str | None]:
    """A page of lines that match everything given.

    Served by uq_line_number for one customer, the key of `hold` for a hold, the partial
    indexes for the rarer statuses, else ix_line_created_at.
    """
    query = select(Line).where(Line.organization_id == organization_id)
    if customer_id is not None:
        query = query.where(Line.customer_id == customer_id)
    if status is not None:
        query = query.where(Line.stored_status == status, *_implied_by(status))
    if plan_name is not None:
        query = query.where(Line.plan_name == plan_name)
    if hold is not None:
        query = query.where(_held(Hold.reason == hold))
    default = "number" if customer_id is not None else "created_at"
    rows, following = await paginate(
        session, query, paging, sortable=SORTABLE, default=default, key=Line.id.expression
    )
    return [row[0] for row in rows], following


def _implied_by(status: LineStatus) -> list[ColumnElement[bool]]:
    """What follows from a status, said so that the planner sees the index for it."""
    if status is LineStatus.CANCELLED:
        return [Line.cancelled_at.is_not(None)]
    if status is LineStatus.NOT_INSTALLED:
        return [Line.activated_at.is_(None)]
    if status is LineStatus.SUSPENDED:
        return [_held()]
    return []


def _held(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(
        Hold.organization_id == Line.organization_id, Hold.line_id == Line.id, *conditions
    )


async def list_holds(session: AsyncSession, organization_id: UUID, line_id: UUID) -> list[Hold]:
    """The holds on a line, oldest first."""
    query = select(Hold).where(Hold.organization_id == organization_id, Hold.line_id == line_id)
    found = await session.scalars(query.order_by(Hold.placed_at, Hold.reason))
    return list(found)


async def remove_holds(session: AsyncSession, line: Line, *reasons: HoldReason) -> None:
    """Take holds off a line: those of the reasons, or all when none is given."""
    query = delete(Hold).where(
        Hold.organization_id == line.organization_id, Hold.line_id == line.id
    )
    if reasons:
        query = query.where(Hold.reason.in_(reasons))
    await session.execute(query, execution_options={"synchronize_session": False})


async def list_history(
    session: AsyncSession, organization_id: UUID, line_id: UUID, paging: PageRequest
) -> tuple[list[LineHistory], str | None]:
    """What has happened to a line, newest first."""
    query = select(LineHistory).where(
        LineHistory.organization_id == organization_id, LineHistory.line_id == line_id
    )
    rows, following = await paginate(
        session,
        query,
        paging,
        sortable=HISTORY_SORTABLE,
        default="-version",
        key=LineHistory.version.expression,
    )
    return [row[0] for row in rows], following
