"""Disputes as stored."""

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.collections.base import Base
from services.collections.disputes.rules import DisputeState


class Dispute(Base):
    """An amount of an invoice that its customer says is not owed.

    `waiting_minor` is what an upheld one still waits for; `adjusted_minor` the credit notes and
    write-offs of its invoice that were heard of when that was last looked at.
    """

    __tablename__ = "dispute"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    case_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    line_id: Mapped[UUID | None]
    invoice_id: Mapped[UUID]
    status: Mapped[str] = mapped_column(default=DisputeState.OPEN.value)
    currency: Mapped[str]
    amount_minor: Mapped[int]
    reason: Mapped[str]
    opened_on: Mapped[date]
    opened_by: Mapped[UUID]
    resolved_on: Mapped[date | None]
    resolved_by: Mapped[UUID | None]
    resolution: Mapped[str | None]
    waiting_minor: Mapped[int] = mapped_column(default=0)
    adjusted_minor: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
