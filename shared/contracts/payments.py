"""What the payments service announces: money received and what it was put against."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from shared.contracts.event import Contract, EventData


class PaymentMethod(StrEnum):
    """How money arrived."""

    CASH = "cash"
    CARD = "card"
    BANK_TRANSFER = "bank_transfer"
    CHECK = "check"
    WALLET = "wallet"
    OTHER = "other"


class PaymentReceived(EventData, type="payments.payment-received.v1"):
    """Money has arrived and is final. Once per payment; never for an authorisation."""

    payment_id: UUID
    customer_id: UUID
    amount_minor: int = Field(gt=0)
    currency: str
    method: PaymentMethod
    reference: str | None
    received_on: date
    credited_minor: int = Field(ge=0, description="The part booked as account credit.")


class AllocationFacts(Contract):
    """One movement of money for one invoice, and where that leaves the invoice.

    `allocated_minor` and `receivable_version` are the receivable's new state: a reader
    keeps the state with the highest version and ignores the rest.
    """

    allocation_id: UUID
    payment_id: UUID
    invoice_id: UUID
    customer_id: UUID
    line_id: UUID | None
    amount_minor: int = Field(gt=0)
    currency: str
    received_on: date
    allocated_minor: int = Field(ge=0)
    open_minor: int = Field(ge=0)
    receivable_version: int = Field(ge=1)


class AllocationMade(EventData, AllocationFacts, type="payments.allocation-made.v1"):
    """Money was put against an invoice."""


class AllocationReversed(EventData, AllocationFacts, type="payments.allocation-reversed.v1"):
    """An allocation was taken back; `allocation_id` is the reversing movement's."""


class CreditChanged(EventData, type="payments.credit-changed.v1"):
    """A customer's account credit moved; the new balance."""

    customer_id: UUID
    currency: str
    balance_minor: int = Field(ge=0)
    version: int
