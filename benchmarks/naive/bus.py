"""The naive bus: poll the outbox, publish one by one, handle one message at a time."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import aio_pika
from aio_pika.abc import AbstractExchange, AbstractIncomingMessage, AbstractQueue
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from benchmarks.naive.model import OutboxEvent
from benchmarks.naive.operations import first_time
from shared import clock

POLL_SECONDS: Final = 0.1
PAGE: Final = 100

Handle = Callable[[AsyncSession, dict[str, Any]], Awaitable[None]]


async def relay(engine: AsyncEngine, exchange: AbstractExchange) -> None:
    """Publish what waits, one event at a time, each in a transaction; poll when idle."""
    while True:
        async with AsyncSession(engine) as session:
            waiting = await session.scalars(
                select(OutboxEvent.id)
                .where(OutboxEvent.published_at.is_(None))
                .order_by(OutboxEvent.seq)
                .limit(PAGE)
            )
            ids = waiting.all()
        for event_id in ids:
            async with AsyncSession(engine) as session, session.begin():
                event = await session.get_one(OutboxEvent, event_id)
                message = aio_pika.Message(
                    json.dumps(event.data).encode(),
                    message_id=str(event.id),
                    delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
                )
                await exchange.publish(message, routing_key=event.type, mandatory=False)
                event.published_at = _now()
        if not ids:
            await asyncio.sleep(POLL_SECONDS)


async def consume(
    engine: AsyncEngine, queue: AbstractQueue, handlers: Mapping[str, Handle]
) -> None:
    """One message, one transaction, one acknowledgement."""

    async def on_message(message: AbstractIncomingMessage) -> None:
        async with AsyncSession(engine) as session, session.begin():
            if await first_time(session, UUID(message.message_id)):
                await handlers[message.routing_key or ""](session, json.loads(message.body))
        await message.ack()

    await queue.channel.set_qos(prefetch_count=1)
    await queue.consume(on_message)
    await asyncio.Event().wait()


def _now() -> datetime:
    return clock.now().replace(tzinfo=None)
