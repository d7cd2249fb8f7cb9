"""A projection made anew from the event log, beside the live one.

The log is a stream that holds every published event for its retention. A rebuild creates
temporary tables named like the projection's own (PostgreSQL looks a name up among the
temporary tables first, so the projection's ordinary SQL fills them), replays the log into
them up to a marker while the live tables keep serving, then locks the live tables for a
moment, replays the tail, and writes only the rows that differ. How many differed is the
report: none means the projection was right.

When the log no longer reaches back to its beginning, rows it does not know are kept.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import aio_pika
import psycopg
import structlog
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from psycopg.rows import dict_row

from shared.bus import topology
from shared.bus.merge import merge_table
from shared.bus.parse import parse
from shared.contracts.event import Event, EventData
from shared.db import Connection, Database
from shared.ids import new_id

if TYPE_CHECKING:
    from shared.runtime import Service

log = structlog.get_logger(__name__)

CHANNEL: Final = "duesline_rebuild"
POLL_SECONDS: Final = 15.0
PREFETCH: Final = 200
MARKER_KEY: Final = "duesline.marker"
QUIET_SECONDS: Final = 60.0
CLAIM: Final = """
UPDATE projection_rebuild SET state = 'running', started_at = now()
WHERE id = (SELECT id FROM projection_rebuild WHERE state = 'requested'
            ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, projection
"""
FINISH: Final = """
UPDATE projection_rebuild SET state = %s, finished_at = now(), events = %s, error = %s
WHERE id = %s
"""

Apply = Callable[[Connection, Sequence[Event[Any]]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Projection:
    """Tables that follow from events alone, and the function that fills them.

    `apply` must only write the projection: no decisions, nothing emitted. `columns` names,
    for a table that also holds facts of the service's own, the columns that are projected;
    the others, and rows without a counterpart, are left alone.
    """

    name: str
    tables: tuple[str, ...]
    types: tuple[type[EventData], ...]
    apply: Apply
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class RebuildDesk:
    """Carries out the rebuilds an administrator asked for, one at a time."""

    def __init__(self, service: "Service", database: Database, amqp_url: str) -> None:
        self._projections = {projection.name: projection for projection in service.projections}
        self._database = database
        self._amqp_url = amqp_url
        self._wanted = asyncio.Event()

    def wake(self) -> None:
        """Look for requests now."""
        self._wanted.set()

    async def run(self) -> None:
        """Rebuild what is asked for, until cancelled."""
        while self._projections:
            with suppress(psycopg.OperationalError):
                while await self._next():
                    pass
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._wanted.wait()
            self._wanted.clear()
        await asyncio.Event().wait()

    async def _next(self) -> bool:
        async with self._database.transaction(None) as tx:
            cursor = await tx.execute(CLAIM)
            request = await cursor.fetchone()
        if request is None:
            return False
        events, error = 0, None
        try:
            projection = self._projections[request["projection"]]
            events, differing = await rebuild(self._database, self._amqp_url, projection)
            error = f"{differing} rows differed and were mended" if differing else None
            state = "finished"
        except Exception as failure:
            log.exception("rebuild-failed", projection=request["projection"])
            state, error = "failed", repr(failure)
        async with self._database.transaction(None) as tx:
            await tx.execute(FINISH, (state, events, error, request["id"]))
        return True


async def rebuild(database: Database, amqp_url: str, projection: Projection) -> tuple[int, int]:
    """Rebuild one projection; how many events were replayed and how many rows differed."""
    async with (
        _log_reader(amqp_url, projection) as reader,
        await psycopg.AsyncConnection[dict[str, Any]].connect(
            database.url, row_factory=dict_row, application_name="duesline-rebuild"
        ) as tx,
    ):
        for table in projection.tables:
            await tx.execute(f"CREATE TEMP TABLE {table} (LIKE public.{table} INCLUDING ALL)")
        await tx.commit()
        await reader.replay_to_marker(tx)
        await tx.commit()
        for table in projection.tables:
            await tx.execute(f"LOCK TABLE public.{table} IN SHARE ROW EXCLUSIVE MODE")
        await reader.replay_to_marker(tx)
        differing = 0
        for table in projection.tables:
            columns = projection.columns.get(table)
            whole = reader.complete and columns is None
            differing += await merge_table(tx, table, columns, delete_others=whole)
        await tx.commit()
        return reader.events, differing


class LogReader:
    """Replays the event log into a projection's function."""

    def __init__(self, channel: AbstractChannel, projection: Projection) -> None:
        self.events = 0
        self.complete = False
        self._channel = channel
        self._projection = projection
        self._types = {data_type.type for data_type in projection.types}
        self._messages: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
        self._started = False

    async def open(self) -> None:
        """Start reading the log at its first message."""
        await self._channel.set_qos(prefetch_count=PREFETCH)
        stream = await self._channel.get_queue(topology.LOG, ensure=False)
        await stream.consume(self._messages.put, arguments={"x-stream-offset": "first"})

    async def replay_to_marker(self, tx: Connection) -> None:
        """Replay up to a marker put at the end of the log now."""
        marker = await self._put_marker()
        while True:
            async with asyncio.timeout(QUIET_SECONDS):
                message = await self._messages.get()
            if not self._started:
                self._started = True
                self.complete = message.headers.get("x-stream-offset") == 0
            await message.ack()
            if message.message_id == str(marker):
                return
            if message.type in self._types:
                events = parse(message.body, message.content_type, message.type).events
                await self._projection.apply(tx, events)
                self.events += len(events)

    async def _put_marker(self) -> UUID:
        marker = new_id()
        exchange = await self._channel.get_exchange(topology.EXCHANGE, ensure=False)
        message = aio_pika.Message(
            b"", message_id=str(marker), delivery_mode=aio_pika.DeliveryMode.PERSISTENT
        )
        await exchange.publish(message, routing_key=MARKER_KEY)
        return marker


@asynccontextmanager
async def _log_reader(amqp_url: str, projection: Projection) -> AsyncIterator[LogReader]:
    connection = await aio_pika.connect(amqp_url)
    async with connection:
        reader = LogReader(await connection.channel(), projection)
        await reader.open()
        yield reader
