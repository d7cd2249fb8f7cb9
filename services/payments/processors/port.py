"""What we ask of a card processor, and in which words it answers.

An adapter translates; it decides nothing. Every report of a thing at the processor
(`IntentReport`, `RefundReport`, `DisputeReport`) says what the thing is, not what happened
to it, so reports may come from answers and webhooks alike, late, twice and in any order.

A call that fails raises one of two things. `ProcessorRefused`: the processor has decided,
asking again changes nothing. `ProcessorUnavailable`: it is not known whether anything
happened; the same call with the same `key` may be made again and happens once.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from shared.contracts.payments import DisputeStatus, PaymentMethod
from shared.money import Money


class Provider(StrEnum):
    """The processors we have an adapter for."""

    STRIPE = "stripe"
    LOCAL = "local"


class IntentStatus(StrEnum):
    """Where a payment at a processor stands; only `succeeded` is money."""

    PREPARING = "preparing"
    CREATED = "created"
    PROCESSING = "processing"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SUCCEEDED = "succeeded"


class RefundStatus(StrEnum):
    """Where a refund at a processor stands; only `succeeded` is money."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class IntentReport:
    """A payment as the processor knew it at an instant."""

    provider_intent_id: str
    status: IntentStatus
    at: datetime
    received: Money | None = None
    """What came in, once it has succeeded."""
    reason: str | None = None
    payment_id: UUID | None = None
    """Ours, if the processor was told."""
    client_secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class RefundReport:
    """A refund as the processor knew it at an instant."""

    provider_refund_id: str
    provider_intent_id: str
    amount: Money
    status: RefundStatus
    at: datetime
    reason: str | None = None
    refund_id: UUID | None = None
    """Ours, if it was begun here."""


@dataclass(frozen=True, slots=True)
class DisputeReport:
    """A dispute as the processor knew it at an instant."""

    provider_dispute_id: str
    provider_intent_id: str
    amount: Money
    status: DisputeStatus
    at: datetime
    reason: str


Report = IntentReport | RefundReport | DisputeReport


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """What a webhook reports; nothing when it is of no concern to us."""

    id: str
    type: str
    reports: tuple[Report, ...]
    look_at: str | None = None
    """A payment of which the event says too little: the processor is to be asked about it."""


@dataclass(frozen=True, slots=True)
class NewIntent:
    """A payment we want the processor to collect."""

    payment_id: UUID
    organization_id: UUID
    amount: Money
    method: PaymentMethod
    description: str

    @property
    def key(self) -> str:
        """The idempotency key: the same for ever, whoever asks."""
        return f"duesline-intent-{self.payment_id}"


@dataclass(frozen=True, slots=True)
class NewRefund:
    """Money of a payment we want the processor to give back."""

    refund_id: UUID
    provider_intent_id: str
    amount: Money

    @property
    def key(self) -> str:
        """The idempotency key: the same for ever, whoever asks."""
        return f"duesline-refund-{self.refund_id}"


class ProcessorRefused(Exception):
    """The processor said no; the same request would be refused again."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class ProcessorUnavailable(Exception):
    """No answer, or none that says what happened."""

    def __init__(self, message: str, *, an_outage: bool = True) -> None:
        """`an_outage=False` for what is no sign of one, as being told to slow down."""
        super().__init__(message)
        self.an_outage = an_outage


class Processor(Protocol):
    """One organization's account at a processor."""

    async def create_intent(self, wanted: NewIntent) -> IntentReport:
        """Have a payment collected; the answer has the client secret."""

    async def cancel_intent(self, provider_intent_id: str) -> IntentReport:
        """Give a payment up; raises ProcessorRefused when it can no longer be given up."""

    async def retrieve(self, provider_intent_id: str) -> IntentReport:
        """A payment as it is now, with its client secret."""

    async def refund(self, wanted: NewRefund) -> RefundReport:
        """Give money back."""

    async def returns_of(self, provider_intent_id: str) -> tuple[Report, ...]:
        """Every refund and dispute of a payment as it is now."""
