"""Agreements as stored."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from services.collections.agreements.rules import AgreementStatus
from services.collections.base import Base


class Agreement(Base):
    """A promise, a plan or an offer: an amount to come by its days."""

    __tablename__ = "agreement"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    case_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    line_id: Mapped[UUID | None]
    kind: Mapped[str]
    status: Mapped[str] = mapped_column(default=AgreementStatus.OPEN.value)
    currency: Mapped[str]
    amount_minor: Mapped[int]
    fee_minor: Mapped[int] = mapped_column(default=0)
    debt_minor: Mapped[int]
    invoice_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list)
    fee_invoice_id: Mapped[UUID | None]
    received_minor: Mapped[int] = mapped_column(default=0)
    grace_days: Mapped[int] = mapped_column(default=0)
    restores: Mapped[bool] = mapped_column(default=False)
    made_on: Mapped[date]
    made_at: Mapped[datetime]
    made_by: Mapped[UUID]
    last_on: Mapped[date]
    judge_on: Mapped[date | None]
    note: Mapped[str | None]
    ended_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)


class InstalmentRow(Base):
    """One day of an agreement, and what is to come by it."""

    __tablename__ = "instalment"

    agreement_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    due_on: Mapped[date]
    amount_minor: Mapped[int]


class ReceiptRow(Base):
    """What a payment has brought since an agreement."""

    __tablename__ = "agreement_receipt"

    agreement_id: Mapped[UUID] = mapped_column(primary_key=True)
    payment_id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    received_on: Mapped[date]
    amount_minor: Mapped[int]
