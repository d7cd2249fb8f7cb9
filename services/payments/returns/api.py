"""HTTP for money of payments that goes away again."""

from datetime import date
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.payments.cards.answers import CardRefundOut
from services.payments.returns import processor, search
from services.payments.returns.answers import ReturnOut
from services.payments.returns.operations import Return, return_money
from services.payments.returns.problems import (
    PaymentReturned,
    ReturnedInTheFuture,
    ReturnExceedsPayment,
)
from services.payments.returns.rules import ReturnKind
from shared.auth import Caller, Role, allow
from shared.db import raw
from shared.http import IdempotencyKey, OrganizationId, Session, Transactional
from shared.money import MoneyError, MoneyIn
from shared.pages import BadCursor, BadSort, Page, Paging
from shared.problems import NotFound, problem_docs
from shared.tenancy import UnknownOrganization

router = APIRouter(prefix="/payments", tags=["payments"], route_class=Transactional)

ANYONE = allow(*Role)
CLERKS = allow(Role.CLERK)
REFUSED: Final = (
    NotFound,
    UnknownOrganization,
    PaymentReturned,
    ReturnExceedsPayment,
    ReturnedInTheFuture,
)
Reason = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$"
    ),
]


class RefundIn(BaseModel):
    """Money to give back."""

    model_config = ConfigDict(extra="forbid")

    amount: MoneyIn | None = Field(None, description="All that is left when left out.")
    reason: Reason
    returned_on: date | None = Field(
        None, description="Today on the organization's calendar when left out."
    )
    from_invoices: list[UUID] = Field(
        default_factory=list,
        max_length=100,
        description="The invoices that open again first, in this order. Otherwise the latest"
        " allocations give way first; account credit goes before all of them.",
    )


class ReverseIn(BaseModel):
    """Why a payment was none."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason = Field(examples=["check without cover", "entered twice"])
    returned_on: date | None = Field(
        None, description="Today on the organization's calendar when left out."
    )


@router.get("/returns", dependencies=[ANYONE], responses=problem_docs(BadCursor, BadSort))
async def list_returns(
    organization_id: OrganizationId,
    session: Session,
    paging: Paging,
    payment_id: Annotated[UUID | None, Query()] = None,
    customer_id: Annotated[UUID | None, Query()] = None,
    kind: Annotated[ReturnKind | None, Query()] = None,
    returned_from: Annotated[date | None, Query()] = None,
    returned_to: Annotated[date | None, Query(description="This day included.")] = None,
) -> Page[ReturnOut]:
    """Refunds, reversals and charge-backs, sorted by `returned_on`, the latest first."""
    wanted = search.Wanted(payment_id, customer_id, kind, returned_from, returned_to)
    found, following = await search.returns(session, organization_id, paging, wanted)
    return Page(items=[ReturnOut.of(row) for row in found], next=following)


@router.post(
    "/{payment_id}/refunds",
    status_code=201,
    dependencies=[CLERKS],
    response_model=ReturnOut,
    responses={
        202: {"model": CardRefundOut, "description": "The card processor is asked to."},
        **problem_docs(*REFUSED, processor.RefundByProcessor),
    },
)
async def refund_payment(
    payment_id: UUID,
    body: RefundIn,
    key: IdempotencyKey,
    organization_id: OrganizationId,
    caller: Caller,
    session: Session,
) -> Response | ReturnOut:
    """Give money of a payment back, a part of it or all that is left.

    That of a card payment goes back through its processor: the answer is 202 then, and the
    money leaves the books when the processor says that it went (see /payments/card-refunds).
    """
    tx = await raw(session)
    payment = await search.find_payment(tx, organization_id, payment_id)
    if payment is None:
        raise NotFound("payment", payment_id)
    amount_minor = None
    if body.amount is not None:
        amount_minor = body.amount.to_minor(payment["currency"])
        if not amount_minor:
            raise MoneyError("a refund is more than 0")
    wanted = Return(
        payment_id,
        ReturnKind.REFUND,
        amount_minor,
        body.reason,
        body.returned_on,
        by=caller.user_id,
        first=body.from_invoices,
    )
    if payment["provider"] is not None:
        return await processor.request_refund(tx, organization_id, payment["provider"], wanted)
    returned = await return_money(tx, wanted)
    return ReturnOut.of(await search.find_return(tx, organization_id, returned.id))


@router.post(
    "/{payment_id}/reverse",
    status_code=201,
    dependencies=[CLERKS],
    responses=problem_docs(*REFUSED),
)
async def reverse_payment(
    payment_id: UUID,
    body: ReverseIn,
    key: IdempotencyKey,
    organization_id: OrganizationId,
    caller: Caller,
    session: Session,
) -> ReturnOut:
    """Undo a payment that was none: a check without cover, a slip of the cashier.

    All that is left of it goes; the invoices it had paid are open again, with the due dates
    they have always had.
    """
    tx = await raw(session)
    if await search.find_payment(tx, organization_id, payment_id) is None:
        raise NotFound("payment", payment_id)
    wanted = Return(
        payment_id, ReturnKind.REVERSAL, None, body.reason, body.returned_on, by=caller.user_id
    )
    returned = await return_money(tx, wanted)
    return ReturnOut.of(await search.find_return(tx, organization_id, returned.id))
