"""Disputes as rows, for reading; `cards.store` writes them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.payments.base import Base


class CardDispute(Base):
    """A payer's dispute of a payment, as its processor tells."""

    __tablename__ = "card_dispute"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    payment_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    provider: Mapped[str]
    provider_dispute_id: Mapped[str]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    reason: Mapped[str]
    status: Mapped[str]
    status_at: Mapped[datetime]
    opened_at: Mapped[datetime]
    returned: Mapped[bool]
    set_aside: Mapped[str | None]
