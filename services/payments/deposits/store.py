"""Deposit accounts, their balances and their transfers in SQL.

A balance is the sum of the account's entries. So that it costs the same after a million of
them, the sum up to some entry is kept (`deposit_balance`, see `timers`), and a reader adds
what came after, from ix_journal_entry_deposit_account_id alone.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from shared.db import Connection

ACCOUNTS: Final = """
SELECT account.id, name, kind, currency, active, version, created_at,
       coalesce(kept.balance_minor, 0) + (
           SELECT coalesce(sum(amount_minor), 0)::bigint FROM journal_entry
           WHERE deposit_account_id = account.id AND id > coalesce(kept.entry_id, 0)
       ) AS balance_minor,
       ARRAY(SELECT method FROM deposit_route
             WHERE deposit_account_id = account.id ORDER BY method) AS default_for
FROM deposit_account AS account
LEFT JOIN deposit_balance AS kept ON kept.deposit_account_id = account.id
WHERE account.organization_id = %(organization_id)s
  AND account.id = ANY (%(ids)s)
"""
INSERT: Final = """
INSERT INTO deposit_account (id, organization_id, name, kind, currency, created_at)
VALUES (%(id)s, %(organization_id)s, %(name)s, %(kind)s, %(currency)s, %(at)s)
ON CONFLICT (organization_id, name, currency) DO NOTHING
RETURNING id
"""
LOCK: Final = """
SELECT id, name, kind, currency, active, version FROM deposit_account
WHERE organization_id = %s AND id = ANY (%s) ORDER BY id FOR NO KEY UPDATE
"""
CHANGE: Final = """
UPDATE deposit_account SET name = %(name)s, active = %(active)s, version = version + 1
WHERE id = %(id)s AND NOT EXISTS (
    SELECT FROM deposit_account AS other
    WHERE (other.organization_id, other.name, other.currency)
        = (%(organization_id)s, %(name)s, %(currency)s) AND other.id <> %(id)s)
RETURNING id
"""
UNROUTE: Final = """
DELETE FROM deposit_route WHERE deposit_account_id = %s AND method <> ALL (%s::text[])
"""
ROUTE: Final = """
INSERT INTO deposit_route (organization_id, currency, method, deposit_account_id)
SELECT %s, %s, method, %s FROM (SELECT DISTINCT unnest(%s::text[]) AS method) AS named
ORDER BY method
ON CONFLICT (organization_id, currency, method)
DO UPDATE SET deposit_account_id = excluded.deposit_account_id
"""
TRANSFER: Final = """
WITH moved AS (
    INSERT INTO deposit_transfer (id, organization_id, from_account_id, to_account_id,
                                  amount_minor, currency, description, booked_on, reverses,
                                  recorded_at, recorded_by)
    VALUES (%(id)s, %(organization_id)s, %(from_account_id)s, %(to_account_id)s,
            %(amount_minor)s, %(currency)s, %(description)s, %(booked_on)s, %(reverses)s,
            %(recorded_at)s, %(recorded_by)s)
    RETURNING *
)
INSERT INTO journal_entry (organization_id, posting_id, account, amount_minor, currency,
                           deposit_account_id, booked_on, memo, recorded_at)
SELECT organization_id, id, CASE WHEN side IS NULL THEN 'opening' ELSE 'deposit' END, minor,
       currency, side, booked_on, description, recorded_at
FROM moved, LATERAL (VALUES (to_account_id, amount_minor), (from_account_id, -amount_minor))
    AS entry(side, minor)
"""
FIND_TRANSFER: Final = """
SELECT * FROM deposit_transfer WHERE organization_id = %s AND id = %s FOR NO KEY UPDATE
"""
REVERSED: Final = "SELECT EXISTS (SELECT FROM deposit_transfer WHERE reverses = %s) AS it"


async def accounts(
    tx: Connection, organization_id: UUID, ids: Sequence[UUID]
) -> dict[UUID, dict[str, Any]]:
    """Deposit accounts with their balances and the methods whose money they take."""
    values = {"organization_id": organization_id, "ids": list(ids)}
    cursor = await tx.execute(ACCOUNTS, values)
    return {row["id"]: row for row in await cursor.fetchall()}


async def insert(tx: Connection, values: dict[str, Any]) -> bool:
    """Open an account; False when its name is taken."""
    return await (await tx.execute(INSERT, values)).fetchone() is not None


async def lock(
    tx: Connection, organization_id: UUID, ids: Sequence[UUID]
) -> dict[UUID, dict[str, Any]]:
    """Lock accounts, by id; those that exist."""
    cursor = await tx.execute(LOCK, (organization_id, list(ids)))
    return {row["id"]: row for row in await cursor.fetchall()}


async def change(tx: Connection, values: dict[str, Any]) -> bool:
    """Rename, close or open a locked account; False when the name is taken."""
    return await (await tx.execute(CHANGE, values)).fetchone() is not None


async def route(
    tx: Connection, organization_id: UUID, account_id: UUID, currency: str, methods: Sequence[str]
) -> None:
    """Let an account take the money of these methods and of no other."""
    await tx.execute(UNROUTE, (account_id, list(methods)))
    await tx.execute(ROUTE, (organization_id, currency, account_id, list(methods)))


async def transfer(tx: Connection, values: dict[str, Any], at: datetime) -> None:
    """Record a transfer and its posting."""
    await tx.execute(TRANSFER, values | {"recorded_at": at})


async def lock_transfer(
    tx: Connection, organization_id: UUID, transfer_id: UUID
) -> tuple[dict[str, Any] | None, bool]:
    """A transfer, locked, and whether another one undoes it."""
    cursor = await tx.execute(FIND_TRANSFER, (organization_id, transfer_id))
    row = await cursor.fetchone()
    undone = await (await tx.execute(REVERSED, (transfer_id,))).fetchone()
    return row, bool(undone and undone["it"])


def turned(row: dict[str, Any], *, booked_on: date, description: str) -> dict[str, Any]:
    """The transfer that undoes another one."""
    return row | {
        "from_account_id": row["to_account_id"],
        "to_account_id": row["from_account_id"],
        "booked_on": booked_on,
        "description": description,
        "reverses": row["id"],
    }
