"""Confirmed publishing. Only the outbox relay, retries and replays call it.

Persistent, mandatory and confirmed: `publish` returns when the broker has every message
safe in every queue it was routed to, and raises when any message is in doubt.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import aio_pika
import structlog
from aio_pika import DeliveryMode, Message
from aio_pika.abc import (
    AbstractRobustChannel,
    AbstractRobustConnection,
    AbstractRobustExchange,
)

from shared.bus import topology
from shared.bus.pack import Pack

log = structlog.get_logger(__name__)

WINDOW: Final = 200
CONFIRM_SECONDS: Final = 30.0


async def connect(url: str, *, name: str) -> AbstractRobustConnection:
    """A connection that heals itself; waits for a broker that is not up yet."""
    pause = 0.2
    while True:
        try:
            return await aio_pika.connect_robust(
                url, client_properties={"connection_name": name}, reconnect_interval=1
            )
        except (ConnectionError, OSError, aio_pika.exceptions.AMQPError) as error:
            where = urlsplit(url)
            log.warning(
                "broker-unreachable", host=where.hostname, port=where.port, error=str(error)
            )
            await asyncio.sleep(pause)
            pause = min(pause * 2, 3.0)


class BusPublisher:
    """A channel with confirms, and the exchanges it publishes to."""

    def __init__(self, channel: AbstractRobustChannel, exchange: AbstractRobustExchange) -> None:
        self._channel = channel
        self._exchange = exchange

    @classmethod
    async def open(cls, connection: AbstractRobustConnection) -> "BusPublisher":
        """Declare the topology and be ready to publish."""
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        exchange = await topology.declare(channel)
        return cls(channel, exchange)

    async def publish(self, packs: Sequence[Pack]) -> None:
        """Put packs on the exchange, a window of them in flight at a time."""
        for start in range(0, len(packs), WINDOW):
            window = packs[start : start + WINDOW]
            await asyncio.gather(*(self._publish(item) for item in window))

    async def _publish(self, item: Pack) -> None:
        message = Message(
            item.body,
            content_type=item.content_type,
            delivery_mode=DeliveryMode.PERSISTENT,
            type=item.type,
        )
        await self._exchange.publish(
            message, routing_key=item.type, mandatory=True, timeout=CONFIRM_SECONDS
        )

    async def to_queue(
        self, queue: str, body: bytes, content_type: str, headers: Mapping[str, Any]
    ) -> None:
        """Put one message on one queue, past the exchange."""
        message = Message(
            body,
            content_type=content_type,
            delivery_mode=DeliveryMode.PERSISTENT,
            headers=dict(headers),
        )
        await self._channel.default_exchange.publish(
            message, routing_key=queue, mandatory=True, timeout=CONFIRM_SECONDS
        )

    async def close(self) -> None:
        """Close the channel; the connection is its opener's."""
        await self._channel.close()
