"""Events commit with their cause: the outbox table, and the relay that empties it.

`emit` writes rows in the caller's transaction; nothing else in Duesline publishes. The
relay of a service is one (an advisory lock elects it among the workers). It reads rows in
order, packs a backlog of one type into few messages, publishes with confirms, and deletes
what the broker confirmed. A crash between confirm and delete repeats events; inboxes
make that harmless.

Waking: a commit wakes the relay of its own process directly and, at most every few
milliseconds, that of another process by NOTIFY. A NOTIFY in each transaction would
serialise commits. A slow poll catches what a lost notification missed.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import psycopg
import structlog
from psycopg.rows import tuple_row
from sqlalchemy.ext.asyncio import AsyncSession

from shared.bus.metrics import EVENTS_PUBLISHED, RELAY_LEADS
from shared.bus.pack import StoredEvent, pack
from shared.bus.publish import LOST, BusPublisher
from shared.contracts.event import Event, EventData
from shared.db import Connection, Database, connection_of
from shared.telemetry import current_traceparent

log = structlog.get_logger(__name__)

CHANNEL: Final = "duesline_outbox"
LEADER_LOCK: Final = 0x6F757462  # "outb"
PAGE: Final = 5000
POLL_SECONDS: Final = 0.25
NOTIFY_EVERY_SECONDS: Final = 0.005
LONGEST_PAUSE_SECONDS: Final = 0.025
PAUSE_PER_EVENT_SECONDS: Final = 0.0005

INSERT: Final = """
INSERT INTO outbox (type, organization_id, subject, version, causation_id, traceparent, data)
SELECT * FROM unnest(
    %b::text[], %b::uuid[], %b::text[], %b::bigint[], %b::uuid[], %b::text[], %b::text[])
"""
NEXT: Final = """
SELECT seq, event_id::text, type, organization_id::text, to_json(subject)::text, version,
       to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
       causation_id::text, traceparent, data
FROM outbox ORDER BY seq LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An event about to be emitted: its data, what it is about, and what caused it.

    Without a cause the event continues the trace that is current.
    """

    data: EventData
    organization_id: UUID
    subject: UUID | str
    version: int = 0
    cause: Event[Any] | None = None


async def emit(tx: Connection | AsyncSession, outgoing: Sequence[Outgoing]) -> None:
    """Store events in the caller's transaction; they leave when, and only if, it commits."""
    if not outgoing:
        return
    connection = await connection_of(tx)
    here = current_traceparent()
    columns: tuple[list[Any], ...] = ([], [], [], [], [], [], [])
    for item in outgoing:
        cause = item.cause
        row = (
            item.data.type,
            item.organization_id,
            str(item.subject),
            item.version,
            cause.id if cause else None,
            cause.traceparent if cause else here,
            item.data.model_dump_json(),
        )
        for column, value in zip(columns, row, strict=True):
            column.append(value)
    await connection.execute(INSERT, columns)


class Notifier:
    """Tells the relay, here or in another process, that rows may be waiting."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pending = asyncio.Event()
        self.relay: Relay | None = None

    def wake(self) -> None:
        """Called after each commit; cheap, and safe to call too often."""
        if self.relay is not None and self.relay.leads:
            self.relay.wake()
        else:
            self._pending.set()

    async def run(self) -> None:
        """Send paced notifications until cancelled; an unreachable server is the poll's matter."""
        while True:
            await self._pending.wait()
            self._pending.clear()
            with suppress(psycopg.Error):
                await self._notify_while_busy()

    async def _notify_while_busy(self) -> None:
        async with await psycopg.AsyncConnection.connect(
            self._database.url, autocommit=True, application_name=self._database.application
        ) as connection:
            while True:
                await connection.execute(f"NOTIFY {CHANNEL}")
                await asyncio.sleep(NOTIFY_EVERY_SECONDS)
                await self._pending.wait()
                self._pending.clear()


class Relay:
    """Moves rows from the outbox to the bus while it leads."""

    def __init__(self, service: str, database: Database, publisher: BusPublisher) -> None:
        self.service = service
        self.leads = False
        self._database = database
        self._publisher = publisher
        self._wanted = asyncio.Event()

    def wake(self) -> None:
        """Look at the outbox soon."""
        self._wanted.set()

    async def run(self) -> None:
        """Lead when elected, for as long as the connection that holds the lock lives."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._database.url,
                    autocommit=True,
                    row_factory=tuple_row,
                    application_name=f"{self._database.application}-relay",
                ) as connection:
                    if await self._elected(connection):
                        await self._lead(connection)
            except (psycopg.Error, *LOST) as error:
                log.warning("relay-interrupted", service=self.service, error=repr(error))
            except Exception:
                log.exception("relay-failed", service=self.service)
            finally:
                self._leading(False)
            await asyncio.sleep(1.0)

    def _leading(self, leads: bool) -> None:
        self.leads = leads
        RELAY_LEADS.labels(self.service).set(leads)

    async def _elected(self, connection: psycopg.AsyncConnection[Any]) -> bool:
        cursor = await connection.execute("SELECT pg_try_advisory_lock(%s)", (LEADER_LOCK,))
        row = await cursor.fetchone()
        return bool(row and row[0])

    async def _lead(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._leading(True)
        log.info("relay-leads", service=self.service)
        while True:
            self._wanted.clear()
            moved = await self.move(connection)
            if moved == PAGE:
                continue
            if moved:
                await asyncio.sleep(min(LONGEST_PAUSE_SECONDS, moved * PAUSE_PER_EVENT_SECONDS))
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._wanted.wait()

    async def move(self, connection: psycopg.AsyncConnection[Any]) -> int:
        """Publish one page of the outbox and delete it; how many events that were.

        Rows that a slower transaction commits later with a lower `seq` are found by a
        later page: pages are not a cursor.
        """
        cursor = await connection.execute(NEXT, (PAGE,))
        rows = [StoredEvent(*row) for row in await cursor.fetchall()]
        if rows:
            await self._publisher.publish(pack(self.service, rows))
            await connection.execute(
                "DELETE FROM outbox WHERE seq = ANY(%b)", ([row.seq for row in rows],)
            )
            EVENTS_PUBLISHED.labels(self.service).inc(len(rows))
        return len(rows)
