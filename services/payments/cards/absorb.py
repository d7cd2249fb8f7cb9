"""Taking in what processors report, from webhooks and answers alike.

Facts only: no money moves here. What the facts make due (a payment to record, money to
give back) is found and done by `settle`, so a report may come in before the one it stands
on, and nothing is lost or done twice.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from services.payments.cards import rules, store
from services.payments.cards.rules import DisputeStanding, RefundStanding, Standing
from services.payments.cards.store import Row
from services.payments.environment import settings
from services.payments.processors.port import (
    DisputeReport,
    IntentReport,
    IntentStatus,
    RefundReport,
    RefundStatus,
    Report,
)
from shared.contracts.payments import (
    DisputeStatus,
    PaymentDisputed,
    PaymentFailed,
    PaymentPending,
)
from shared.db import Connection
from shared.ids import new_id
from shared.money import Money
from shared.outbox import Outgoing, emit
from shared.tenancy import load_organizations

R = TypeVar("R")
Key = tuple[UUID, str, str]


@dataclass(frozen=True, slots=True)
class Heard:
    """A report, from which organization's account at which provider."""

    organization_id: UUID
    provider: str
    report: Report

    @property
    def key(self) -> Key:
        """The payment it is about, in the processor's words."""
        return self.organization_id, self.provider, self.report.provider_intent_id


@dataclass(slots=True)
class Absorbed:
    """What became of reports."""

    intents: dict[Key, Row] = field(default_factory=dict)
    """Where the payments they are about stand now; a key that is missing is none of ours."""


async def absorb(tx: Connection, heard: Sequence[Heard]) -> Absorbed:
    """Take reports in, and announce what they change.

    A constant number of statements, whatever their number; any order, any repetition.
    """
    rows = await store.lock_intents(tx, [_named(each) for each in heard])
    found = Absorbed(_matched(heard, rows))
    intents = {row["id"]: row for row in found.intents.values()}
    if not intents:
        return found
    changed = await _absorb_intents(tx, heard, found)
    await _absorb_refunds(tx, heard, found)
    disputed = await _absorb_disputes(tx, heard, found)
    await emit(tx, [*changed, *disputed])
    return found


def _named(heard: Heard) -> Row:
    report = heard.report
    return {
        "organization_id": heard.organization_id,
        "provider": heard.provider,
        "provider_intent_id": report.provider_intent_id,
        "payment_id": report.payment_id if isinstance(report, IntentReport) else None,
    }


def _matched(heard: Sequence[Heard], rows: Iterable[Row]) -> dict[Key, Row]:
    """The intent of each key; one that is new to the processor's id takes it."""
    by_id = {row["id"]: row for row in rows}
    matched = {
        (row["organization_id"], row["provider"], row["provider_intent_id"]): row
        for row in by_id.values()
        if row["provider_intent_id"] is not None
    }
    for each in heard:
        report = each.report
        if each.key in matched or not isinstance(report, IntentReport) or not report.payment_id:
            continue
        row = by_id.get(report.payment_id)
        if row is None or row["provider_intent_id"] is not None:
            continue
        if (row["organization_id"], row["provider"]) == (each.organization_id, each.provider):
            row["provider_intent_id"] = report.provider_intent_id
            row["status"] = max(row["status"], IntentStatus.CREATED, key=_finality)
            matched[each.key] = row
    return matched


def _finality(status: str) -> int:
    return rules.FINALITY[IntentStatus(status)]


def standing_of(row: Row) -> Standing:
    """Where a payment intent stands by its row."""
    minor = row["received_minor"]
    received = None if minor is None else Money(minor, row["currency"])
    return Standing(IntentStatus(row["status"]), row["status_at"], received, row["reason"])


def _of(kind: type[R], heard: Sequence[Heard], found: Absorbed) -> list[tuple[Row, R]]:
    """The reports of one kind, each with its payment's intent."""
    return [
        (found.intents[each.key], each.report)
        for each in heard
        if isinstance(each.report, kind) and each.key in found.intents
    ]


async def _absorb_intents(
    tx: Connection, heard: Sequence[Heard], found: Absorbed
) -> list[Outgoing]:
    before = {row["id"]: standing_of(row) for row in found.intents.values()}
    after = dict(before)
    for row, report in _of(IntentReport, heard, found):
        after[row["id"]] = rules.joined(after[row["id"]], Standing.by(report))
    organizations = await load_organizations(
        tx, {row["organization_id"] for row in found.intents.values()}
    )
    rows, events = {}, []
    for row in found.intents.values():
        now = after[row["id"]]
        rows[row["id"]] = row
        if now == before[row["id"]]:
            continue
        organization = organizations.get(row["organization_id"])
        offset = organization.clock_offset if organization else timedelta()
        _stand(row, before[row["id"]], now, offset)
        events += _said(row, before[row["id"]], now)
    await store.write_intents(tx, rows.values())
    return events


def _stand(row: Row, before: Standing, now: Standing, offset: timedelta) -> None:
    row |= {"status": now.status.value, "status_at": now.at, "reason": now.reason}
    row["received_minor"] = now.received.minor if now.received else None
    if now.status is IntentStatus.PROCESSING and before.status is not now.status:
        row["expires_at"] = now.at + offset + timedelta(hours=settings().pending_hours)
    if now.received is not None and now.received.currency != row["currency"]:
        row["set_aside"] = f"{now.received} came in, {row['currency']} was asked for"


def _said(row: Row, before: Standing, now: Standing) -> list[Outgoing]:
    """What a change is worth saying; a payment that came in is announced when recorded."""
    if now.status is before.status:
        return []
    facts: dict[str, Any] = {
        name: row[name]
        for name in ("customer_id", "invoice_id", "line_id", "amount_minor", "currency")
    }
    facts |= {"payment_id": row["id"], "method": row["method"], "provider": row["provider"]}
    data: PaymentPending | PaymentFailed
    if now.status is IntentStatus.PROCESSING:
        data = PaymentPending(**facts, expires_at=row["expires_at"])
    elif now.status in (IntentStatus.FAILED, IntentStatus.CANCELLED):
        cancelled = now.status is IntentStatus.CANCELLED
        reason = now.reason or now.status.value
        data = PaymentFailed(**facts, cancelled=cancelled, reason=reason)
    else:
        return []
    return [Outgoing(data, row["organization_id"], row["id"])]


async def _absorb_refunds(tx: Connection, heard: Sequence[Heard], found: Absorbed) -> None:
    reports = _of(RefundReport, heard, found)
    if not reports:
        return
    known = await store.lock_refunds(tx, {intent["id"] for intent, _ in reports})
    by_id = {row["id"]: row for row in known}
    by_name = {(row["payment_id"], row["provider_refund_id"]): row for row in known}
    touched: dict[UUID, Row] = {}
    for intent, report in reports:
        row = by_name.get((intent["id"], report.provider_refund_id))
        if row is None:
            row = by_id.get(report.refund_id) if report.refund_id else None
            if row is not None and row["payment_id"] != intent["id"]:
                row = None
        if row is None or row["provider_refund_id"] not in (None, report.provider_refund_id):
            row = _new_refund(intent, report)
        row["provider_refund_id"] = report.provider_refund_id
        by_name[intent["id"], report.provider_refund_id] = row
        now = RefundStanding(RefundStatus(row["status"]), row["status_at"], row["failure"])
        now = now.joined(RefundStanding.by(report))
        row |= {"status": now.status.value, "status_at": now.at, "failure": now.failure}
        touched[row["id"]] = row
    await store.write_refunds(tx, touched.values())


def _new_refund(intent: Row, report: RefundReport) -> Row:
    """A refund that was begun at the processor."""
    return {
        "id": new_id(),
        "organization_id": intent["organization_id"],
        "payment_id": intent["id"],
        "provider": intent["provider"],
        "provider_refund_id": report.provider_refund_id,
        "amount_minor": report.amount.minor,
        "currency": report.amount.currency,
        "reason": "begun at the processor",
        "status": report.status.value,
        "status_at": report.at,
        "failure": None,
        "created_at": report.at,
    }


async def _absorb_disputes(
    tx: Connection, heard: Sequence[Heard], found: Absorbed
) -> list[Outgoing]:
    reports = _of(DisputeReport, heard, found)
    if not reports:
        return []
    known = await store.lock_disputes(tx, {intent["id"] for intent, _ in reports})
    rows = {(row["payment_id"], row["provider_dispute_id"]): row for row in known}
    before = {name: row["status"] for name, row in rows.items()}
    touched: dict[tuple[UUID, str], Row] = {}
    for intent, report in reports:
        name = intent["id"], report.provider_dispute_id
        row = rows.setdefault(name, _new_dispute(intent, report))
        now = DisputeStanding(DisputeStatus(row["status"]), row["status_at"])
        now = now.joined(DisputeStanding.by(report))
        row |= {"status": now.status.value, "status_at": now.at}
        row["opened_at"] = min(row["opened_at"], report.at)
        touched[name] = row
    await store.write_disputes(tx, touched.values())
    return [
        Outgoing(_disputed(row), row["organization_id"], row["payment_id"])
        for name, row in touched.items()
        if before.get(name) != row["status"]
    ]


def _new_dispute(intent: Row, report: DisputeReport) -> Row:
    return {
        "id": new_id(),
        "organization_id": intent["organization_id"],
        "payment_id": intent["id"],
        "customer_id": intent["customer_id"],
        "provider": intent["provider"],
        "provider_dispute_id": report.provider_dispute_id,
        "amount_minor": report.amount.minor,
        "currency": report.amount.currency,
        "reason": report.reason,
        "status": report.status.value,
        "status_at": report.at,
        "opened_at": report.at,
    }


def _disputed(row: Row) -> PaymentDisputed:
    return PaymentDisputed(
        dispute_id=row["id"],
        payment_id=row["payment_id"],
        customer_id=row["customer_id"],
        amount_minor=row["amount_minor"],
        currency=row["currency"],
        status=DisputeStatus(row["status"]),
        reason=row["reason"],
    )
