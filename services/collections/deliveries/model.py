"""Deliveries as stored."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Integer
from sqlalchemy.orm import Mapped, mapped_column

from services.collections.base import Base


class DeliveryStatus(StrEnum):
    """How a delivery fared.

    `not_needed`: what it was to say had ceased to be true when its turn came. `failed`: given
    up after the last attempt. `bounced`: refused for good, at once or reported later.
    """

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    BOUNCED = "bounced"
    NOT_NEEDED = "not_needed"


class Delivery(Base):
    """A reminder on its way over one channel."""

    __tablename__ = "reminder_delivery"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    reminder_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    channel: Mapped[str]
    recipient: Mapped[str]
    status: Mapped[str]
    attempts: Mapped[int] = mapped_column(Integer)
    next_at: Mapped[datetime]
    detail: Mapped[str | None]
    queued_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
