"""The rows of what processors report: locked, compared in memory, written as sets.

Locks are taken in one order everywhere: payment intents by id, then the refunds and
disputes of those. Whoever adds a refund or dispute holds the lock of its intent, so what
is read under that lock is all there is.
"""

from collections.abc import Collection, Sequence
from typing import Any, Final
from uuid import UUID

from shared.db import Connection, json_rows

Row = dict[str, Any]

# A payment is found by the processor's id, or by ours while the processor's is not known.
LOCK_INTENTS: Final = """
WITH named AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%s::json) AS named(
        organization_id uuid, provider text, provider_intent_id text, payment_id uuid)
), meant AS MATERIALIZED (
    SELECT intent.id FROM named JOIN payment_intent AS intent
        USING (organization_id, provider, provider_intent_id)
    UNION
    SELECT intent.id FROM named JOIN payment_intent AS intent ON intent.id = payment_id
    WHERE intent.organization_id = named.organization_id AND intent.provider = named.provider
      AND intent.provider_intent_id IS NULL
)
SELECT * FROM payment_intent WHERE id IN (SELECT id FROM meant) ORDER BY id FOR UPDATE
"""
WRITE_INTENTS: Final = """
UPDATE payment_intent AS intent
SET provider_intent_id = new.provider_intent_id, status = new.status, status_at = new.status_at,
    received_minor = new.received_minor, reason = new.reason, expires_at = new.expires_at,
    set_aside = new.set_aside
FROM json_to_recordset(%s::json) AS new(
    id uuid, provider_intent_id text, status text, status_at timestamptz, received_minor bigint,
    reason text, expires_at timestamptz, set_aside text)
WHERE intent.id = new.id
"""
LOCK_REFUNDS: Final = """
SELECT * FROM card_refund WHERE payment_id = ANY(%s) ORDER BY id FOR UPDATE
"""
WRITE_REFUNDS: Final = """
INSERT INTO card_refund AS known (id, organization_id, payment_id, provider, provider_refund_id,
    amount_minor, currency, reason, status, status_at, failure, created_at)
SELECT id, organization_id, payment_id, provider, provider_refund_id, amount_minor, currency,
       reason, status, status_at, failure, created_at
FROM json_to_recordset(%s::json) AS new(
    id uuid, organization_id uuid, payment_id uuid, provider text, provider_refund_id text,
    amount_minor bigint, currency text, reason text, status text, status_at timestamptz,
    failure text, created_at timestamptz)
ORDER BY id
ON CONFLICT (id) DO UPDATE SET
    provider_refund_id = excluded.provider_refund_id, status = excluded.status,
    status_at = excluded.status_at, failure = excluded.failure
"""
LOCK_DISPUTES: Final = """
SELECT * FROM card_dispute WHERE payment_id = ANY(%s) ORDER BY id FOR UPDATE
"""
WRITE_DISPUTES: Final = """
INSERT INTO card_dispute AS known (id, organization_id, payment_id, customer_id, provider,
    provider_dispute_id, amount_minor, currency, reason, status, status_at, opened_at)
SELECT id, organization_id, payment_id, customer_id, provider, provider_dispute_id, amount_minor,
       currency, reason, status, status_at, opened_at
FROM json_to_recordset(%s::json) AS new(
    id uuid, organization_id uuid, payment_id uuid, customer_id uuid, provider text,
    provider_dispute_id text, amount_minor bigint, currency text, reason text, status text,
    status_at timestamptz, opened_at timestamptz)
ORDER BY id
ON CONFLICT (id) DO UPDATE SET
    status = excluded.status, status_at = excluded.status_at, opened_at = excluded.opened_at
"""
ASK_ABOUT: Final = """
UPDATE payment_intent AS intent SET looked_at = 'epoch'
FROM json_to_recordset(%s::json) AS named(
    organization_id uuid, provider text, provider_intent_id text)
WHERE (intent.organization_id, intent.provider, intent.provider_intent_id)
    = (named.organization_id, named.provider, named.provider_intent_id)
"""
SOME_PREPARED: Final = """
SELECT DISTINCT organization_id FROM payment_intent
WHERE organization_id = ANY(%s) AND status = 'preparing'
"""


async def lock_intents(tx: Connection, named: Sequence[Row]) -> list[Row]:
    """Lock the payment intents that reports name, in the order of their ids."""
    return await (await tx.execute(LOCK_INTENTS, (json_rows(named),))).fetchall()


async def write_intents(tx: Connection, rows: Collection[Row]) -> None:
    """Write where payment intents stand now."""
    if rows:
        await tx.execute(WRITE_INTENTS, (json_rows(list(rows)),))


async def lock_refunds(tx: Connection, payment_ids: Collection[UUID]) -> list[Row]:
    """Lock every refund of payments whose intents are locked."""
    return await (await tx.execute(LOCK_REFUNDS, (list(payment_ids),))).fetchall()


async def write_refunds(tx: Connection, rows: Collection[Row]) -> None:
    """Write new refunds, and where known ones stand now."""
    if rows:
        await tx.execute(WRITE_REFUNDS, (json_rows(list(rows)),))


async def lock_disputes(tx: Connection, payment_ids: Collection[UUID]) -> list[Row]:
    """Lock every dispute of payments whose intents are locked."""
    return await (await tx.execute(LOCK_DISPUTES, (list(payment_ids),))).fetchall()


async def write_disputes(tx: Connection, rows: Collection[Row]) -> None:
    """Write new disputes, and where known ones stand now."""
    if rows:
        await tx.execute(WRITE_DISPUTES, (json_rows(list(rows)),))


async def ask_about(tx: Connection, named: Sequence[Row]) -> int:
    """Have the processor asked about payments at the next look; how many are ours."""
    return (await tx.execute(ASK_ABOUT, (json_rows(named),))).rowcount if named else 0


async def organizations_preparing(tx: Connection, ids: Collection[UUID]) -> set[UUID]:
    """Those of which a payment waits to be made known to its processor."""
    cursor = await tx.execute(SOME_PREPARED, (list(ids),))
    return {row["organization_id"] for row in await cursor.fetchall()}
