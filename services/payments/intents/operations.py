"""Beginning a card payment and giving it up, so that a crash at any point loses nothing.

Beginning: the row is committed, then the processor is asked under a key made of the row's
id, then what it answered is taken in. Whoever repeats the request with its Idempotency-Key
goes on from where it stopped; what nobody goes on with, `cards.reconcile` ends. No
transaction is open while a processor is asked.
"""

import asyncio
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.payments.cards.absorb import Heard, absorb
from services.payments.intents import store
from services.payments.intents.problems import IntentClosed, NothingOpen
from services.payments.intents.store import Row
from services.payments.payments.problems import (
    CurrencyMismatch,
    CustomerUnknown,
    Overpayment,
    ReceivableUnknown,
    ReceivableVoid,
)
from services.payments.processors import operations as processors
from services.payments.processors.calls import Guarded
from services.payments.processors.port import (
    IntentReport,
    IntentStatus,
    NewIntent,
    ProcessorRefused,
    Report,
)
from services.payments.processors.problems import NoProcessor, ProcessorSaysNo
from shared import clock
from shared.contracts.payments import PaymentMethod
from shared.db import Connection, Database
from shared.idempotency import KeyReused
from shared.ids import new_id
from shared.money import Money, MoneyError, MoneyIn
from shared.problems import NotFound
from shared.telemetry import current_traceparent
from shared.tenancy import load_organization

FIRST_WAIT_SECONDS: Final = 0.01
LONGEST_WAIT_SECONDS: Final = 3.0
CLOSED: Final = (IntentStatus.CANCELLED, IntentStatus.SUCCEEDED)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A card payment somebody wants to begin: for an invoice, or for a customer's debts."""

    invoice_id: UUID | None
    customer_id: UUID | None
    amount: MoneyIn | None
    method: PaymentMethod
    created_by: UUID | None


@dataclass(frozen=True, slots=True)
class Begun:
    """A card payment at its processor, and what the payer's browser needs to confirm it."""

    row: Row
    client_secret: str | None
    publishable_key: str | None


async def begin(
    database: Database, organization_id: UUID, wanted: Wanted, key: str, fingerprint: bytes
) -> Begun:
    """Begin a card payment, or go on with the one that the key has begun.

    Raises the problem of a refusal: nothing is charged, and the key may be used again.
    """
    row = await _row(database, organization_id, wanted, key, fingerprint)
    account = await processors.find_account(database, organization_id, row["provider"])
    if account is None:
        raise NoProcessor
    processor = processors.guarded(database, account)
    report = await _make_known(database, processor, row)
    row = await take_in(database, row, report)
    open_ = row["status"] not in CLOSED
    return Begun(row, report.client_secret if open_ else None, account.publishable_key)


async def _row(
    database: Database, organization_id: UUID, wanted: Wanted, key: str, fingerprint: bytes
) -> Row:
    """The row of a key, committed; an invoice issued a moment ago is waited for."""
    wait, waited = FIRST_WAIT_SECONDS, 0.0
    while True:
        try:
            async with database.transaction(organization_id) as tx:
                row = await store.by_key(tx, organization_id, key)
                if row is None:
                    await _add(tx, organization_id, wanted, key, fingerprint)
                    row = await store.by_key(tx, organization_id, key)
        except (ReceivableUnknown, CustomerUnknown):
            if waited + wait > LONGEST_WAIT_SECONDS:
                raise
        else:
            assert row is not None
            if bytes(row["fingerprint"]) != fingerprint:
                raise KeyReused
            return row
        await asyncio.sleep(wait)
        waited, wait = waited + wait, 2 * wait


async def _add(
    tx: Connection, organization_id: UUID, wanted: Wanted, key: str, fingerprint: bytes
) -> None:
    organization = await load_organization(tx, organization_id)
    account = await processors.active_provider(tx, organization_id)
    if account is None:
        raise NoProcessor
    if wanted.invoice_id is not None:
        target = await _invoice(tx, organization_id, wanted)
    else:
        target = await _customer(tx, organization_id, wanted, organization.currency)
    row = store.new_row(
        ids=(new_id(), organization_id, wanted.created_by),
        today=organization.today(),
        at=clock.now(),
        invoice_id=wanted.invoice_id,
        method=wanted.method.value,
        provider=account,
        idempotency_key=key,
        fingerprint=fingerprint,
        traceparent=current_traceparent(),
        **target,
    )
    await store.add(tx, row)


async def _invoice(tx: Connection, organization_id: UUID, wanted: Wanted) -> Row:
    """What is to be paid of an invoice: all that is open, or what is asked for of it."""
    assert wanted.invoice_id is not None
    found = await store.invoice(tx, organization_id, wanted.invoice_id)
    if found is None or (found["currency"] is None and not found["voided"]):
        raise ReceivableUnknown(wanted.invoice_id)
    if found["voided"]:
        raise ReceivableVoid(wanted.invoice_id)
    if found["payable_minor"] <= 0:
        raise NothingOpen(wanted.invoice_id)
    most = Money(found["payable_minor"], found["currency"])
    amount = Money(found["open_minor"] or most.minor, most.currency)
    if wanted.amount is not None:
        given = Money.parse(wanted.amount.amount, wanted.amount.currency or amount.currency)
        if given.currency != amount.currency:
            raise CurrencyMismatch(amount.currency, given.currency)
        if given > most:
            raise Overpayment(given, most.minor, found["customer_id"])
        amount = _positive(given)
    return _target(found["customer_id"], found["line_id"], amount)


async def _customer(tx: Connection, organization_id: UUID, wanted: Wanted, currency: str) -> Row:
    assert wanted.customer_id is not None
    assert wanted.amount is not None
    if not await store.knows_customer(tx, organization_id, wanted.customer_id):
        raise CustomerUnknown(wanted.customer_id)
    return _target(wanted.customer_id, None, _positive(wanted.amount.to_money(currency)))


def _positive(amount: Money) -> Money:
    if amount.minor <= 0:
        raise MoneyError("a payment is more than 0")
    return amount


def _target(customer_id: UUID, line_id: UUID | None, amount: Money) -> Row:
    return {
        "customer_id": customer_id,
        "line_id": line_id,
        "amount_minor": amount.minor,
        "currency": amount.currency,
    }


def new_intent(row: Row) -> NewIntent:
    """What the processor is asked to collect."""
    return NewIntent(
        payment_id=row["id"],
        organization_id=row["organization_id"],
        amount=Money(row["amount_minor"], row["currency"]),
        method=PaymentMethod(row["method"]),
        description=f"invoice {row['invoice_id']}" if row["invoice_id"] else "account",
    )


async def _make_known(database: Database, processor: Guarded, row: Row) -> IntentReport:
    """Have the processor know the payment; a refusal is noted at the row and raised."""
    try:
        with processors.failures_as_problems(processor.provider):
            if row["provider_intent_id"] is None:
                return await processor.create_intent(new_intent(row))
            return await processor.retrieve(row["provider_intent_id"])
    except ProcessorSaysNo as refusal:
        async with database.transaction(row["organization_id"]) as tx:
            await store.note(tx, row, str(refusal.members["code"]))
        raise


async def take_in(database: Database, row: Row, *reports: Report) -> Row:
    """Take a processor's answers about one payment in; the row as it is then."""
    async with database.transaction(row["organization_id"]) as tx:
        heard = [Heard(row["organization_id"], row["provider"], report) for report in reports]
        await absorb(tx, heard)
        found = await store.by_id(tx, row["organization_id"], row["id"])
    assert found is not None
    return found


async def find(database: Database, organization_id: UUID, payment_id: UUID) -> Row:
    """One intent; raises NotFound."""
    async with database.transaction(organization_id) as tx:
        row = await store.by_id(tx, organization_id, payment_id)
    if row is None:
        raise NotFound("payment intent", payment_id)
    return row


async def cancel(database: Database, organization_id: UUID, payment_id: UUID) -> Row:
    """Give a card payment up; twice is fine. Raises IntentClosed when it is too late.

    Money that comes in all the same is never lost: a success counts more than this.
    """
    row = await find(database, organization_id, payment_id)
    if row["provider_intent_id"] is None and row["status"] == IntentStatus.PREPARING:
        async with database.transaction(organization_id) as tx:
            await store.close(tx, row, IntentStatus.CANCELLED, clock.now(), "cancelled here")
        row = await find(database, organization_id, payment_id)
    if row["status"] == IntentStatus.CANCELLED:
        return row
    if row["status"] == IntentStatus.SUCCEEDED:
        raise IntentClosed(payment_id, row["status"])
    processor = await processors.processor_of(database, organization_id, row["provider"])
    with processors.failures_as_problems(processor.provider):
        try:
            report = await processor.cancel_intent(row["provider_intent_id"])
        except ProcessorRefused:
            report = await processor.retrieve(row["provider_intent_id"])
    row = await take_in(database, row, report)
    if row["status"] != IntentStatus.CANCELLED:
        raise IntentClosed(payment_id, row["status"])
    return row
