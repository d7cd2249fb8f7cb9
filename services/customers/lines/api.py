"""HTTP for lines, their holds and their history."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from services.customers.customers.problems import CustomerInactive
from services.customers.lines import operations, store
from services.customers.lines.model import Line
from services.customers.lines.problems import (
    HoldAlreadyPlaced,
    HoldBelongsToCollections,
    HoldNotPlaced,
    IllegalLineMove,
    LineNumberTaken,
)
from services.customers.lines.rules import LineEvent
from services.customers.text import Needle, Note, ShortText
from shared.auth import Caller, Role, allow
from shared.contracts.customers import HoldReason, LineStatus
from shared.http import IfMatch, OrganizationId, Session, Transactional, etag
from shared.money import MoneyError, MoneyIn, MoneyOut
from shared.pages import BadCursor, BadSort, Page, Paging
from shared.problems import NotFound, PreconditionFailed, ValidationFailed, problem_docs
from shared.tenancy import load_organization

router = APIRouter(tags=["lines"], route_class=Transactional)

ANYONE = allow(*Role)
CLERKS = allow(Role.CLERK)


class LineDetails(BaseModel):
    """What is sold to a customer over a new line."""

    model_config = ConfigDict(extra="forbid")

    number: int | None = Field(
        None, ge=1, le=99_999, description="Within its customer; the next free one if left out."
    )
    plan_name: ShortText
    price: MoneyIn
    installed_on: date | None = None
    essential: bool = Field(False, description="Never cut for non-payment.")


class LineIn(LineDetails):
    """A new line of a customer."""

    customer_id: UUID


class LineChange(BaseModel):
    """What to change; what is left out stays. Null empties `installed_on` alone."""

    model_config = ConfigDict(extra="forbid")

    plan_name: ShortText | None = None
    price: MoneyIn | None = None
    installed_on: date | None = None
    essential: bool | None = None


class LineActivation(BaseModel):
    """How a line was put into service."""

    model_config = ConfigDict(extra="forbid")

    installed_on: date | None = Field(
        None, description="The date sold with the line, or today, if left out."
    )


class LineCancellation(BaseModel):
    """How a line was given up."""

    model_config = ConfigDict(extra="forbid")

    note: Note | None = None


class HoldIn(BaseModel):
    """A restriction a person puts on a line."""

    model_config = ConfigDict(extra="forbid")

    reason: HoldReason = Field(description="`non_payment` is refused: collections places it.")
    note: Note | None = None


class LineOut(BaseModel):
    """A line."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    customer_id: UUID
    version: int
    number: int
    plan_name: str
    price: MoneyOut
    status: LineStatus
    holds: list[HoldReason]
    essential: bool
    installed_on: date | None
    activated_at: datetime | None
    cancelled_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, line: Line) -> Self:
        """Show a line."""
        columns = (*_PRICE, *(name for name in cls.model_fields if name != "price"))
        return cls.of_row({name: getattr(line, name) for name in columns})

    @classmethod
    def of_row(cls, row: dict[str, Any]) -> Self:
        """Show the columns of a line."""
        return cls.model_validate(row | {"price": MoneyOut.of(*(row[name] for name in _PRICE))})


_PRICE = ("price_minor", "currency")


class HoldOut(BaseModel):
    """A hold on a line, and the person or the decision behind it."""

    model_config = ConfigDict(from_attributes=True)

    reason: HoldReason
    placed_at: datetime
    placed_by: UUID | None
    decision_id: UUID | None
    note: str | None


class HoldsOut(BaseModel):
    """The holds on a line."""

    items: list[HoldOut]


class LineEventOut(BaseModel):
    """One change of a line, and the person, the decision or the file behind it."""

    model_config = ConfigDict(from_attributes=True)

    version: int = Field(description="The line's, after the change.")
    at: datetime
    change: LineEvent
    from_status: LineStatus | None
    to_status: LineStatus
    reason: HoldReason | None
    note: str | None
    actor_id: UUID | None
    decision_id: UUID | None
    import_id: UUID | None


@router.get("/lines", dependencies=[ANYONE], responses=problem_docs(BadCursor, BadSort))
async def list_lines(
    organization_id: OrganizationId,
    session: Session,
    paging: Paging,
    customer_id: Annotated[UUID | None, Query()] = None,
    status: Annotated[LineStatus | None, Query()] = None,
    plan_name: Annotated[Needle | None, Query()] = None,
    hold: Annotated[HoldReason | None, Query()] = None,
) -> Page[LineOut]:
    """Lines; sorted by `created_at`, or `number` (the default for one customer)."""
    found, following = await store.list_lines(
        session,
        organization_id,
        paging,
        customer_id=customer_id,
        status=status,
        plan_name=plan_name,
        hold=hold,
    )
    return Page(items=[LineOut.of(line) for line in found], next=following)


@router.post(
    "/lines",
    status_code=201,
    dependencies=[CLERKS],
    responses=problem_docs(NotFound, CustomerInactive, LineNumberTaken),
)
async def register_line(
    body: LineIn,
    organization_id: OrganizationId,
    caller: Caller,
    session: Session,
    response: Response,
) -> LineOut:
    """Sell a line; it waits to be installed and activated."""
    return await _register(session, organization_id, caller, body.customer_id, body, response)


@router.post(
    "/customers/{customer_id}/lines",
    status_code=201,
    dependencies=[CLERKS],
    responses=problem_docs(NotFound, CustomerInactive, LineNumberTaken),
)
async def register_line_of_customer(
    customer_id: UUID,
    body: LineDetails,
    organization_id: OrganizationId,
    caller: Caller,
    session: Session,
    response: Response,
) -> LineOut:
    """The same as POST /lines, for the customer of the path."""
    return await _register(session, organization_id, caller, customer_id, body, response)


@router.get("/lines/{line_id}", dependencies=[ANYONE], responses=problem_docs(NotFound))
async def get_line(
    line_id: UUID, organization_id: OrganizationId, session: Session, response: Response
) -> LineOut:
    """One line."""
    row = await store.read_line(session, organization_id, line_id)
    response.headers["ETag"] = etag(row["version"])
    return LineOut.of_row(row)


@router.patch(
    "/lines/{line_id}",
    dependencies=[CLERKS],
    responses=problem_docs(NotFound, IllegalLineMove, PreconditionFailed),
)
async def change_line(
    line_id: UUID,
    body: LineChange,
    organization_id: OrganizationId,
    caller: Caller,
    seen: IfMatch,
    session: Session,
    response: Response,
) -> LineOut:
    """Change the plan, the price or the date of installation."""
    changes: dict[str, Any] = {}
    if body.plan_name is not None:
        changes["plan_name"] = body.plan_name
    if body.essential is not None:
        changes["essential"] = body.essential
    if "installed_on" in body.model_fields_set:
        changes["installed_on"] = body.installed_on
    if body.price is not None:
        changes["price_minor"], _ = await _price(session, organization_id, body.price)
    line = await operations.revise(session, organization_id, line_id, caller.user_id, changes, seen)
    return _shown(line, response)


@router.post(
    "/lines/{line_id}/activate",
    dependencies=[CLERKS],
    responses=problem_docs(NotFound, IllegalLineMove, CustomerInactive),
)
async def activate_line(
    line_id: UUID,
    organization_id: OrganizationId,
    caller: Caller,
    session: Session,
    response: Response,
    body: LineActivation | None = None,
) -> LineOut:
    """Put a line into service. One that is held is suspended from the start."""
    installed_on = body.installed_on if body else None
    line = await operations.activate(
        session, organization_id, line_id, caller.user_id, installed_on
    )
    return _shown(line, response)


@router.post(
    "/lines/{line_id}/cancel",
    dependencies=[CLERKS],
    responses=problem_docs(NotFound, IllegalLineMove),
)
async def cancel_line(
    line_id: UUID,
    organization_id: OrganizationId,
    caller: Caller,
    session: Session,
    response: Response,
    body: LineCancellation | None = None,
) -> LineOut:
    """Give up a line for good; its holds go with it, what is owed for it does not."""
    line = await store.lock_line(session, organization_id, line_id)
    await operations.cancel(session, line, caller.user_id, note=body.note if body else None)
    return _shown(line, response)


@router.get("/lines/{line_id}/holds", dependencies=[ANYONE], responses=problem_docs(NotFound))
async def list_holds(line_id: UUID, organization_id: OrganizationId, session: Session) -> HoldsOut:
    """Why a line is restricted, oldest reason first."""
    await store.read_line(session, organization_id, line_id)
    found = await store.list_holds(session, organization_id, line_id)
    return HoldsOut(items=[HoldOut.model_validate(hold) for hold in found])


@router.post(
    "/lines/{line_id}/holds",
    status_code=201,
    dependencies=[CLERKS],
    responses=problem_docs(NotFound, IllegalLineMove, HoldAlreadyPlaced, HoldBelongsToCollections),
)
async def place_hold(
    line_id: UUID, body: HoldIn, organization_id: OrganizationId, caller: Caller, session: Session
) -> HoldOut:
    """Restrict a line; an active one is suspended by its first hold."""
    hold = await operations.place_hold(
        session, organization_id, line_id, caller.user_id, body.reason, body.note
    )
    return HoldOut.model_validate(hold)


@router.delete(
    "/lines/{line_id}/holds/{reason}",
    dependencies=[CLERKS],
    responses=problem_docs(NotFound, HoldNotPlaced, IllegalLineMove, HoldBelongsToCollections),
)
async def lift_hold(
    line_id: UUID,
    reason: HoldReason,
    organization_id: OrganizationId,
    caller: Caller,
    session: Session,
    response: Response,
) -> LineOut:
    """Lift a hold; the last one lifted puts the line back into service."""
    line = await operations.lift_hold(session, organization_id, line_id, caller.user_id, reason)
    return _shown(line, response)


@router.get(
    "/lines/{line_id}/history",
    dependencies=[ANYONE],
    responses=problem_docs(NotFound, BadCursor, BadSort),
)
async def list_history(
    line_id: UUID, organization_id: OrganizationId, session: Session, paging: Paging
) -> Page[LineEventOut]:
    """Everything that happened to a line, newest first (`sort=version` turns it around)."""
    await store.read_line(session, organization_id, line_id)
    found, following = await store.list_history(session, organization_id, line_id, paging)
    return Page(items=[LineEventOut.model_validate(one) for one in found], next=following)


async def _register(
    session: Session,
    organization_id: UUID,
    caller: Caller,
    customer_id: UUID,
    body: LineDetails,
    response: Response,
) -> LineOut:
    price_minor, currency = await _price(session, organization_id, body.price)
    line = await operations.register(
        session,
        organization_id,
        customer_id,
        caller.user_id,
        number=body.number,
        plan_name=body.plan_name,
        price_minor=price_minor,
        currency=currency,
        installed_on=body.installed_on,
        essential=body.essential,
    )
    response.headers["Location"] = f"/lines/{line.id}"
    return _shown(line, response)


async def _price(session: Session, organization_id: UUID, price: MoneyIn) -> tuple[int, str]:
    """The price in minor units of the organization's currency; ValidationFailed for another."""
    currency = (await load_organization(session, organization_id)).currency
    try:
        return price.to_minor(currency), currency
    except MoneyError as error:
        raise ValidationFailed.of(str(error), "body", "price") from error


def _shown(line: Line, response: Response) -> LineOut:
    response.headers["ETag"] = etag(line.version)
    return LineOut.of(line)
