"""A process of the naive system: `python -m benchmarks.naive.worker ROLE [arguments]`."""

import asyncio
import os
import sys
from collections.abc import Mapping
from functools import partial
from typing import Final
from uuid import UUID

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractExchange
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from benchmarks.naive.bus import Handle, consume, relay
from benchmarks.naive.model import Invoice, Line
from benchmarks.naive.operations import obey, reassess, record_payment, suspend_overdue_line
from shared import clock

EXCHANGE: Final = "naive"
HEARS: Final[Mapping[str, Mapping[str, Handle]]] = {
    "payments": {},
    "collections": {"allocation-made": reassess},
    "customers": {
        "reactivation-ordered": partial(obey, status="active"),
        "suspension-ordered": partial(obey, status="suspended"),
    },
}
LANES: Final = 8


async def work(engine: AsyncEngine, service: str) -> None:
    """Relay the service's outbox and handle what it hears, until terminated."""
    connection = await aio_pika.connect(os.environ["NAIVE_BUS"])
    publishing = await _exchange(await connection.channel(publisher_confirms=True))
    channel = await connection.channel()
    exchange = await _exchange(channel)
    handlers = HEARS[service]
    tasks = [asyncio.create_task(relay(engine, publishing))]
    if handlers:
        queue = await channel.declare_queue(
            service, durable=True, arguments={"x-queue-type": "quorum"}
        )
        for type_ in handlers:
            await queue.bind(exchange, type_)
        tasks.append(asyncio.create_task(consume(engine, queue, handlers)))
    _say_ready()
    await asyncio.gather(*tasks)


def _say_ready() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()


async def _exchange(channel: AbstractChannel) -> AbstractExchange:
    return await channel.declare_exchange(EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True)


async def generate(engine: AsyncEngine) -> None:
    """Pay every invoice, as many at once as our own generator does."""
    async with AsyncSession(engine) as session:
        ids = (await session.scalars(select(Invoice.id))).all()
    left = iter(ids)
    _say_ready()

    async def lane() -> None:
        for invoice_id in left:
            async with AsyncSession(engine) as session, session.begin():
                await record_payment(session, invoice_id, 1000, key=str(invoice_id))

    await asyncio.gather(*(lane() for _ in range(LANES)))


async def sweep(engine: AsyncEngine) -> None:
    """Look at every line and suspend those with something overdue."""
    today = clock.now().date()
    async with AsyncSession(engine) as session:
        ids: list[UUID] = list((await session.scalars(select(Line.id))).all())
    _say_ready()
    for line_id in ids:
        async with AsyncSession(engine) as session, session.begin():
            await suspend_overdue_line(session, line_id, today)


async def main(role: str) -> None:
    """Be one process of the naive system."""
    url = os.environ["NAIVE_DATABASE"].replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_async_engine(url, pool_size=20)
    match role:
        case "payments-generator":
            await generate(engine)
        case "collections-sweeper":
            await sweep(engine)
        case service:
            await work(engine, service)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
