"""Payment intents as rows, for reading; `cards.store` and `intents.store` write them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.payments.base import Base


class PaymentIntent(Base):
    """A payment that a processor is asked to collect; its id is the payment's to be."""

    __tablename__ = "payment_intent"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    invoice_id: Mapped[UUID | None]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    method: Mapped[str]
    provider: Mapped[str]
    provider_intent_id: Mapped[str | None]
    status: Mapped[str]
    status_at: Mapped[datetime]
    received_minor: Mapped[int | None]
    reason: Mapped[str | None]
    asked_on: Mapped[date]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None]
    expires_at: Mapped[datetime | None]
    recorded: Mapped[bool]
    set_aside: Mapped[str | None]
