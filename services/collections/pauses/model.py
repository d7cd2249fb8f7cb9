"""Pauses as stored."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.collections.base import Base


class PauseRow(Base):
    """What keeps debts from counting; `source_id` is whatever put it."""

    __tablename__ = "pause"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    line_id: Mapped[UUID | None]
    invoice_id: Mapped[UUID | None]
    kind: Mapped[str]
    amount_minor: Mapped[int | None]
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    expires_at: Mapped[datetime | None]
    restores: Mapped[bool]
    source_id: Mapped[UUID]
    reason: Mapped[str | None]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None]
