"""The desk for events that could not be handled: nothing is ever dropped.

A dead letter keeps the event, why it died and its trace in the service's own database,
where an administrator lists, shows, replays or discards it.
"""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson

from shared.contracts.event import Event
from shared.db import Connection
from shared.ids import new_id

BURY: Final = """
INSERT INTO dead_letter
    (id, event_id, type, organization_id, body, headers, reason, error, attempts, traceparent)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
MOST_ERROR_CHARACTERS: Final = 4000


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event, or an unreadable body, and why it is set aside."""

    body: bytes
    reason: str
    error: str
    attempts: int
    event: Event[Any] | None = None


async def bury(tx: Connection, letter: DeadLetter) -> UUID:
    """Keep a dead letter; its id."""
    letter_id = new_id()
    event = letter.event
    await tx.execute(
        BURY,
        (
            letter_id,
            event.id if event else None,
            event.type if event else _type_in(letter.body),
            event.organization if event else None,
            letter.body,
            "{}",
            letter.reason,
            letter.error[:MOST_ERROR_CHARACTERS].replace("\x00", "\\0"),
            letter.attempts,
            event.traceparent if event else None,
        ),
    )
    return letter_id


def _type_in(body: bytes) -> str | None:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    found = document.get("type") if isinstance(document, dict) else None
    return found if isinstance(found, str) and "\x00" not in found else None
