"""What the payments service announces: money received and what it was put against."""

from datetime import date, datetime
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
    deposit_account_id: UUID | None = Field(None, description="Where the money landed.")
    provider: str | None = Field(None, description="The card processor it came through.")


class PendingFacts(Contract):
    """A payment under way: not money yet."""

    payment_id: UUID
    customer_id: UUID
    invoice_id: UUID | None = Field(description="None: for whatever the customer owes.")
    line_id: UUID | None
    amount_minor: int = Field(gt=0)
    currency: str
    method: PaymentMethod
    provider: str


class PaymentPending(EventData, PendingFacts, type="payments.payment-pending.v1"):
    """A payer has confirmed a payment and the processor has not decided yet.

    Until `expires_at` collections may honour it as if it were paid.
    """

    expires_at: datetime


class PaymentFailed(EventData, PendingFacts, type="payments.payment-failed.v1"):
    """A payment under way came to nothing: it was declined, cancelled or ran out."""

    cancelled: bool = False
    reason: str


class ReturnFacts(Contract):
    """Money of a payment that went away again, and where that leaves the payment.

    `returned_minor` is the sum over all returns of the payment, whatever their kind.
    """

    return_id: UUID
    payment_id: UUID
    customer_id: UUID
    amount_minor: int = Field(gt=0)
    currency: str
    returned_minor: int = Field(gt=0)
    returned_on: date
    reason: str


class PaymentRefunded(EventData, ReturnFacts, type="payments.payment-refunded.v1"):
    """Money was given back to the payer."""


class PaymentReversed(EventData, ReturnFacts, type="payments.payment-reversed.v1"):
    """A payment turned out not to be one: a check without cover, a slip of the cashier."""


class PaymentChargedBack(EventData, ReturnFacts, type="payments.payment-charged-back.v1"):
    """The payer's bank took the money back."""


class DisputeStatus(StrEnum):
    """Where a payer's dispute with the bank stands."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class PaymentDisputed(EventData, type="payments.payment-disputed.v1"):
    """A payer disputes a payment with the bank, or that dispute was closed.

    No money moves by this: a lost dispute is followed by payment-charged-back.
    """

    dispute_id: UUID
    payment_id: UUID
    customer_id: UUID
    amount_minor: int = Field(gt=0)
    currency: str
    status: DisputeStatus
    reason: str


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
    recovered_minor: int = Field(
        0,
        ge=0,
        description="Deprecated, read by nobody: of what was written off, the part that money has"
        " come for. Derive it: allocated + credited + written off - total, at least 0.",
    )


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
