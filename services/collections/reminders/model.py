"""Reminders as stored."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Date
from sqlalchemy.orm import Mapped, mapped_column

from services.collections.base import Base


class Reminder(Base):
    """What a customer was told of an invoice; `created_at` is by the organization's clock.

    `stage` is the policy's behind it, if there is one.
    """

    __tablename__ = "reminder"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID]
    invoice_id: Mapped[UUID]
    kind: Mapped[str]
    on_day: Mapped[date] = mapped_column(Date)
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    language: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]
    number: Mapped[str]
    currency: Mapped[str]
    open_minor: Mapped[int]
    due_on: Mapped[date] = mapped_column(Date)
    stage: Mapped[str | None]
