"""Outbox to inbox over a real broker: once, whatever is repeated, poisoned or late."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any
from uuid import UUID

import aio_pika
import psycopg
import pytest

from shared.bus import topology
from shared.bus.consume import Consumer
from shared.bus.handlers import Handlers, NotYet, on
from shared.bus.publish import BusPublisher, connect
from shared.bus.replay import ReplayDesk, mark_for_replay
from shared.contracts.collections import LineReactivationOrdered, LineSuspensionOrdered
from shared.contracts.event import Event
from shared.contracts.ingestion import CustomerRowsAccepted
from shared.db import Connection, Database
from shared.ids import new_id
from shared.outbox import Notifier, Outgoing, Relay, emit
from shared.testing.servers import Servers

ORGANIZATION = new_id()
SEEN = "CREATE TABLE seen (line_id uuid, generation bigint)"


class Behaviour:
    """What the handler under test does to a given line; changed while tests run."""

    def __init__(self) -> None:
        self.poisonous: set[UUID] = set()
        self.too_early: set[UUID] = set()


@dataclass
class Rig:
    """One service's consumer and relay over one broker and one database."""

    db: Database
    amqp_url: str
    connection: aio_pika.abc.AbstractConnection
    publisher: BusPublisher
    relay: Relay
    behaviour: Behaviour

    async def emit(self, lines: Sequence[UUID], generation: int = 1) -> None:
        outgoing = [
            Outgoing(
                LineSuspensionOrdered(
                    line_id=line, customer_id=line, decision_id=line, generation=generation
                ),
                ORGANIZATION,
                line,
            )
            for line in lines
        ]
        async with self.db.transaction(None) as tx:
            await emit(tx, outgoing)

    async def count(self, table: str = "seen") -> int:
        async with self.db.transaction(None) as tx:
            cursor = await tx.execute(f"SELECT count(*) AS n FROM {table}")
            row = await cursor.fetchone()
        assert row is not None
        return int(row["n"])

    async def until(self, expected: int, table: str = "seen", seconds: float = 20.0) -> None:
        async with asyncio.timeout(seconds):
            while await self.count(table) != expected:
                await asyncio.sleep(0.02)


def handlers_for(behaviour: Behaviour) -> Handlers:
    @on(LineSuspensionOrdered, LineReactivationOrdered)
    async def see(tx: Connection, events: Sequence[Event[LineSuspensionOrdered]]) -> None:
        lines = [event.data.line_id for event in events]
        if behaviour.poisonous & set(lines):
            raise ValueError("poison")
        if behaviour.too_early & set(lines):
            raise NotYet("the line")
        await tx.execute(
            "INSERT INTO seen SELECT * FROM unnest(%s::uuid[], %s::bigint[])",
            (lines, [event.data.generation for event in events]),
        )

    @on(CustomerRowsAccepted)
    async def rows(tx: Connection, events: Sequence[Event[Any]]) -> None:
        """Not sent here."""

    module = ModuleType("handlers")
    vars(module).update(see=see, rows=rows)
    return Handlers("customers", (module,))


@asynccontextmanager
async def consuming(rig: Rig) -> AsyncIterator[Consumer]:
    consumer = Consumer(rig.db, handlers_for(rig.behaviour), rig.publisher)
    task = asyncio.create_task(consumer.run(rig.amqp_url))
    try:
        yield consumer
    finally:
        consumer.stop()
        await task


@asynccontextmanager
async def running(function: Callable[[], Any]) -> AsyncIterator[None]:
    task = asyncio.create_task(function())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def rig(servers: Servers) -> AsyncIterator[Rig]:
    urls = await servers.database("customers")
    async with await psycopg.AsyncConnection.connect(urls.owner, autocommit=True) as owner:
        await owner.execute(SEEN)
    async with servers.vhost() as amqp_url:
        db = await Database.open(urls.worker, application="test")
        connection = await connect(amqp_url, name="test")
        publisher = await BusPublisher.open(amqp_url, name="test")
        relay = Relay("collections", db, publisher)
        notifier = Notifier(db)
        notifier.relay = relay
        db.on_commit = notifier.wake
        async with running(relay.run):
            yield Rig(db, amqp_url, connection, publisher, relay, Behaviour())
        await publisher.close()
        await connection.close()
        await db.close()
    await servers.drop(urls.name)


async def test_what_is_emitted_is_handled_once_and_leaves_the_outbox(rig: Rig) -> None:
    async with consuming(rig):
        await rig.emit([new_id() for _ in range(2000)])

        await rig.until(2000)
        await rig.until(0, "outbox")
        assert await rig.count("inbox") == 2000


async def test_a_transaction_that_rolls_back_says_nothing(rig: Rig) -> None:
    order = LineSuspensionOrdered(
        line_id=new_id(), customer_id=new_id(), decision_id=new_id(), generation=1
    )
    with pytest.raises(ZeroDivisionError):
        async with rig.db.transaction(None) as tx:
            await emit(tx, [Outgoing(order, ORGANIZATION, "line")])
            raise ZeroDivisionError
    async with consuming(rig):
        await rig.emit([new_id()])
        await rig.until(1)


async def test_a_message_delivered_a_hundred_times_takes_effect_once(rig: Rig) -> None:
    sent: list[Any] = []
    publish = rig.publisher.publish

    async def keep(packs: Any) -> None:
        sent.extend(packs)
        await publish(packs)

    rig.publisher.publish = keep  # type: ignore[method-assign]
    async with consuming(rig):
        await rig.emit([new_id() for _ in range(20)])
        await rig.until(20)
        for _ in range(100):
            await publish(sent)
        await rig.emit([new_id()])
        await rig.until(21)


async def test_a_poisonous_event_in_500_dies_alone_and_lives_after_the_fix(rig: Rig) -> None:
    lines = [new_id() for _ in range(500)]
    rig.behaviour.poisonous = {lines[123]}
    async with consuming(rig):
        await rig.emit(lines)
        await rig.until(499)
        await rig.until(1, "dead_letter")
        async with rig.db.transaction(None) as tx:
            letter = await (await tx.execute("SELECT * FROM dead_letter")).fetchone()
        assert letter is not None
        assert (letter["reason"], letter["error"]) == ("handler-failed", "ValueError: poison")
        assert letter["type"] == LineSuspensionOrdered.type

        rig.behaviour.poisonous = set()
        async with rig.db.transaction(None) as tx:
            assert await mark_for_replay(tx, "a test") == [letter["id"]]
        assert await ReplayDesk("customers", rig.db, rig.publisher).replay_page() == 1
        await rig.until(500)


async def test_an_event_that_comes_too_early_is_tried_again_later(rig: Rig) -> None:
    line = new_id()
    rig.behaviour.too_early = {line}
    async with consuming(rig):
        await rig.emit([line])
        await asyncio.sleep(0.3)
        assert await rig.count() == 0
        rig.behaviour.too_early = set()
        await rig.until(1)
        assert await rig.count("dead_letter") == 0


async def test_what_cannot_be_read_is_a_dead_letter_with_its_reason(rig: Rig) -> None:
    queue = topology.queue_name("customers")
    async with consuming(rig):
        await rig.publisher.to_queue(queue, b"\x00 not json", "text/plain", {})
        await rig.publisher.to_queue(queue, b'{"type": "who.knows.v1"}', "text/plain", {})
        await rig.until(2, "dead_letter")
        async with rig.db.transaction(None) as tx:
            cursor = await tx.execute("SELECT reason FROM dead_letter ORDER BY reason")
            assert [row["reason"] for row in await cursor.fetchall()] == [
                "not-json",
                "unknown-type",
            ]


async def test_an_event_nobody_hears_is_kept_in_the_log_and_its_outbox_row_goes(rig: Rig) -> None:
    channel = await rig.connection.channel()
    await channel.set_qos(prefetch_count=10)
    log = await channel.get_queue(topology.LOG)
    seen: asyncio.Queue[aio_pika.abc.AbstractIncomingMessage] = asyncio.Queue()
    await log.consume(seen.put, arguments={"x-stream-offset": "first"})
    await rig.emit([new_id()])

    message = await asyncio.wait_for(seen.get(), 10)

    assert message.type == LineSuspensionOrdered.type
    await rig.until(0, "outbox")


async def test_stopping_finishes_the_batch_in_hand_and_leaves_the_rest(rig: Rig) -> None:
    lines = [new_id() for _ in range(5000)]
    async with consuming(rig) as consumer:
        await rig.emit(lines)
        while await rig.count() == 0:
            await asyncio.sleep(0.005)
        consumer.stop()
    async with consuming(rig):
        await rig.until(5000)
    async with rig.db.transaction(None) as tx:
        cursor = await tx.execute("SELECT count(DISTINCT line_id) AS n FROM seen")
        row = await cursor.fetchone()
    assert row is not None
    assert row["n"] == 5000
