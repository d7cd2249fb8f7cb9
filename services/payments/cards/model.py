"""Refunds of card payments as rows, for reading; `cards.store` and `cards.refunds` write them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.payments.base import Base


class CardRefund(Base):
    """Money of a card payment on its way back, or back, through the processor."""

    __tablename__ = "card_refund"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    payment_id: Mapped[UUID]
    provider: Mapped[str]
    provider_refund_id: Mapped[str | None]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    reason: Mapped[str]
    status: Mapped[str]
    status_at: Mapped[datetime]
    failure: Mapped[str | None]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None]
    returned: Mapped[bool]
    set_aside: Mapped[str | None]
