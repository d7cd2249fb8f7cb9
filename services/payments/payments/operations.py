"""Taking a payment: record it, or say by which rule not."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from services.payments.deposits import operations as deposits
from services.payments.deposits.problems import DepositAccountUnusable
from services.payments.ledger.store import lock_positions
from services.payments.payments import problems, rules, store
from services.payments.payments.answers import PaymentOut
from services.payments.payments.asks import Ask, Outcome
from services.payments.payments.parts import judge, total
from services.payments.payments.rules import Debt, Refusal, Share, Target
from services.payments.payments.store import Terms
from services.payments.payments.till import Till
from shared import clock
from shared.db import Connection, Database
from shared.idempotency import KeyInProgress, KeyReused, Stored
from shared.ids import new_id
from shared.problems import Problem
from shared.tenancy import Organization, UnknownOrganization, load_organizations

FIRST_WAIT_SECONDS: Final = 0.005
LONGEST_WAIT_SECONDS: Final = 3.0

Record = Callable[[Ask], Awaitable[Outcome]]
Unknown = problems.ReceivableUnknown | problems.CustomerUnknown


@dataclass(frozen=True, slots=True)
class Recorded:
    """The answer of a payment that was recorded just now."""

    payment_id: UUID
    body: bytes


async def pay_invoice(till: Till, ask: Ask) -> Recorded | Stored:
    """Take money for the invoice that an ask names; the stored answer when its key has one.

    An invoice that was issued a moment ago may not be known here yet: it is waited for.
    """
    return await _settle(till.database, ask, till.take, problems.ReceivableUnknown)


async def pay_customer(database: Database, ask: Ask) -> Recorded | Stored:
    """Take money for all that the customer of an ask owes, oldest due first."""

    async def record(ask: Ask) -> Outcome:
        return await record_for_customer(database, ask)

    return await _settle(database, ask, record, problems.CustomerUnknown)


async def _settle(
    database: Database,
    ask: Ask,
    record: Record,
    unknown: type[Unknown],
) -> Recorded | Stored:
    """Record once; wait for what is not known yet; raise the problem of a refusal."""
    loop = asyncio.get_running_loop()
    opened = False
    wait, deadline = FIRST_WAIT_SECONDS, loop.time() + LONGEST_WAIT_SECONDS
    while True:
        outcome = await record(ask)
        if outcome.answer is not None:
            return Recorded(ask.payment_id, outcome.answer)
        stored = await store.find_answer(database, ask.organization_id, ask.key)
        if stored is not None:
            if stored.fingerprint != ask.fingerprint:
                raise KeyReused
            return stored
        why = outcome.refusal(ask)
        if why is None:
            raise KeyInProgress  # the key's first use was undone between our two looks
        if why is Refusal.NOWHERE_TO_LAND and ask.deposit_account_id is None and not opened:
            await deposits.open_default(
                database, ask.organization_id, ask.method, ask.amount.currency
            )
            opened = True
            continue
        if why is not Refusal.UNKNOWN or loop.time() + wait > deadline:
            raise _problem(why, ask, outcome, unknown)
        await asyncio.sleep(wait)
        wait *= 2


async def record_for_customer(database: Database, ask: Ask) -> Outcome:
    """One attempt to take money for a customer, in one transaction under row locks."""
    at = clock.now()
    async with database.transaction(ask.organization_id) as tx:
        organizations = await load_organizations(tx, [ask.organization_id])
        organization = organizations.get(ask.organization_id)
        terms = await store.terms(tx, ask)
        debts = await store.lock_debts(tx, ask)
        outcome = _judged(organization, ask, debts, terms)
        if organization is None or debts is None or outcome.refusal(ask) is not None:
            return outcome
        shares, _ = rules.spread(ask.amount.minor, (debt for debt, _ in debts), terms.order)
        numbers = {debt.invoice_id: number for debt, number in debts}
        answer = await _record(tx, ask, ask.target_id, shares, numbers, outcome, at)
    return replace(outcome, answer=answer)


async def pay_parts(database: Database, ask: Ask) -> Recorded | Stored:
    """Take money for several invoices of one customer, each getting what the ask says."""

    async def record(ask: Ask) -> Outcome:
        return await record_parts(database, ask)

    return await _settle(database, ask, record, problems.ReceivableUnknown)


async def record_parts(database: Database, ask: Ask) -> Outcome:
    """One attempt to take money for several invoices, in one transaction under row locks."""
    at = clock.now()
    async with database.transaction(ask.organization_id) as tx:
        organizations = await load_organizations(tx, [ask.organization_id])
        organization = organizations.get(ask.organization_id)
        if organization is None:
            return Outcome(None, None, None)
        terms = await store.terms(tx, ask)
        locked = await lock_positions(tx, [part.invoice_id for part in ask.parts])
        positions = {
            each.invoice_id: each for each in locked if each.organization_id == ask.organization_id
        }
        verdict = judge(ask.parts, positions, ask.amount.currency)
        wanted = Target(total(ask.parts), ask.amount.currency)
        outcome = Outcome(
            None, organization.today(), wanted, None, terms.surplus, terms.landed_in, verdict
        )
        if outcome.refusal(ask) is not None:
            return outcome
        customer_id = positions[ask.parts[0].invoice_id].customer_id
        shares = [Share(part.invoice_id, part.amount_minor) for part in ask.parts]
        numbers = {each.invoice_id: each.number or "" for each in locked}
        answer = await _record(tx, ask, customer_id, shares, numbers, outcome, at)
    return replace(outcome, answer=answer, customer_id=customer_id)


async def _record(
    tx: Connection,
    ask: Ask,
    customer_id: UUID,
    shares: Sequence[Share],
    numbers: Mapping[UUID, str],
    outcome: Outcome,
    at: datetime,
) -> bytes | None:
    """Write a payment whose shares are decided; its answer, None when its key was used."""
    assert outcome.today is not None
    parts = [(new_id(), share, numbers[share.invoice_id]) for share in shares]
    facts = {
        "customer_id": str(customer_id),
        "credited_minor": ask.amount.minor - sum(share.amount_minor for share in shares),
        "booked_on": (ask.received_on or outcome.today).isoformat(),
        **ask.facts(),
        "deposit_account_id": str(outcome.landed_in),
    }
    answer = _answer(ask, facts, store.instant_text(at), parts)
    recorded = await store.record_for_customer(
        tx,
        facts,
        [_part(allocation_id, share) for allocation_id, share, _ in parts],
        organization_id=ask.organization_id,
        at=at,
        answer=answer,
    )
    return answer if recorded else None


def _judged(
    organization: Organization | None,
    ask: Ask,
    debts: list[tuple[Debt, str]] | None,
    terms: Terms,
) -> Outcome:
    if organization is None:
        return Outcome(None, None, None)
    if debts is None:
        return Outcome(None, organization.today(), None)
    owed = Target(sum(debt.open_minor for debt, _ in debts), organization.currency)
    return Outcome(None, organization.today(), owed, ask.target_id, terms.surplus, terms.landed_in)


def _part(allocation_id: UUID, share: Share) -> dict[str, object]:
    return {
        "allocation_id": str(allocation_id),
        "invoice_id": str(share.invoice_id),
        "applied_minor": share.amount_minor,
    }


def _answer(
    ask: Ask, facts: dict[str, Any], recorded_at: str, parts: list[tuple[UUID, Share, str]]
) -> bytes:
    """The payment as the API shows it, before it is written."""
    allocations = [
        {
            "id": allocation_id,
            "invoice_id": share.invoice_id,
            "number": number,
            "amount_minor": share.amount_minor,
            "reverses": None,
            "made_at": recorded_at,
        }
        for allocation_id, share, number in parts
    ]
    row = {
        "id": ask.payment_id,
        "customer_id": facts["customer_id"],
        "amount_minor": ask.amount.minor,
        "currency": ask.amount.currency,
        "method": ask.method,
        "reference": ask.reference,
        "received_on": facts["booked_on"],
        "recorded_at": recorded_at,
        "recorded_by": ask.recorded_by,
        "deposit_account_id": facts["deposit_account_id"],
        "provider": ask.provider,
        "allocations": allocations,
        "returns": [],
    }
    return PaymentOut.of(row).model_dump_json().encode()


def _problem(why: Refusal, ask: Ask, outcome: Outcome, unknown: type[Unknown]) -> Problem:
    """The problem that tells the payer of a refusal."""
    if outcome.today is None:
        return UnknownOrganization(ask.organization_id)
    target = outcome.target
    if outcome.verdict is not None:
        return problems.problem_of_part(outcome.verdict, ask.amount.currency)
    if target is None:
        return unknown(ask.target_id)
    if why is Refusal.VOID or target.currency is None:
        return problems.ReceivableVoid(ask.target_id)
    if why is Refusal.OTHER_CURRENCY:
        return problems.CurrencyMismatch(target.currency, ask.amount.currency)
    if why is Refusal.NOWHERE_TO_LAND:
        return DepositAccountUnusable(ask.deposit_account_id, ask.amount.currency, ask.method)
    if why is Refusal.NOT_YET_RECEIVED and ask.received_on is not None:
        return problems.NotYetReceived(ask.received_on, outcome.today)
    return problems.Overpayment(ask.amount, target.open_minor, outcome.customer_id)
