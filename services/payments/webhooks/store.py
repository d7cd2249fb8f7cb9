"""Every query on stored webhooks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from services.payments.webhooks.model import EventState
from shared.db import Connection, Database, json_rows
from shared.ids import new_id

Row = dict[str, Any]

KEEP: Final = """
INSERT INTO provider_event (id, organization_id, provider, provider_event_id, type, body,
                            next_try_at, received_at)
VALUES (%(id)s, %(organization_id)s, %(provider)s, %(event_id)s, %(type)s, %(body)s, %(at)s, %(at)s)
ON CONFLICT (organization_id, provider, provider_event_id) DO NOTHING
"""
CLAIM: Final = """
SELECT id, organization_id, provider, type, body, attempts FROM provider_event
WHERE state = 'stored' AND next_try_at <= %s AND (%s::uuid[] IS NULL OR id = ANY(%s::uuid[]))
ORDER BY next_try_at, id LIMIT %s FOR UPDATE SKIP LOCKED
"""
FINISH: Final = """
UPDATE provider_event AS event
SET state = new.state, reason = new.reason, attempts = event.attempts + 1,
    next_try_at = coalesce(new.next_try_at, event.next_try_at),
    handled_at = CASE WHEN new.state = 'stored' THEN NULL ELSE %s::timestamptz END
FROM json_to_recordset(%s::json) AS new(
    id uuid, state text, reason text, next_try_at timestamptz)
WHERE event.id = new.id
"""
REPLAY: Final = """
UPDATE provider_event SET state = 'stored', reason = NULL, attempts = 0, next_try_at = %s,
    handled_at = NULL
WHERE id = %s AND organization_id = %s
RETURNING id
"""
BACKLOG: Final = """
SELECT (SELECT count(*) FROM (SELECT FROM provider_event WHERE state = 'stored' LIMIT 10000) AS s)
           AS stored,
       (SELECT count(*) FROM (SELECT FROM provider_event WHERE state = 'set_aside'
                              LIMIT 10000) AS s) AS set_aside
"""
FORGET: Final = """
DELETE FROM provider_event WHERE id IN (
    SELECT id FROM provider_event
    WHERE state IN ('handled', 'ignored') AND handled_at < %s LIMIT %s)
"""


async def keep(
    database: Database,
    organization_id: UUID,
    provider: str,
    name: tuple[str, str],
    body: bytes,
    at: datetime,
) -> bool:
    """Store a webhook by its id and type; False when it is there already."""
    event_id, type_ = name
    values = {
        "id": new_id(),
        "organization_id": organization_id,
        "provider": provider,
        "event_id": event_id,
        "type": type_,
        "body": body,
        "at": at,
    }
    async with database.transaction(organization_id) as tx:
        cursor = await tx.execute(KEEP, values)
    return cursor.rowcount == 1


async def claim(
    tx: Connection, at: datetime, limit: int, ids: Sequence[UUID] | None = None
) -> list[Row]:
    """Lock webhooks that wait to be handled, the longest waiting first."""
    chosen = None if ids is None else list(ids)
    return await (await tx.execute(CLAIM, (at, chosen, chosen, limit))).fetchall()


async def finish(tx: Connection, at: datetime, outcomes: Sequence[Row]) -> None:
    """Write what became of webhooks: `id`, `state`, `reason`, `next_try_at`."""
    if outcomes:
        await tx.execute(FINISH, (at, json_rows(outcomes)))


async def replay(tx: Connection, organization_id: UUID, event_id: UUID, at: datetime) -> bool:
    """Have a webhook handled anew, whatever became of it; False when there is none."""
    cursor = await tx.execute(REPLAY, (at, event_id, organization_id))
    return await cursor.fetchone() is not None


async def backlog(database: Database) -> dict[str, int]:
    """How many webhooks wait, and how many are set aside; counted up to a bound."""
    async with database.transaction(None) as tx:
        row = await (await tx.execute(BACKLOG)).fetchone()
    assert row is not None
    return {EventState.STORED.value: row["stored"], EventState.SET_ASIDE.value: row["set_aside"]}


async def forget(database: Database, before: datetime, limit: int) -> int:
    """Delete what was handled long ago; how many."""
    async with database.transaction(None) as tx:
        return (await tx.execute(FORGET, (before, limit))).rowcount
