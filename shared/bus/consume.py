"""A service's queue, taken in batches: collect, apply, retry or bury, acknowledge.

Everything that is waiting goes into one transaction, up to a bound; an idle queue's single
event is handled at once. What fails for now is copied to a delay queue, what fails for good
to the dead letters; only then is the batch acknowledged. A kill at any point repeats
deliveries and loses none.

Shutting down, the consumer stops taking, finishes the batch in hand and leaves the rest to
the broker.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import structlog
from aio_pika.abc import AbstractConnection, AbstractIncomingMessage

from shared.bus import topology
from shared.bus.apply import Applier, Failure, Outcome, is_outage
from shared.bus.dead import DeadLetter, bury
from shared.bus.handlers import Handlers
from shared.bus.metrics import EVENTS_HANDLED
from shared.bus.pack import SINGLE
from shared.bus.parse import parse
from shared.bus.publish import LOST, BusPublisher, connect
from shared.contracts.event import Event
from shared.db import Database

log = structlog.get_logger(__name__)

ATTEMPT: Final = "x-duesline-attempt"
PREFETCH: Final = 120
MOST_EVENTS: Final = 1500
CLOSE_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event of the batch in hand and how often it failed before."""

    event: Event[Any]
    attempt: int


class Consumer:
    """Feeds one service's handlers from its queue."""

    def __init__(self, database: Database, handlers: Handlers, publisher: BusPublisher) -> None:
        self.service = handlers.service
        self._database = database
        self._applier = Applier(database, handlers)
        self._publisher = publisher
        self.consuming = False
        self.stopping = False
        self._lost = False
        self._waiting: deque[AbstractIncomingMessage] = deque()
        self._something = asyncio.Event()

    async def run(self, url: str) -> None:
        """Consume until `stop`, then finish the batch in hand; raises when the broker is lost."""
        self._waiting.clear()
        self._lost = False
        connection = await connect(url, name=f"{self.service}-consumer")
        connection.close_callbacks.add(self._lose)
        try:
            await self._subscribe(connection)
            self.consuming = True
            while message := await self._next_message():
                await self._handle([message])
        finally:
            self.consuming = False
            with suppress(*LOST):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await connection.close()

    def stop(self) -> None:
        """Take no more; `run` returns once the batch in hand is done."""
        self.stopping = True
        self._something.set()

    async def _subscribe(self, connection: AbstractConnection) -> None:
        """Take from the service's queue, and what the broker gave up on from the dead queue.

        Each has a channel of its own: acknowledging several at once means all earlier ones
        of a channel.
        """
        for name, prefetch, take in (
            (topology.queue_name(self.service), PREFETCH, self._arrive),
            (topology.dead_queue_name(self.service), 1, self._bury_undeliverable),
        ):
            channel = await connection.channel(publisher_confirms=False)
            channel.close_callbacks.add(self._lose)
            await channel.set_qos(prefetch_count=prefetch)
            queue = await channel.get_queue(name, ensure=False)
            await queue.consume(take)

    async def _arrive(self, message: AbstractIncomingMessage) -> None:
        self._waiting.append(message)
        self._something.set()

    def _lose(self, *_: object) -> None:
        self._lost = True
        self._something.set()

    async def _next_message(self) -> AbstractIncomingMessage | None:
        """Wait for a message; None when stopping."""
        while not self.stopping:
            if self._lost:
                raise ConnectionError("the broker is gone")
            if self._waiting:
                return self._waiting.popleft()
            self._something.clear()
            await self._something.wait()
        return None

    async def _handle(self, messages: list[AbstractIncomingMessage]) -> None:
        """Fill the batch from what waits, apply it, settle what failed, acknowledge."""
        deliveries: list[Delivery] = []
        for message in messages:
            deliveries += await self._open(message)
        while len(deliveries) < MOST_EVENTS and self._waiting:
            messages.append(self._waiting.popleft())
            deliveries += await self._open(messages[-1])
        result = await self._applier.apply([delivery.event for delivery in deliveries])
        EVENTS_HANDLED.labels(self.service, "applied").inc(result.applied)
        EVENTS_HANDLED.labels(self.service, "repeated").inc(result.repeated)
        attempts = {delivery.event.id: delivery.attempt for delivery in deliveries}
        for failure in result.failures:
            await self._settle(failure, attempts[failure.event.id] + 1)
        await self._acknowledge(messages)

    async def _open(self, message: AbstractIncomingMessage) -> Sequence[Delivery]:
        """The events of a message; what cannot be read is buried here and now."""
        parsed = parse(message.body, message.content_type, message.type)
        attempt = _attempt(message)
        for piece in parsed.unreadable:
            log.error("unreadable", service=self.service, reason=piece.reason, error=piece.error)
            await self._bury(DeadLetter(piece.body, piece.reason, piece.error, attempt + 1))
        return [Delivery(event, attempt) for event in parsed.events]

    async def _settle(self, failure: Failure, attempt: int) -> None:
        body = failure.event.model_dump_json().encode()
        tier = topology.retry_tier(attempt) if failure.outcome is Outcome.LATER else None
        if tier is not None:
            EVENTS_HANDLED.labels(self.service, "retried").inc()
            queue = topology.retry_queue_name(self.service, tier)
            await self._confirmed(queue, body, attempt)
            return
        EVENTS_HANDLED.labels(self.service, "dead").inc()
        reason = "retries-exhausted" if failure.outcome is Outcome.LATER else "handler-failed"
        error = f"{type(failure.error).__name__}: {failure.error}"
        await self._bury(DeadLetter(body, reason, error, attempt, failure.event))

    async def _confirmed(self, queue: str, body: bytes, attempt: int) -> None:
        """Copy to a queue, however long the broker takes to be there."""
        while True:
            try:
                await self._publisher.to_queue(queue, body, SINGLE, {ATTEMPT: attempt})
                return
            except LOST as error:
                log.warning("retry-not-published", queue=queue, error=repr(error))
                await asyncio.sleep(1.0)

    async def _bury(self, letter: DeadLetter) -> None:
        while True:
            try:
                async with self._database.transaction(None) as tx:
                    await bury(tx, letter)
                return
            except Exception as error:
                if not is_outage(error):
                    raise
                await asyncio.sleep(1.0)

    async def _bury_undeliverable(self, message: AbstractIncomingMessage) -> None:
        """Move what the broker gave up on to where people look."""
        parsed = parse(message.body, message.content_type, message.type)
        error = "delivered more often than the broker allows; a worker died with it each time"
        for event in parsed.events:
            body = event.model_dump_json().encode()
            await self._bury(DeadLetter(body, "delivery-limit", error, _attempt(message), event))
        for piece in parsed.unreadable:
            await self._bury(DeadLetter(piece.body, "delivery-limit", error, _attempt(message)))
        await self._acknowledge([message])

    async def _acknowledge(self, messages: Sequence[AbstractIncomingMessage]) -> None:
        """All of the batch at once; a channel that went away means they will come again."""
        try:
            await messages[-1].ack(multiple=len(messages) > 1)
        except LOST as error:
            log.warning("acknowledgement-lost", service=self.service, error=repr(error))


def _attempt(message: AbstractIncomingMessage) -> int:
    found = message.headers.get(ATTEMPT, 0)
    return found if isinstance(found, int) else 0
