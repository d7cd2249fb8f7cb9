"""Stripe's objects as our reports; the local processor speaks the same.

Reads what it needs and bears whatever else is there or missing, so that an account's API
version does not matter: objects of 2017 and of today are read alike.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import orjson

from services.payments.processors.port import (
    DisputeReport,
    IntentReport,
    IntentStatus,
    ProviderEvent,
    RefundReport,
    RefundStatus,
    Report,
)
from shared.contracts.payments import DisputeStatus
from shared.money import Money, exponent

# ISO 4217 gives these no decimals; Stripe still writes two.
TWO_DECIMALS_ANYWAY: Final = frozenset({"ISK", "UGX"})
PAYMENT_ID: Final = "payment_id"
REFUND_ID: Final = "refund_id"

INTENT_STATUS: Final = {
    "requires_payment_method": IntentStatus.CREATED,
    "requires_confirmation": IntentStatus.CREATED,
    "requires_action": IntentStatus.CREATED,
    "processing": IntentStatus.PROCESSING,
    "requires_capture": IntentStatus.PROCESSING,
    "canceled": IntentStatus.CANCELLED,
    "succeeded": IntentStatus.SUCCEEDED,
}
REFUND_STATUS: Final = {
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.FAILED,
}
DISPUTE_STATUS: Final = {
    "won": DisputeStatus.WON,
    "warning_closed": DisputeStatus.WON,
    "prevented": DisputeStatus.WON,
    "lost": DisputeStatus.LOST,
}
Object = Mapping[str, Any]


def to_wire(amount: Money) -> int:
    """An amount as the processor counts it."""
    return amount.minor * (100 if amount.currency in TWO_DECIMALS_ANYWAY else 1)


def from_wire(units: int, currency: str) -> Money:
    """An amount as we count it; raises ValueError for one that cannot be paid out in coins."""
    code = currency.upper()
    exponent(code)
    if code not in TWO_DECIMALS_ANYWAY:
        return Money(int(units), code)
    whole, rest = divmod(int(units), 100)
    if rest:
        raise ValueError(f"{units} is no whole amount of {code}")
    return Money(whole, code)


def instant(seconds: int) -> datetime:
    """A Unix time."""
    return datetime.fromtimestamp(seconds, UTC)


def second(at: datetime) -> datetime:
    """An instant as exact as processors tell them, so that answers and webhooks compare."""
    return at.replace(microsecond=0)


def intent(found: Object, at: datetime) -> IntentReport:
    """A PaymentIntent as it was at an instant."""
    status = INTENT_STATUS.get(found["status"], IntentStatus.CREATED)
    error = found.get("last_payment_error") or {}
    reason = error.get("code") or error.get("message")
    if status is IntentStatus.CREATED and error:
        status = IntentStatus.FAILED
    elif status is IntentStatus.CANCELLED:
        reason = found.get("cancellation_reason") or reason
    received = None
    if status is IntentStatus.SUCCEEDED:
        came = found.get("amount_received")
        received = from_wire(found["amount"] if came is None else came, found["currency"])
    return IntentReport(
        provider_intent_id=found["id"],
        status=status,
        at=second(at),
        received=received,
        reason=reason,
        payment_id=_our_id(found, PAYMENT_ID),
        client_secret=found.get("client_secret"),
    )


def refund(found: Object, at: datetime) -> RefundReport | None:
    """A Refund as it was at an instant; None for one of a payment without an intent."""
    of = _id(found.get("payment_intent"))
    if of is None:
        return None
    return RefundReport(
        provider_refund_id=found["id"],
        provider_intent_id=of,
        amount=from_wire(found["amount"], found["currency"]),
        status=REFUND_STATUS.get(found.get("status") or "succeeded", RefundStatus.PENDING),
        at=second(at),
        reason=found.get("failure_reason") or found.get("reason"),
        refund_id=_our_id(found, REFUND_ID),
    )


def dispute(found: Object, at: datetime) -> DisputeReport | None:
    """A Dispute as it was at an instant; None for one of a payment without an intent."""
    of = _id(found.get("payment_intent"))
    if of is None:
        return None
    return DisputeReport(
        provider_dispute_id=found["id"],
        provider_intent_id=of,
        amount=from_wire(found["amount"], found["currency"]),
        status=DISPUTE_STATUS.get(found["status"], DisputeStatus.OPEN),
        at=second(at),
        reason=found.get("reason") or "unknown",
    )


def head(body: bytes) -> tuple[str, str]:
    """The id and type of an event; raises ValueError for what is none."""
    found = orjson.loads(body)
    if not isinstance(found, dict):
        raise ValueError("an event is a JSON object")
    id_, type_ = found.get("id"), found.get("type")
    for text in (id_, type_):
        if not isinstance(text, str) or not 0 < len(text) <= 255 or "\0" in text:
            raise ValueError("an event has an id and a type")
    return str(id_), str(type_)


def event(body: bytes) -> ProviderEvent:
    """What an event reports; raises ValueError when it lacks what its type should have."""
    id_, type_ = head(body)
    try:
        found = orjson.loads(body)
        at, data = instant(found["created"]), found["data"]["object"]
        reports, look_at = _reports(type_, data, at)
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"{type_} lacks what it should have: {error!r}") from error
    return ProviderEvent(id_, type_, reports, look_at)


def _reports(type_: str, data: Object, at: datetime) -> tuple[tuple[Report, ...], str | None]:
    if type_.startswith("payment_intent."):
        return _intents(type_, data, at), None
    if type_.startswith("charge.dispute."):
        return _some(dispute(data, at)), None
    if type_ == "charge.refunded":
        refunds = (data.get("refunds") or {}).get("data") or ()
        reports = tuple(found for each in refunds for found in _some(_of_charge(each, data, at)))
        return reports, None if reports else _id(data.get("payment_intent"))
    if type_.startswith(("refund.", "charge.refund.")):
        return _some(refund(data, at)), None
    return (), None


def _intents(type_: str, data: Object, at: datetime) -> tuple[Report, ...]:
    """The report of an intent; a failed attempt is one even where the object is silent of it."""
    report = intent(data, at)
    if type_ == "payment_intent.payment_failed" and report.status is IntentStatus.CREATED:
        report = intent({**data, "last_payment_error": {"code": "payment_failed"}}, at)
    return (report,)


def _of_charge(found: Object, charge: Object, at: datetime) -> RefundReport | None:
    """A refund inside a charge, which may say what the refund leaves out."""
    return refund({**found, "payment_intent": charge.get("payment_intent")}, at)


def _some(report: Report | None) -> tuple[Report, ...]:
    return () if report is None else (report,)


def _id(found: Any) -> str | None:
    """The id of what may have been expanded into an object."""
    if isinstance(found, Mapping):
        found = found.get("id")
    return None if found is None else str(found)


def _our_id(found: Object, name: str) -> UUID | None:
    text = (found.get("metadata") or {}).get(name)
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
