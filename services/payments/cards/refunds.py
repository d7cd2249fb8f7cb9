"""Giving money of a card payment back through the processor it came through.

Asking is a row, committed with the answer to who asked; the worker then makes the call, so
no transaction waits for a processor and a crash forgets nothing. The money has gone when
the processor says so, by its answer or a webhook: `settle` then records it, once, under the
processor's id for it.

The key of a call is made of the row's id. Processors forget keys after a day, so one that
is made late first looks whether the refund is there already.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from services.payments.cards import asking
from services.payments.intents import operations as intents
from services.payments.ledger import store as ledger
from services.payments.ledger.rules import Funds
from services.payments.processors.calls import Guarded
from services.payments.processors.port import NewRefund, ProcessorRefused
from services.payments.returns.problems import PaymentReturned, ReturnExceedsPayment
from shared import clock
from shared.db import Connection, Database, json_rows
from shared.ids import new_id
from shared.money import Money

PAGE: Final = 100
LATE: Final = timedelta(hours=1)
WAKE: Final = "NOTIFY duesline_timer, 'send-card-refunds'"
Row = dict[str, Any]

ADD: Final = """
INSERT INTO card_refund (id, organization_id, payment_id, provider, amount_minor, currency,
                         reason, status_at, created_at, created_by)
SELECT asked.id, organization_id, intent.id, provider, asked.amount_minor, currency, asked.reason,
       %s, %s, asked.by
FROM json_to_recordset(%s::json) AS asked(
    id uuid, payment_id uuid, amount_minor bigint, reason text, by uuid)
JOIN payment_intent AS intent ON intent.id = asked.payment_id
RETURNING *
"""
UNSENT: Final = """
SELECT refund.*, provider_intent_id FROM card_refund AS refund
JOIN payment_intent AS intent ON intent.id = payment_id
WHERE refund.status = 'pending' AND provider_refund_id IS NULL
ORDER BY coalesce(refund.looked_at, refund.created_at) LIMIT %s
"""
SILENT: Final = """
SELECT refund.*, provider_intent_id FROM card_refund AS refund
JOIN payment_intent AS intent ON intent.id = payment_id
WHERE refund.status = 'pending' AND provider_refund_id IS NOT NULL
  AND coalesce(refund.looked_at, refund.created_at) < %s
ORDER BY coalesce(refund.looked_at, refund.created_at) LIMIT %s
"""
FAIL: Final = """
UPDATE card_refund SET status = 'failed', status_at = %s, failure = %s
WHERE id = %s AND status = 'pending' AND provider_refund_id IS NULL
"""
LOOKED: Final = "UPDATE card_refund SET looked_at = %s WHERE id = ANY(%s)"


async def request(
    tx: Connection,
    organization_id: UUID,
    payment_id: UUID,
    amount_minor: int | None,
    reason: str,
    by: UUID | None,
) -> Row:
    """Ask for money of a card payment to be given back; without an amount, all that is left.

    What was asked for before counts as gone. Raises PaymentReturned, ReturnExceedsPayment.
    """
    (funds,) = await ledger.load_funds(tx, [payment_id])
    customer = organization_id, funds.customer_id
    await ledger.lock_customers(tx, [customer], impatient=True)
    (funds,) = await ledger.load_funds(tx, [payment_id])
    left = funds.left_minor - funds.promised_minor
    if left <= 0:
        raise PaymentReturned(payment_id)
    wanted = left if amount_minor is None else amount_minor
    if wanted > left:
        raise ReturnExceedsPayment(payment_id, Money(wanted, funds.currency), left)
    (made,) = await _add(tx, [(funds, wanted, reason)], by)
    return made


async def request_credited(tx: Connection, freed: Sequence[tuple[Funds, int, str]]) -> None:
    """Ask for money to be given back that credit notes have set free, with their reasons.

    It is account credit of its payment until the processor says that it went, and stays that when
    the refund fails. The customers are locked. What was asked for before is not asked for again.
    """
    wanted = []
    for funds, minor, reason in freed:
        part = min(minor, funds.left_minor - funds.promised_minor)
        if part > 0:
            funds.promised_minor += part
            wanted.append((funds, part, reason))
    if wanted:
        await _add(tx, wanted, None)


async def _add(
    tx: Connection, wanted: Sequence[tuple[Funds, int, str]], by: UUID | None
) -> list[Row]:
    now = clock.now()
    rows = [
        {
            "id": new_id(),
            "payment_id": funds.payment_id,
            "amount_minor": minor,
            "reason": reason,
            "by": by,
        }
        for funds, minor, reason in wanted
    ]
    made = await (await tx.execute(ADD, (now, now, json_rows(rows)))).fetchall()
    await tx.execute(WAKE)
    return made


async def send_page(database: Database) -> int:
    """Make the calls that were asked for; how many refunds the processors know now."""
    async with database.transaction(None) as tx:
        rows = await (await tx.execute(UNSENT, (PAGE,))).fetchall()
    return len(await _looked(database, rows, _send))


async def reconcile(database: Database, before: datetime) -> int:
    """Ask about refunds of which nothing was heard since; how many."""
    async with database.transaction(None) as tx:
        rows = await (await tx.execute(SILENT, (before, PAGE))).fetchall()
    return len(await _looked(database, rows, _ask_about))


async def _looked(database: Database, rows: Sequence[Row], ask: asking.Ask) -> list[UUID]:
    now = clock.now()
    looked = await asking.each(database, rows, ask, now)
    if looked:
        async with database.transaction(None) as tx:
            await tx.execute(LOOKED, (now, looked))
    return looked


async def _send(database: Database, processor: Guarded, row: Row, now: datetime) -> None:
    if row["created_at"] < now - LATE:
        await _ask_about(database, processor, row, now)
        async with database.transaction(row["organization_id"]) as tx:
            query = "SELECT provider_refund_id FROM card_refund WHERE id = %s"
            known = await (await tx.execute(query, (row["id"],))).fetchone()
        if known is not None and known["provider_refund_id"] is not None:
            return
    amount = Money(row["amount_minor"], row["currency"])
    try:
        report = await processor.refund(NewRefund(row["id"], row["provider_intent_id"], amount))
    except ProcessorRefused as refusal:
        async with database.transaction(row["organization_id"]) as tx:
            await tx.execute(FAIL, (now, refusal.code, row["id"]))
        raise
    await intents.take_in(database, row | {"id": row["payment_id"]}, report)


async def _ask_about(database: Database, processor: Guarded, row: Row, now: datetime) -> None:
    reports = await processor.returns_of(row["provider_intent_id"])
    await intents.take_in(database, row | {"id": row["payment_id"]}, *reports)
