"""Deposit accounts, transfers and the journal as rows, for the lists."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.payments.base import Base


class DepositAccount(Base):
    """Where money lands."""

    __tablename__ = "deposit_account"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    name: Mapped[str]
    kind: Mapped[str]
    currency: Mapped[str]
    active: Mapped[bool]
    version: Mapped[int]
    created_at: Mapped[datetime]


class DepositTransfer(Base):
    """Money moved between accounts; without one side, it came from or went elsewhere."""

    __tablename__ = "deposit_transfer"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    from_account_id: Mapped[UUID | None]
    to_account_id: Mapped[UUID | None]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    description: Mapped[str]
    booked_on: Mapped[date]
    reverses: Mapped[UUID | None]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID | None]


class JournalEntry(Base):
    """One side of a posting: debits are positive, credits negative."""

    __tablename__ = "journal_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    posting_id: Mapped[UUID]
    account: Mapped[str]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    customer_id: Mapped[UUID | None]
    payment_id: Mapped[UUID | None]
    invoice_id: Mapped[UUID | None]
    deposit_account_id: Mapped[UUID | None]
    booked_on: Mapped[date]
    memo: Mapped[str | None]
    recorded_at: Mapped[datetime]
