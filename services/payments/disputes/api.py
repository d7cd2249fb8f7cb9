"""HTTP for disputes."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Self
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AfterValidator, BaseModel, Field
from sqlalchemy import select

from services.payments.disputes.model import CardDispute
from services.payments.processors.port import Provider
from shared.auth import Role, allow
from shared.contracts.payments import DisputeStatus
from shared.http import OrganizationId, Session, Transactional
from shared.money import MoneyOut
from shared.pages import Page, Paging, paginate
from shared.problems import NotFound, problem_docs

router = APIRouter(prefix="/payments/disputes", tags=["payments"], route_class=Transactional)

ANYONE: Final = allow(*Role)
Instant = Annotated[datetime, AfterValidator(lambda instant: instant.astimezone(UTC))]


class CardDisputeOut(BaseModel):
    """A payer's dispute with the bank. It is answered at the processor, not here."""

    id: UUID
    payment_id: UUID
    customer_id: UUID
    provider: Provider
    provider_dispute_id: str
    amount: MoneyOut
    reason: str = Field(description="In the processor's word.")
    status: DisputeStatus
    charged_back: bool = Field(description="It was lost, and the money has left the books.")
    set_aside: str | None = Field(description="Why the books refused to charge a lost one back.")
    opened_at: Instant
    status_at: Instant

    @classmethod
    def of(cls, row: CardDispute) -> Self:
        """A dispute as it is shown."""
        shown = cls.model_fields.keys() - {"amount", "charged_back"}
        values: dict[str, Any] = {name: getattr(row, name) for name in shown}
        values["amount"] = MoneyOut.of(row.amount_minor, row.currency)
        values["charged_back"] = row.returned
        return cls.model_validate(values)


@router.get("", dependencies=[ANYONE])
async def list_card_disputes(
    organization_id: OrganizationId,
    session: Session,
    paging: Paging,
    status: Annotated[DisputeStatus | None, Query()] = None,
    payment_id: Annotated[UUID | None, Query()] = None,
    customer_id: Annotated[UUID | None, Query()] = None,
) -> Page[CardDisputeOut]:
    """Disputes of card payments, sorted by `opened_at`, the latest first by default.

    Served by ix_card_dispute_opened_at and ix_card_dispute_payment_id.
    """
    query = select(CardDispute).where(CardDispute.organization_id == organization_id)
    if status is not None:
        query = query.where(CardDispute.status == status.value)
    if payment_id is not None:
        query = query.where(CardDispute.payment_id == payment_id)
    if customer_id is not None:
        query = query.where(CardDispute.customer_id == customer_id)
    rows, following = await paginate(
        session,
        query,
        paging,
        sortable={"opened_at": CardDispute.opened_at.expression},
        default="-opened_at",
        key=CardDispute.id.expression,
    )
    return Page(items=[CardDisputeOut.of(row) for (row,) in rows], next=following)


@router.get("/{dispute_id}", dependencies=[ANYONE], responses=problem_docs(NotFound))
async def get_card_dispute(
    dispute_id: UUID, organization_id: OrganizationId, session: Session
) -> CardDisputeOut:
    """One dispute of a card payment."""
    query = select(CardDispute).where(
        CardDispute.organization_id == organization_id, CardDispute.id == dispute_id
    )
    row = await session.scalar(query)
    if row is None:
        raise NotFound("dispute", dispute_id)
    return CardDisputeOut.of(row)
