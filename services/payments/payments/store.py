"""Taking money, and finding payments."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import orjson
from psycopg import AsyncRawCursor
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row

from services.payments.payments import statements
from services.payments.payments.asks import Ask, Outcome
from services.payments.payments.rules import AllocationOrder, Debt, Surplus, Target
from shared import clock
from shared.db import Connection, Database
from shared.idempotency import FIND, Stored
from shared.ids import new_id

READ_PAYMENT: Final = b"""
SELECT payment.*, allocations, returns,
       EXISTS (SELECT FROM card_dispute
               WHERE payment_id = payment.id AND status = 'open') AS disputed
FROM payment, LATERAL (
    SELECT coalesce(json_agg(json_build_object(
        'id', payment_return.id, 'payment_id', payment_id, 'kind', kind,
        'amount_minor', amount_minor, 'reason', reason, 'returned_on', returned_on,
        'deposit_account_id', payment_return.deposit_account_id, 'provider_ref', provider_ref,
        'recorded_at', payment_return.recorded_at, 'recorded_by', payment_return.recorded_by,
        'customer_id', customer_id)
        ORDER BY payment_return.id), '[]') AS returns
    FROM payment_return WHERE payment_id = payment.id) AS went, LATERAL (
    SELECT coalesce(json_agg(json_build_object(
        'id', allocation.id, 'invoice_id', invoice_id, 'number', number,
        'amount_minor', amount_minor, 'reverses', reverses, 'made_at', made_at)
        ORDER BY allocation.id), '[]') AS allocations
    FROM allocation LEFT JOIN receivable USING (invoice_id)
    WHERE payment_id = payment.id) AS put
WHERE id = $1::uuid AND organization_id = $2::uuid
"""
READ_UNDER_WAY: Final = b"""
SELECT *, '[]'::json AS allocations, '[]'::json AS returns FROM payment_shown
WHERE id = $1::uuid AND organization_id = $2::uuid AND under_way IS NOT NULL AND shown
"""
PREPARE: Final = """
SELECT coalesce(%(credit_surplus)s, surplus = 'credit', false) AS credit_surplus,
       coalesce(allocation_order, 'oldest_due') AS allocation_order, landed_in
FROM (SELECT coalesce(
        (SELECT id FROM deposit_account
         WHERE id = %(deposit_account_id)s AND organization_id = %(organization_id)s
           AND currency = %(currency)s AND active),
        (SELECT deposit_account_id FROM deposit_route
         WHERE organization_id = %(organization_id)s AND currency = %(currency)s
           AND method = %(method)s AND %(deposit_account_id)s::uuid IS NULL)
    ) AS landed_in) AS landing
LEFT JOIN payment_settings ON organization_id = %(organization_id)s
"""
LOCK_DEBTS: Final = """
SELECT invoice_id, number, due_on, open_minor
FROM receivable
WHERE organization_id = %s AND customer_id = %s AND currency = %s AND open_minor > 0
ORDER BY invoice_id
FOR NO KEY UPDATE
"""
CUSTOMER_KNOWN: Final = """
SELECT EXISTS (SELECT FROM customer WHERE id = %(id)s AND organization_id = %(organization_id)s)
    OR EXISTS (SELECT FROM receivable
               WHERE organization_id = %(organization_id)s AND customer_id = %(id)s) AS known
"""


async def record_payment(database: Database, ask: Ask) -> Outcome:
    """Take the money of one ask for an invoice, or nothing of it.

    One transaction in one round trip. Exact under contention: those who pay one invoice at
    the same moment are decided one after the other.
    """
    (outcome,) = await record_payments(database, ask.organization_id, [ask])
    return outcome


async def record_payments(
    database: Database, organization_id: UUID, asks: Sequence[Ask]
) -> list[Outcome]:
    """Take the money of several asks for invoices in one transaction, each for itself.

    All of one organization, each for another invoice and under another key.
    """
    at = clock.now()
    asked = [
        {"invoice_id": str(ask.target_id), "allocation_id": str(new_id()), **ask.facts()}
        for ask in asks
    ]
    values = (orjson.dumps(asked).decode(), organization_id, at, instant_text(at))
    rows = await _one_round_trip(database, organization_id, statements.PAY_INVOICES, values)
    database.on_commit()
    found = {row["payment_id"]: row for row in rows}
    return [_outcome(found[ask.payment_id]) for ask in asks]


async def _one_round_trip(
    database: Database, organization_id: UUID, statement: bytes, values: Sequence[Any]
) -> list[dict[str, Any]]:
    """Run a statement in a transaction of its own, sent together with its scope.

    The server takes what a pipeline sends at once for one transaction: both statements
    commit together when the pipeline ends, before this returns.
    """
    async with database.pool.connection() as connection:
        await connection.set_autocommit(True)
        try:
            async with connection.pipeline():
                scope = AsyncRawCursor(connection)
                await scope.execute(statements.SCOPE, (str(organization_id),), prepare=True)
                cursor = AsyncRawCursor(connection, row_factory=dict_row)
                await cursor.execute(statement, values, prepare=True)
            rows = await cursor.fetchall()
        finally:
            if connection.info.transaction_status == TransactionStatus.IDLE:
                await connection.set_autocommit(False)
            else:
                await connection.close()  # never back into the pool as it is
    return rows


def _outcome(row: dict[str, Any]) -> Outcome:
    target = None
    if row["customer_id"] is not None:
        payable = row["payable_minor"] or 0  # empty while only an annulment was heard
        target = Target(payable, row["owed_in"], row["voided"])
    answer = row["body"].encode() if row["recorded"] else None
    surplus = Surplus.CREDIT if row["credit_surplus"] else Surplus.REFUSE
    return Outcome(answer, row["today"], target, row["customer_id"], surplus, row["landed_in"])


@dataclass(frozen=True, slots=True)
class Terms:
    """How an organization takes money of an ask."""

    surplus: Surplus
    order: AllocationOrder
    landed_in: UUID | None


async def terms(tx: Connection, ask: Ask) -> Terms:
    """What the ask and the organization's settings say together."""
    values = {
        "organization_id": ask.organization_id,
        "currency": ask.amount.currency,
        "method": ask.method.value,
        "deposit_account_id": ask.deposit_account_id,
        "credit_surplus": ask.surplus and ask.surplus is Surplus.CREDIT,
    }
    row = await (await tx.execute(PREPARE, values)).fetchone()
    assert row is not None
    surplus = Surplus.CREDIT if row["credit_surplus"] else Surplus.REFUSE
    return Terms(surplus, AllocationOrder(row["allocation_order"]), row["landed_in"])


async def lock_debts(tx: Connection, ask: Ask) -> list[tuple[Debt, str]] | None:
    """Lock what the customer of an ask owes in its currency; each debt with its number.

    None when no such customer is known. Served by ix_receivable_customer_id.
    """
    of = ask.organization_id, ask.target_id, ask.amount.currency
    cursor = await tx.execute(LOCK_DEBTS, of)
    found = await cursor.fetchall()
    if not found:
        of_customer = {"organization_id": ask.organization_id, "id": ask.target_id}
        known = await (await tx.execute(CUSTOMER_KNOWN, of_customer)).fetchone()
        if known is None or not known["known"]:
            return None
    return [
        (Debt(row["invoice_id"], row["due_on"], row["open_minor"]), row["number"]) for row in found
    ]


async def record_for_customer(
    tx: Connection,
    facts: dict[str, Any],
    shares: Sequence[dict[str, Any]],
    *,
    organization_id: UUID,
    at: datetime,
    answer: bytes,
) -> bool:
    """Write a payment whose shares were decided under `lock_debts`.

    False, and nothing written, when its key has been used.
    """
    values = (json.dumps([facts]), organization_id, at, answer.decode(), json.dumps(shares))
    cursor = AsyncRawCursor(tx, row_factory=dict_row)
    await cursor.execute(statements.PAY_CUSTOMER, values, prepare=True)
    row = await cursor.fetchone()
    return row is not None and bool(row["recorded"])


async def find_answer(database: Database, organization_id: UUID, key: str) -> Stored | None:
    """The answer that a key has got, if it has been used."""
    async with database.transaction(organization_id) as tx:
        row = await (await tx.execute(FIND, (organization_id, key))).fetchone()
    return Stored.of(row) if row else None


async def find_payment(
    database: Database, organization_id: UUID, payment_id: UUID
) -> dict[str, Any] | None:
    """The columns of a payment, with its `allocations` in the order they were made.

    What is no payment may be one that a card processor is to collect.
    """
    values = (payment_id, organization_id)
    rows = await _one_round_trip(database, organization_id, READ_PAYMENT, values)
    rows = rows or await _one_round_trip(database, organization_id, READ_UNDER_WAY, values)
    return rows[0] if rows else None


def instant_text(at: datetime) -> str:
    """An instant as the API shows it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
