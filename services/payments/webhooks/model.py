"""Stored webhooks as rows, for the list."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.payments.base import Base


class EventState(StrEnum):
    """What became of a webhook."""

    STORED = "stored"
    HANDLED = "handled"
    IGNORED = "ignored"
    SET_ASIDE = "set_aside"


class StoredWebhook(Base):
    """A webhook as it came; its body is kept, and not read into lists."""

    __tablename__ = "provider_event"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    provider: Mapped[str]
    provider_event_id: Mapped[str]
    type: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str | None]
    attempts: Mapped[int]
    received_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]
