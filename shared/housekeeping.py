"""What every service forgets after a while, in small bites.

Inboxes and idempotency keys are kept longer than anything could still repeat; decided
dead letters are kept for the record.
"""

from datetime import timedelta
from typing import Final

from shared import clock
from shared.db import Database
from shared.timers import every

BITE: Final = 10_000
KEEP_INBOX: Final = timedelta(days=14)
KEEP_KEYS: Final = timedelta(days=7)
KEEP_DECIDED_LETTERS: Final = timedelta(days=90)
FORGET: Final = (
    (
        "DELETE FROM inbox WHERE event_id IN"
        " (SELECT event_id FROM inbox WHERE received_at < %s LIMIT %s)",
        KEEP_INBOX,
    ),
    (
        "DELETE FROM idempotency_key WHERE (organization_id, key) IN"
        " (SELECT organization_id, key FROM idempotency_key WHERE created_at < %s LIMIT %s)",
        KEEP_KEYS,
    ),
    (
        "DELETE FROM dead_letter WHERE id IN (SELECT id FROM dead_letter"
        " WHERE state IN ('replayed', 'discarded') AND died_at < %s LIMIT %s)",
        KEEP_DECIDED_LETTERS,
    ),
)


@every(seconds=3600.0)
async def housekeeping(db: Database) -> int:
    """Delete what has been kept long enough; how many rows that were."""
    forgotten = 0
    for statement, keep in FORGET:
        while True:
            async with db.transaction(None) as tx:
                cursor = await tx.execute(statement, (clock.now() - keep, BITE))
            forgotten += cursor.rowcount
            if cursor.rowcount < BITE:
                break
    return forgotten
