"""Confirmed publishing. Only the outbox relay, retries and replays call it.

Persistent, mandatory and confirmed: `publish` returns when the broker has every message
safe in every queue it was routed to, and raises when any message is in doubt.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlsplit

import aio_pika
import structlog
from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractExchange

from shared.bus import topology
from shared.bus.pack import Pack

log = structlog.get_logger(__name__)

WINDOW: Final = 200
CONFIRM_SECONDS: Final = 30.0
LONGEST_PAUSE_SECONDS: Final = 3.0
LOST: Final = (aio_pika.exceptions.AMQPError, ConnectionError, OSError, TimeoutError, RuntimeError)
"""What a broker that went away raises, from here and there in the client."""


async def connect(url: str, *, name: str) -> AbstractConnection:
    """A connection; waits for a broker that is not up.

    Not one that heals itself: who holds it notices the loss and begins anew, so that what a
    half-restored channel would do never has to be asked.
    """
    pause = 0.1
    while True:
        try:
            return await aio_pika.connect(url, client_properties={"connection_name": name})
        except LOST as error:
            where = urlsplit(url)
            log.warning(
                "broker-unreachable", host=where.hostname, port=where.port, error=str(error)
            )
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


class BusPublisher:
    """A channel with confirms, opened anew after each loss, and what it publishes to."""

    def __init__(self, url: str, *, name: str) -> None:
        self._url = url
        self._name = name
        self._opening = asyncio.Lock()
        self._connection: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None
        self._exchange: AbstractExchange | None = None

    @classmethod
    async def open(cls, url: str, *, name: str) -> "BusPublisher":
        """Connected, the topology declared; waits for the broker."""
        publisher = cls(url, name=name)
        pause = 0.1
        while True:
            try:
                await publisher.ready()
                return publisher
            except LOST as error:
                log.warning("topology-waits", error=repr(error))
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    @property
    def connected(self) -> bool:
        """True while the channel is open."""
        return self._channel is not None and not self._channel.is_closed

    async def publish(self, packs: Sequence[Pack]) -> None:
        """Put packs on the exchange, a window of them in flight at a time."""
        _, exchange = await self.ready()
        for start in range(0, len(packs), WINDOW):
            window = packs[start : start + WINDOW]
            await asyncio.gather(*(_publish(exchange, item) for item in window))

    async def to_queue(
        self, queue: str, body: bytes, content_type: str, headers: Mapping[str, Any]
    ) -> None:
        """Put one message on one queue, past the exchange."""
        channel, _ = await self.ready()
        message = Message(
            body,
            content_type=content_type,
            delivery_mode=DeliveryMode.PERSISTENT,
            headers=dict(headers),
        )
        await channel.default_exchange.publish(
            message, routing_key=queue, mandatory=True, timeout=CONFIRM_SECONDS
        )

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            with suppress(*LOST):
                async with asyncio.timeout(5.0):
                    await self._connection.close()

    async def ready(self) -> tuple[AbstractChannel, AbstractExchange]:
        """The channel and exchange, opened when there are none (any more)."""
        async with self._opening:
            if not self.connected or self._channel is None or self._exchange is None:
                await self.close()
                self._connection = await connect(self._url, name=self._name)
                channel = await self._connection.channel(
                    publisher_confirms=True, on_return_raises=True
                )
                self._exchange = await topology.declare(channel)
                self._channel = channel
            return self._channel, self._exchange


async def _publish(exchange: AbstractExchange, item: Pack) -> None:
    message = Message(
        item.body,
        content_type=item.content_type,
        delivery_mode=DeliveryMode.PERSISTENT,
        type=item.type,
    )
    await exchange.publish(message, routing_key=item.type, mandatory=True, timeout=CONFIRM_SECONDS)
