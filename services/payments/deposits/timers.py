"""Keeping the balances of deposit accounts quick to read."""

from typing import Final

import psycopg

from shared.db import Database
from shared.timers import every

ENOUGH_ENTRIES: Final = 20_000
BEHIND: Final = """
SELECT coalesce((SELECT max(id) FROM journal_entry), 0)
     - coalesce((SELECT max(entry_id) FROM deposit_balance), 0) AS entries
"""
KEEP: Final = """
INSERT INTO deposit_balance AS kept (deposit_account_id, organization_id, entry_id, balance_minor)
SELECT account.id, account.organization_id, %(horizon)s, coalesce(before.balance_minor, 0) + (
           SELECT coalesce(sum(amount_minor), 0) FROM journal_entry
           WHERE deposit_account_id = account.id
             AND id > coalesce(before.entry_id, 0) AND id <= %(horizon)s)
FROM deposit_account AS account
LEFT JOIN deposit_balance AS before ON before.deposit_account_id = account.id
ORDER BY account.id
ON CONFLICT (deposit_account_id) DO UPDATE
SET entry_id = excluded.entry_id, balance_minor = excluded.balance_minor
WHERE excluded.entry_id > kept.entry_id
"""


@every(seconds=300)
async def keep_deposit_balances(db: Database) -> int:
    """Keep each account's sum up to an entry below which none can appear any more.

    Entries get their ids when they are written and are seen when they commit, which is not
    the same order. So writers are kept out for the instant in which the highest id is read:
    whoever wrote a lower one has committed by then. A writer who takes longer is not waited
    for; the next run comes soon enough.
    """
    async with db.transaction(None) as tx:
        row = await (await tx.execute(BEHIND)).fetchone()
    if row is None or row["entries"] < ENOUGH_ENTRIES:
        return 0
    try:
        async with db.transaction(None) as tx:
            await tx.execute("SET LOCAL lock_timeout = '300ms'")
            await tx.execute("LOCK TABLE journal_entry IN SHARE MODE")
            row = await (await tx.execute("SELECT max(id) AS it FROM journal_entry")).fetchone()
    except psycopg.errors.LockNotAvailable:
        return 0
    assert row is not None
    async with db.transaction(None) as tx:
        return (await tx.execute(KEEP, {"horizon": row["it"]})).rowcount
