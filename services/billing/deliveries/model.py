"""One attempt to bring an invoice to its customer."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.billing.base import Base


class Delivery(Base):
    """An attempt to deliver an invoice; sending it again makes a new one."""

    __tablename__ = "delivery"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    invoice_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    attempt: Mapped[int]
    state: Mapped[str]
    recipient: Mapped[str | None]
    tries: Mapped[int]
    next_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    bounced_at: Mapped[datetime | None]
