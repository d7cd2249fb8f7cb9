"""Account credit as rows, for the lists."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.payments.base import Base


class AccountCredit(Base):
    """What a customer has paid and not yet allocated, in one currency."""

    __tablename__ = "account_credit"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    currency: Mapped[str]
    balance_minor: Mapped[int]
    version: Mapped[int]


class CreditMovement(Base):
    """One change of an account credit; the balance is the sum of its movements."""

    __tablename__ = "credit_movement"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    currency: Mapped[str]
    amount_minor: Mapped[int]
    reason: Mapped[str]
    payment_id: Mapped[UUID]
    allocation_id: Mapped[UUID | None]
    return_id: Mapped[UUID | None]
    moved_at: Mapped[datetime]
