"""Each event takes effect once per service, however often the bus delivers it."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from shared.contracts.event import Event
from shared.db import Connection

CLAIM: Final = """
INSERT INTO inbox (event_id) SELECT unnest(%b::uuid[]) ON CONFLICT DO NOTHING RETURNING event_id
"""
FEW: Final = 16
CLAIM_FEW: Final = f"{CLAIM.rstrip()}, set_config('plan_cache_mode', 'auto', true)"


async def first_deliveries(tx: Connection, events: Sequence[Event[Any]]) -> list[Event[Any]]:
    """Claim events for this service; those that were never handled before, in order.

    Runs in the handlers' own transaction: the claims and the handlers' writes commit
    together or not at all. A concurrent duplicate waits here until the other transaction
    ends, and is then left out (committed) or claimed (rolled back). Ids are claimed in
    sorted order so that two batches with common events cannot deadlock.

    What follows on a few events goes by kept plans, which is soonest; a larger batch has its
    statements planned for its size (see `shared.db.Database`).
    """
    ids = sorted({event.id for event in events})
    cursor = await tx.execute(CLAIM if len(ids) > FEW else CLAIM_FEW, (ids,))
    unclaimed: set[UUID] = {row["event_id"] for row in await cursor.fetchall()}
    fresh: list[Event[Any]] = []
    for event in events:
        if event.id in unclaimed:
            unclaimed.remove(event.id)
            fresh.append(event)
    return fresh
