"""The SQL under the ledger: lock, load, and one statement that writes all moves."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from services.payments.ledger.rules import Funds, Going, Ledger, Move, Position, Standing
from shared.db import Connection

# Sorted below the lock, so that two who want the same customers queue and never cross.
LOCK_CUSTOMERS: Final = """
SELECT pg_advisory_xact_lock(key)
FROM (SELECT DISTINCT hashtextextended(name, 0) AS key FROM unnest(%s::text[]) AS name
      ORDER BY key) AS customers
"""
IMPATIENT: Final = "SELECT set_config('lock_timeout', '5s', true)"
# The wanted invoices, and all that is open of some customers.
LOCK_POSITIONS: Final = """
SELECT invoice_id, organization_id, customer_id, line_id, number, currency, due_on, total_minor,
       credited_minor, written_off_minor, allocated_minor, voided, version
FROM receivable
WHERE invoice_id = ANY (ARRAY(
    SELECT unnest(%(invoice_ids)s::uuid[])
    UNION
    SELECT invoice_id FROM receivable AS theirs
    JOIN unnest(%(organization_ids)s::uuid[], %(customer_ids)s::uuid[])
        AS wanted(organization_id, customer_id) USING (organization_id, customer_id)
    WHERE theirs.open_minor > 0))
ORDER BY invoice_id
FOR NO KEY UPDATE
"""
# Payments with what of them is credit, what has gone, and which of their allocations stand.
# Read after the customers were locked, in a statement of its own: it sees all that is done.
LOAD_FUNDS: Final = """
SELECT payment.id AS payment_id, payment.organization_id, payment.customer_id, currency,
       amount_minor, received_on, deposit_account_id, provider,
       (SELECT coalesce(sum(amount_minor), 0)::bigint FROM payment_return
        WHERE payment_id = payment.id) AS returned_minor,
       (SELECT coalesce(sum(amount_minor), 0)::bigint FROM credit_movement
        WHERE payment_id = payment.id) AS credit_minor,
       CASE WHEN provider IS NULL THEN 0 ELSE (
           SELECT coalesce(sum(amount_minor), 0)::bigint FROM card_refund
           WHERE payment_id = payment.id AND status <> 'failed' AND NOT returned
             AND set_aside IS NULL) END AS promised_minor,
       (SELECT coalesce(json_agg(json_build_array(id, invoice_id, amount_minor, made_at)), '[]')
        FROM allocation AS made
        WHERE payment_id = payment.id AND reverses IS NULL AND NOT EXISTS (
            SELECT FROM allocation AS taken WHERE taken.reverses = made.id)) AS standing
FROM payment
WHERE id = ANY (%s)
"""
PAYING: Final = """
SELECT DISTINCT payment_id FROM allocation AS made
WHERE invoice_id = ANY (%s) AND reverses IS NULL
  AND NOT EXISTS (SELECT FROM allocation AS taken WHERE taken.reverses = made.id)
"""
# First in, first out: by when money of the payment first became credit.
LOTS: Final = """
SELECT payment_id
FROM credit_movement
JOIN unnest(%(organization_ids)s::uuid[], %(customer_ids)s::uuid[])
    AS wanted(organization_id, customer_id) USING (organization_id, customer_id)
GROUP BY payment_id
HAVING sum(amount_minor) > 0
ORDER BY min(moved_at), payment_id
"""
WRITE: Final = """
WITH move AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(moves)s::json) AS move(
        id uuid, organization_id uuid, payment_id uuid, invoice_id uuid, amount_minor bigint,
        reverses uuid)
), put AS (
    INSERT INTO allocation (id, organization_id, payment_id, invoice_id, amount_minor, reverses,
                            made_at)
    SELECT id, organization_id, payment_id, invoice_id, amount_minor, reverses, %(at)s FROM move
), lowered AS (
    UPDATE receivable SET credited_minor = now.credited_minor,
        written_off_minor = now.written_off_minor, allocated_minor = now.allocated_minor,
        version = now.version
    FROM json_to_recordset(%(positions)s::json) AS now(
        invoice_id uuid, credited_minor bigint, written_off_minor bigint,
        allocated_minor bigint, version bigint)
    WHERE receivable.invoice_id = now.invoice_id
), went AS (
    INSERT INTO payment_return (id, organization_id, payment_id, customer_id, kind, amount_minor,
                                currency, reason, returned_on, deposit_account_id, provider_ref,
                                recorded_at, recorded_by)
    SELECT id, organization_id, payment_id, customer_id, kind, amount_minor, currency, reason,
           returned_on, deposit_account_id, provider_ref, %(at)s, recorded_by
    FROM json_to_recordset(%(returns)s::json) AS went(
        id uuid, organization_id uuid, payment_id uuid, customer_id uuid, kind text,
        amount_minor bigint, currency text, reason text, returned_on date,
        deposit_account_id uuid, provider_ref text, recorded_by uuid)
), moved AS (
    INSERT INTO credit_movement (organization_id, customer_id, currency, amount_minor, reason,
                                 payment_id, allocation_id, return_id, moved_at)
    SELECT organization_id, customer_id, currency, amount_minor, reason, payment_id,
           allocation_id, return_id, %(at)s
    FROM json_to_recordset(%(movements)s::json) AS moved(
        organization_id uuid, customer_id uuid, currency text, amount_minor bigint, reason text,
        payment_id uuid, allocation_id uuid, return_id uuid)
), posted AS (
    INSERT INTO journal_entry (organization_id, posting_id, account, amount_minor, currency,
                               customer_id, payment_id, invoice_id, deposit_account_id,
                               booked_on, memo, recorded_at)
    SELECT organization_id, posting_id, account, amount_minor, currency, customer_id, payment_id,
           invoice_id, deposit_account_id, booked_on, memo, %(at)s
    FROM json_to_recordset(%(entries)s::json) AS entry(
        organization_id uuid, posting_id uuid, account text, amount_minor bigint, currency text,
        customer_id uuid, payment_id uuid, invoice_id uuid, deposit_account_id uuid,
        booked_on date, memo text)
), changed AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(credits)s::json) AS changed(
        organization_id uuid, customer_id uuid, currency text, amount_minor bigint)
), grown AS (
    INSERT INTO account_credit (organization_id, customer_id, currency, balance_minor, grown_at)
    SELECT organization_id, customer_id, currency, amount_minor, %(grown_at)s::timestamptz
    FROM changed
    WHERE amount_minor > 0
    ORDER BY organization_id, customer_id, currency
    ON CONFLICT (organization_id, customer_id, currency) DO UPDATE
    SET balance_minor = account_credit.balance_minor + excluded.balance_minor,
        version = account_credit.version + 1,
        grown_at = coalesce(excluded.grown_at, account_credit.grown_at)
    RETURNING organization_id, customer_id, currency, balance_minor, version
), shrunk AS (
    UPDATE account_credit
    SET balance_minor = balance_minor + changed.amount_minor, version = version + 1
    FROM changed
    WHERE changed.amount_minor < 0
      AND (account_credit.organization_id, account_credit.customer_id, account_credit.currency)
        = (changed.organization_id, changed.customer_id, changed.currency)
    RETURNING account_credit.organization_id, account_credit.customer_id,
              account_credit.currency, balance_minor, version
)
SELECT * FROM grown UNION ALL SELECT * FROM shrunk
"""

Customer = tuple[UUID, UUID]
"""An organization and a customer of it."""


@dataclass(frozen=True, slots=True)
class CreditState:
    """An account credit after it changed."""

    organization_id: UUID
    customer_id: UUID
    currency: str
    balance_minor: int
    version: int


async def lock_customers(
    tx: Connection, customers: Iterable[Customer], *, impatient: bool = False
) -> None:
    """Hold the money of customers until the transaction ends; before any other lock.

    The impatient give up after some seconds, here and at every lock that follows.
    """
    if impatient:
        await tx.execute(IMPATIENT)
    names = [f"{organization_id}/{customer_id}" for organization_id, customer_id in customers]
    if names:
        await tx.execute(LOCK_CUSTOMERS, (names,))


async def lock_positions(
    tx: Connection, invoice_ids: Iterable[UUID], open_of: Iterable[Customer] = ()
) -> list[Position]:
    """Lock receivables that exist, and all open ones of the customers `open_of`.

    Served by the primary key and ix_receivable_customer_id.
    """
    organization_ids, customer_ids = _columns(open_of)
    values = {
        "invoice_ids": list(invoice_ids),
        "organization_ids": organization_ids,
        "customer_ids": customer_ids,
    }
    cursor = await tx.execute(LOCK_POSITIONS, values)
    return [Position(**row) for row in await cursor.fetchall()]


async def load_funds(tx: Connection, payment_ids: Iterable[UUID]) -> list[Funds]:
    """Payments whose customers are locked."""
    cursor = await tx.execute(LOAD_FUNDS, (list(payment_ids),))
    return [_funds(row) for row in await cursor.fetchall()]


async def load_payers(tx: Connection, invoice_ids: Iterable[UUID]) -> list[Funds]:
    """The payments whose allocations to these invoices stand; their customers are locked."""
    cursor = await tx.execute(PAYING, (list(invoice_ids),))
    payers = [row["payment_id"] for row in await cursor.fetchall()]
    return await load_funds(tx, payers) if payers else []


async def load_lots(tx: Connection, customers: Iterable[Customer]) -> list[Funds]:
    """The payments of locked customers that have credit, first in first.

    Served by ix_credit_movement_customer_id.
    """
    organization_ids, customer_ids = _columns(customers)
    values = {"organization_ids": organization_ids, "customer_ids": customer_ids}
    order = [row["payment_id"] for row in await (await tx.execute(LOTS, values)).fetchall()]
    found = {funds.payment_id: funds for funds in await load_funds(tx, order)} if order else {}
    return [found[payment_id] for payment_id in order]


async def write(
    tx: Connection, ledger: Ledger, booked_on: Mapping[UUID, date], at: datetime
) -> list[CreditState]:
    """Store what a ledger did, in one statement; the account credits that changed.

    `booked_on` is today by the calendar of each organization; what leaves is booked on its day.
    """
    changes = [
        {
            "organization_id": key[0],
            "customer_id": key[1],
            "currency": key[2],
            "amount_minor": minor,
        }
        for key, minor in ledger.credit_changes().items()
    ]
    values: dict[str, Any] = {
        name: json.dumps(rows, default=str)
        for name, rows in (*_rows(ledger, booked_on).items(), ("credits", changes))
    }
    grown_at = None if ledger.credit_rests else at
    cursor = await tx.execute(WRITE, values | {"at": at, "grown_at": grown_at})
    return [CreditState(**row) for row in await cursor.fetchall()]


def _rows(ledger: Ledger, booked_on: Mapping[UUID, date]) -> dict[str, list[dict[str, Any]]]:
    """The rows of each table."""
    rows: dict[str, list[dict[str, Any]]] = {
        "moves": [],
        "returns": [],
        "movements": [],
        "entries": [],
        "positions": [_position_row(each) for each in ledger.touched.values()],
    }
    for move in ledger.moves:
        funds = move.funds
        common = {
            "organization_id": funds.organization_id,
            "customer_id": funds.customer_id,
            "payment_id": funds.payment_id,
            "currency": funds.currency,
        }
        entry = common | {"posting_id": move.id, "booked_on": booked_on[funds.organization_id]}
        credit = entry | {"account": "credit", "amount_minor": move.amount_minor}
        movement = common | {"amount_minor": -move.amount_minor}
        if isinstance(move, Going):
            memo = {"memo": f"{move.kind.value}: {move.reason}", "booked_on": move.returned_on}
            out = {"account": "deposit", "deposit_account_id": funds.deposit_account_id}
            rows["returns"].append(_return_row(move) | common)
            rows["movements"].append(movement | {"reason": "returned", "return_id": move.id})
            rows["entries"].append(entry | out | {"amount_minor": -move.amount_minor} | memo)
            rows["entries"].append(credit | memo)
            continue
        reason = "applied" if move.amount_minor > 0 else "reversal"
        invoice = {"account": "receivable", "invoice_id": move.position.invoice_id}
        rows["moves"].append(common | invoice | _move_row(move))
        rows["movements"].append(movement | {"reason": reason, "allocation_id": move.id})
        rows["entries"].append(entry | invoice | {"amount_minor": -move.amount_minor})
        rows["entries"].append(credit)
    return rows


def _move_row(move: Move) -> dict[str, Any]:
    return {"id": move.id, "amount_minor": move.amount_minor, "reverses": move.reverses}


def _return_row(going: Going) -> dict[str, Any]:
    return {
        "id": going.id,
        "kind": going.kind.value,
        "amount_minor": going.amount_minor,
        "reason": going.reason,
        "returned_on": going.returned_on,
        "deposit_account_id": going.funds.deposit_account_id,
        "provider_ref": going.provider_ref,
        "recorded_by": going.by,
    }


def _position_row(position: Position) -> dict[str, Any]:
    return {
        "invoice_id": position.invoice_id,
        "credited_minor": position.credited_minor,
        "written_off_minor": position.written_off_minor,
        "allocated_minor": position.allocated_minor,
        "version": position.version,
    }


def _funds(row: dict[str, Any]) -> Funds:
    standing = [
        Standing(UUID(id_), row["payment_id"], UUID(invoice), minor, datetime.fromisoformat(at))
        for id_, invoice, minor, at in row["standing"]
    ]
    return Funds(**(row | {"standing": standing}))


def _columns(customers: Iterable[Customer]) -> tuple[Sequence[UUID], Sequence[UUID]]:
    pairs = list(customers)
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]
