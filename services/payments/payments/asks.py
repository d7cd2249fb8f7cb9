"""What a payer asks for, and what became of it."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from services.payments.payments.parts import Part, Verdict
from services.payments.payments.rules import Refusal, Surplus, Target, refusal
from shared.contracts.payments import PaymentMethod
from shared.ids import new_id
from shared.money import Money, exponent


@dataclass(frozen=True, slots=True)
class Ask:
    """Money that someone brings, and the key under which it is taken once.

    `target_id` is an invoice or a customer: which of them, says the function it is given to.
    """

    organization_id: UUID
    target_id: UUID
    amount: Money
    method: PaymentMethod
    key: str
    fingerprint: bytes
    reference: str | None = None
    received_on: date | None = None
    """Today on the organization's calendar when left out."""
    surplus: Surplus | None = None
    """As the organization's settings say when left out."""
    deposit_account_id: UUID | None = None
    """Where the method's money lands when left out."""
    provider: str | None = None
    """The card processor it came through."""
    recorded_by: UUID | None = None
    traceparent: str | None = None
    parts: tuple[Part, ...] = ()
    """What each of several invoices shall get; `target_id` is then the first of them."""
    payment_id: UUID = field(default_factory=new_id)

    def facts(self) -> dict[str, Any]:
        """The members of `statements.ASK_COLUMNS`."""
        return {
            "payment_id": str(self.payment_id),
            "amount_minor": self.amount.minor,
            "currency": self.amount.currency,
            "exponent": exponent(self.amount.currency),
            "amount": self.amount.decimal_text,
            "method": self.method.value,
            "reference": self.reference,
            "received_on": self.received_on and self.received_on.isoformat(),
            "recorded_by": self.recorded_by and str(self.recorded_by),
            "credit_surplus": self.surplus and self.surplus is Surplus.CREDIT,
            "deposit_account_id": self.deposit_account_id and str(self.deposit_account_id),
            "provider": self.provider,
            "key": self.key,
            "fingerprint": "\\x" + self.fingerprint.hex(),
            "traceparent": self.traceparent,
        }


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an ask: its answer when it was recorded, or what it was judged by."""

    answer: bytes | None
    """The payment as JSON, when this call recorded it."""
    today: date | None
    """By the organization's calendar; None while the organization is not known here."""
    target: Target | None
    customer_id: UUID | None = None
    surplus: Surplus = Surplus.REFUSE
    """What was asked for, else what the organization's settings say."""
    landed_in: UUID | None = None
    """The deposit account that takes the money; None when there is none."""

    verdict: Verdict | None = None
    """What is wrong with one of several invoices."""

    def refusal(self, ask: Ask) -> Refusal | None:
        """Why nothing was recorded; None when the key already had its answer."""
        if self.today is None:
            return Refusal.UNKNOWN
        if self.verdict is not None:
            return self.verdict.why
        received_on = ask.received_on or self.today
        why = refusal(self.target, ask.amount, received_on, self.today, self.surplus)
        if why is None and self.landed_in is None:
            return Refusal.NOWHERE_TO_LAND
        return why
