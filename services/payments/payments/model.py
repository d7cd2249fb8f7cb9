"""Payments and allocations as rows, for reading; they are written by `statements` alone."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.payments.base import Base


class Payment(Base):
    """Money that arrived; never changed afterwards."""

    __tablename__ = "payment"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    method: Mapped[str]
    reference: Mapped[str | None]
    received_on: Mapped[date]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID | None]
    deposit_account_id: Mapped[UUID]
    provider: Mapped[str | None]


class ShownPayment(Base):
    """A payment as lists show it: money, or what a card processor is to collect.

    A view of `payment` and `payment_intent`; what of the latter is not a payment yet is `shown`.
    """

    __tablename__ = "payment_shown"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    method: Mapped[str]
    reference: Mapped[str | None]
    received_on: Mapped[date]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID | None]
    deposit_account_id: Mapped[UUID | None]
    provider: Mapped[str | None]
    shown: Mapped[bool]
    under_way: Mapped[str | None]


class Allocation(Base):
    """Money of a payment put against an invoice; a negative one takes another back."""

    __tablename__ = "allocation"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    payment_id: Mapped[UUID]
    invoice_id: Mapped[UUID]
    amount_minor: Mapped[int]
    reverses: Mapped[UUID | None]
    made_at: Mapped[datetime]
