"""Deposit accounts and their transfers as the API takes and shows them."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from services.payments.deposits.rules import DepositKind
from shared.contracts.payments import PaymentMethod
from shared.money import MoneyIn, MoneyOut

Instant = Annotated[datetime, AfterValidator(lambda instant: instant.astimezone(UTC))]
Label = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f]*$"
    ),
]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class DepositAccountIn(BaseModel):
    """A new deposit account."""

    model_config = ConfigDict(extra="forbid")

    name: Label
    kind: DepositKind
    currency: Currency | None = Field(None, description="The organization's when left out.")
    default_for: list[PaymentMethod] = Field(
        default_factory=list,
        max_length=6,
        description="Money of these methods lands here when a payment names no account.",
    )


class DepositAccountChange(BaseModel):
    """What to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: Label | None = None
    active: bool | None = Field(None, description="A closed account takes no more money.")
    default_for: list[PaymentMethod] | None = Field(None, max_length=6)


class DepositAccountOut(BaseModel):
    """Where money lands, and how much of it is there."""

    id: UUID
    name: str
    kind: DepositKind
    currency: str
    active: bool
    balance: MoneyOut = Field(description="The sum of its journal entries.")
    default_for: list[PaymentMethod]
    version: int
    created_at: Instant

    @classmethod
    def of(cls, row: dict[str, Any]) -> Self:
        """An account from the columns of `store.ACCOUNTS`."""
        return cls.model_validate(
            row | {"balance": MoneyOut.of(row["balance_minor"], row["currency"])}
        )


class TransferIn(BaseModel):
    """Money to move. Without `from_account_id` it was there before all this (an opening
    balance); without `to_account_id` it left for good."""

    model_config = ConfigDict(extra="forbid")

    from_account_id: UUID | None = None
    to_account_id: UUID | None = None
    amount: MoneyIn
    description: Label
    booked_on: date | None = Field(
        None, description="Today on the organization's calendar when left out; never later."
    )

    @model_validator(mode="after")
    def _two_sides(self) -> "TransferIn":
        if self.from_account_id == self.to_account_id:
            raise ValueError("give two different accounts, or one of the two sides")
        return self


class ReversalIn(BaseModel):
    """Why a transfer is undone."""

    model_config = ConfigDict(extra="forbid")

    reason: Label


class TransferOut(BaseModel):
    """Money moved between deposit accounts."""

    id: UUID
    from_account_id: UUID | None
    to_account_id: UUID | None
    amount: MoneyOut
    description: str
    booked_on: date
    reverses: UUID | None = Field(description="The transfer that this one undoes.")
    recorded_at: Instant
    recorded_by: UUID | None

    @classmethod
    def of(cls, row: dict[str, Any]) -> Self:
        """A transfer from its columns."""
        return cls.model_validate(
            row | {"amount": MoneyOut.of(row["amount_minor"], row["currency"])}
        )


class EntryOut(BaseModel):
    """One side of a posting of the journal."""

    id: int
    posting_id: UUID
    account: str = Field(
        description="`deposit`: of a deposit account; `receivable`: of an invoice; `credit`: of"
        " a customer; `opening`: what was there before, or left for good."
    )
    debit: MoneyOut | None
    credit: MoneyOut | None
    deposit_account_id: UUID | None
    invoice_id: UUID | None
    customer_id: UUID | None
    payment_id: UUID | None
    booked_on: date
    memo: str | None
    recorded_at: Instant

    @classmethod
    def of(cls, row: dict[str, Any]) -> Self:
        """An entry from its columns."""
        minor = row["amount_minor"]
        side = "debit" if minor > 0 else "credit"
        amount = MoneyOut.of(abs(minor), row["currency"])
        return cls.model_validate(row | {"debit": None, "credit": None} | {side: amount})
