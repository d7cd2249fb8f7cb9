"""The worker of a service: consumer, relay and timers in one event loop.

Each part restarts by itself when it fails; the process reports ready while the database
and the broker answer. Stopping drains: no new deliveries, the batch in hand finishes, the
outbox gets a last look.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import psycopg
import structlog

from shared.bus.consume import Consumer
from shared.bus.handlers import Handlers
from shared.bus.publish import LOST, BusPublisher
from shared.bus.rebuild import RebuildDesk
from shared.bus.replay import ReplayDesk
from shared.db import Database
from shared.housekeeping import housekeeping
from shared.outbox import CHANNEL as OUTBOX_CHANNEL
from shared.outbox import Notifier, Relay
from shared.settings import ServiceSettings
from shared.timers import Clockwork

if TYPE_CHECKING:
    from shared.runtime import Service

log = structlog.get_logger(__name__)

DRAIN_SECONDS: Final = 20.0


class Worker:
    """One worker process of a service, without its HTTP side."""

    def __init__(self, service: "Service", database: Database, settings: ServiceSettings) -> None:
        self.service = service
        self.stopped = asyncio.Event()
        self._database = database
        self._amqp_url = settings.amqp_url
        self._handlers = Handlers(service.name, service.handlers)
        self.clockwork = Clockwork(database, (*service.timers, housekeeping))
        self._publisher: BusPublisher | None = None
        self._consumer: Consumer | None = None
        self._parts: list[asyncio.Task[None]] = []
        self._consuming: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Work until `stop`."""
        publisher = await BusPublisher.open(self._amqp_url, name=f"{self.service.name}-publisher")
        self._publisher = publisher
        notifier = Notifier(self._database)
        relay = Relay(self.service.name, self._database, publisher)
        notifier.relay = relay
        self._database.on_commit = notifier.wake
        replay = ReplayDesk(self.service.name, self._database, publisher)
        rebuild = RebuildDesk(self.service, self._database, self._amqp_url)
        listener = Listener(
            self._database,
            {
                OUTBOX_CHANNEL: lambda _: relay.wake(),
                "duesline_timer": self.clockwork.wake,
                "duesline_replay": lambda _: replay.wake(),
                "duesline_rebuild": lambda _: rebuild.wake(),
            },
        )
        self._consumer = Consumer(self._database, self._handlers, publisher)
        parts = (notifier.run, relay.run, replay.run, rebuild.run, listener.run, self.clockwork.run)
        self._parts = [asyncio.create_task(self._keep(part)) for part in parts]
        self._consuming = asyncio.create_task(self._consume(self._consumer))
        log.info("worker-started", service=self.service.name)
        await self.stopped.wait()

    async def _consume(self, consumer: Consumer) -> None:
        """Consume until stopped; after a loss or a failure, begin anew."""
        while not consumer.stopping:
            try:
                await consumer.run(self._amqp_url)
            except LOST as error:
                log.warning("broker-lost", service=self.service.name, error=repr(error))
                await asyncio.sleep(0.2)
            except Exception:
                log.exception("consumer-failed", service=self.service.name)
                await asyncio.sleep(1.0)

    async def _keep(self, part: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await part()
            except Exception:
                log.exception("part-failed", service=self.service.name, part=part.__qualname__)
            await asyncio.sleep(0.5)

    async def stop(self) -> None:
        """Drain and close; what is not finished in time the broker and the tables still have."""
        if self._consumer is not None and self._consuming is not None:
            self._consumer.stop()
            with suppress(TimeoutError):
                async with asyncio.timeout(DRAIN_SECONDS):
                    await self._consuming
        for part in self._parts:
            part.cancel()
        await asyncio.gather(*self._parts, return_exceptions=True)
        if self._publisher is not None:
            await self._publisher.close()
        self.stopped.set()

    async def check_broker(self) -> None:
        """Raise unless the publisher is connected, now at the latest, and the consumer consumes."""
        if self._publisher is None:
            raise ConnectionError("the publisher has not connected to the broker yet")
        await self._publisher.ready()
        if self._consumer is None or not self._consumer.consuming:
            raise ConnectionError("the consumer is not connected to the broker")


class Listener:
    """Hears notifications from the service's other processes."""

    def __init__(self, database: Database, heard: dict[str, Callable[[str], None]]) -> None:
        self._database = database
        self._heard = heard

    async def run(self) -> None:
        """Listen until cancelled; a lost connection is opened anew, polls cover the gap."""
        while True:
            with suppress(psycopg.Error):
                await self._listen()
            await asyncio.sleep(0.5)

    async def _listen(self) -> None:
        async with await psycopg.AsyncConnection.connect(
            self._database.url,
            autocommit=True,
            application_name=f"{self._database.application}-listener",
        ) as connection:
            for channel in self._heard:
                await connection.execute(f"LISTEN {channel}")
            async for notification in connection.notifies():
                self._heard[notification.channel](notification.payload)
