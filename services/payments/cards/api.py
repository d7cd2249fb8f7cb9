"""HTTP for refunds of card payments; they are asked for with POST /payments/{id}/refunds."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy import select

from services.payments.cards.answers import CardRefundOut
from services.payments.cards.model import CardRefund
from services.payments.processors.port import RefundStatus
from shared.auth import Role, allow
from shared.http import OrganizationId, Session, Transactional
from shared.pages import Page, Paging, paginate
from shared.problems import NotFound, problem_docs

router = APIRouter(prefix="/payments/card-refunds", tags=["payments"], route_class=Transactional)

ANYONE: Final = allow(*Role)


@router.get("", dependencies=[ANYONE])
async def list_card_refunds(
    organization_id: OrganizationId,
    session: Session,
    paging: Paging,
    status: Annotated[RefundStatus | None, Query()] = None,
    payment_id: Annotated[UUID | None, Query()] = None,
) -> Page[CardRefundOut]:
    """Refunds of card payments in whatever state, sorted by `created_at`, the latest first.

    Served by ix_card_refund_created_at and ix_card_refund_payment_id.
    """
    query = select(CardRefund).where(CardRefund.organization_id == organization_id)
    if status is not None:
        query = query.where(CardRefund.status == status.value)
    if payment_id is not None:
        query = query.where(CardRefund.payment_id == payment_id)
    rows, following = await paginate(
        session,
        query,
        paging,
        sortable={"created_at": CardRefund.created_at.expression},
        default="-created_at",
        key=CardRefund.id.expression,
    )
    return Page(items=[CardRefundOut.of(vars(row)) for (row,) in rows], next=following)


@router.get("/{refund_id}", dependencies=[ANYONE], responses=problem_docs(NotFound))
async def get_card_refund(
    refund_id: UUID, organization_id: OrganizationId, session: Session
) -> CardRefundOut:
    """One refund of a card payment."""
    query = select(CardRefund).where(
        CardRefund.organization_id == organization_id, CardRefund.id == refund_id
    )
    row = await session.scalar(query)
    if row is None:
        raise NotFound("card refund", refund_id)
    return CardRefundOut.of(vars(row))
