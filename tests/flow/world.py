"""The whole system in one process: five services, five databases, one broker.

Consumers and relays run; timers run only when the test ticks, so a timeline names exactly
the events that follow from each step. `settle` waits until every published event has been
handled by everyone who hears it, by comparing the event log with the inboxes.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final
from uuid import UUID

import aio_pika
import httpx
from aio_pika.abc import AbstractIncomingMessage
from fastapi import FastAPI

from services.billing.service import SERVICE as BILLING
from services.collections.service import SERVICE as COLLECTIONS
from services.customers.service import SERVICE as CUSTOMERS
from services.ingestion.service import SERVICE as INGESTION
from services.payments.service import SERVICE as PAYMENTS
from shared.auth import Role
from shared.bus import topology
from shared.bus.consume import Consumer
from shared.bus.handlers import Handlers
from shared.bus.parse import parse
from shared.bus.publish import BusPublisher
from shared.contracts.event import Event, EventData
from shared.contracts.flow import FLOW
from shared.db import Database
from shared.ids import new_id
from shared.outbox import Notifier, Relay
from shared.runtime import Service, create_app
from shared.testing.bed import PATIENCE_SECONDS, issuer, token_for
from shared.testing.servers import Servers, ServiceUrls
from shared.timers import Clockwork

SERVICES: Final = (CUSTOMERS, BILLING, PAYMENTS, COLLECTIONS, INGESTION)
LISTENERS: Final = {data.type: services for data, services in FLOW.items()}
CALM_SECONDS: Final = 60.0


class Member:
    """One service of the world: its app, its worker's parts, its database."""

    def __init__(self, service: Service, urls: ServiceUrls, db: Database, app: FastAPI) -> None:
        self.service = service
        self.urls = urls
        self.db = db
        self.app = app
        self.clockwork = Clockwork(db, service.timers)
        self._parts: list[asyncio.Task[None]] = []
        self._consumer: Consumer | None = None

    async def start(self, amqp_url: str, stack: AsyncExitStack) -> None:
        """Consume and relay from now on."""
        publisher = await BusPublisher.open(amqp_url, name=self.service.name)
        stack.push_async_callback(publisher.close)
        relay = Relay(self.service.name, self.db, publisher)
        notifier = Notifier(self.db)
        notifier.relay = relay
        database: Database = self.app.state.database
        self.db.on_commit = database.on_commit = notifier.wake
        handlers = Handlers(self.service.name, self.service.handlers)
        self._consumer = Consumer(self.db, handlers, publisher)
        self._parts = [
            asyncio.create_task(relay.run()),
            asyncio.create_task(self._consumer.run(amqp_url)),
        ]
        stack.push_async_callback(self.stop)

    async def stop(self) -> None:
        """Finish the batch in hand and stop relaying."""
        assert self._consumer is not None
        self._consumer.stop()
        relay, consuming = self._parts
        await consuming
        relay.cancel()
        await asyncio.gather(relay, return_exceptions=True)

    async def rows(self, sql: str, *parameters: Any) -> list[dict[str, Any]]:
        """What a query yields, as the worker role sees it."""
        async with self.db.transaction(None) as tx:
            return await (await tx.execute(sql, parameters)).fetchall()


class World:
    """Everything, and one sandbox organization to tell stories about."""

    def __init__(self, members: dict[str, Member], amqp_url: str) -> None:
        self.members = members
        self.amqp_url = amqp_url
        self.organization_id = UUID(int=0)
        self.events: list[Event[Any]] = []
        self.publisher: BusPublisher
        self._told = 0

    def client(self, service: str, role: Role = Role.ORG_ADMIN) -> httpx.AsyncClient:
        """An HTTP client of one service, signed in to the organization."""
        headers = {"Authorization": f"Bearer {token_for(role, self.organization_id)}"}
        if role is Role.PLATFORM_ADMIN and self.organization_id.int:
            headers["X-Organization-Id"] = str(self.organization_id)
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.members[service].app),
            base_url="http://service",
            headers=headers,
            timeout=60.0,
        )

    async def call(
        self, service: str, method: str, path: str, *, status: int = 200, **kwargs: Any
    ) -> Any:
        """One request that must answer with `status`; the body."""
        role = kwargs.pop("role", Role.ORG_ADMIN)
        headers = {"Idempotency-Key": str(new_id())} | kwargs.pop("headers", {})
        async with self.client(service, role) as client:
            answer = await client.request(method, path, headers=headers, **kwargs)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def create_organization(self, **changes: Any) -> None:
        """A sandbox in Ecuador, known to every service."""
        facts = {
            "name": "Andes Net",
            "country": "EC",
            "currency": "USD",
            "time_zone": "America/Guayaquil",
            "locale": "es_EC",
            "sandbox": True,
        }
        made = await self.call(
            "customers",
            "POST",
            "/organizations",
            status=201,
            role=Role.PLATFORM_ADMIN,
            json=facts | changes,
        )
        self.organization_id = UUID(made["id"])
        await self.calm()
        self._told = len(self.events)

    async def advance(self, days: int, expect: Sequence[type[EventData]] | None = None) -> None:
        """Move the organization's clock and let every timer see it."""
        path = f"/organizations/{self.organization_id}/clock"
        await self.call("customers", "POST", path, json={"advance_days": days})
        await self.calm()
        await self.tick()
        await self.settle(expect)

    async def tick(self) -> None:
        """Run every timer of every service once."""
        for member in self.members.values():
            for timer in member.clockwork.timers.values():
                await member.clockwork.run_once(timer)

    async def settle(self, expect: Sequence[type[EventData]] | None = None) -> list[Event[Any]]:
        """Wait for quiet; the events since the last time, which must be exactly `expect`."""
        await self.calm()
        new = self.events[self._told :]
        self._told = len(self.events)
        if expect is not None:
            got = Counter(event.type for event in new if event.organization == self.organization_id)
            assert got == Counter(data.type for data in expect)
        return new

    async def calm(self) -> None:
        """Wait until nothing is on its way any more."""
        async with asyncio.timeout(CALM_SECONDS):
            quiet = 0
            while quiet < 2:
                quiet = quiet + 1 if await self._is_quiet() else 0
                await asyncio.sleep(0.02)

    async def _is_quiet(self) -> bool:
        for member in self.members.values():
            if await member.rows("SELECT FROM outbox LIMIT 1"):
                return False
        for name, member in self.members.items():
            due = {e.id for e in self.events if name in LISTENERS[e.type]}
            seen = {row["event_id"] for row in await member.rows("SELECT event_id FROM inbox")}
            dead = {
                row["event_id"] for row in await member.rows("SELECT event_id FROM dead_letter")
            }
            if due - seen - dead:
                return False
        return True

    async def dead_letters(self) -> list[dict[str, Any]]:
        """What died anywhere."""
        found = [
            await member.rows("SELECT type, reason, error FROM dead_letter")
            for member in self.members.values()
        ]
        return [letter for letters in found for letter in letters]

    async def broken_promises(self) -> list[str]:
        """The invariants of all services that do not hold."""
        found = [
            f"{name}: {invariant.name}: {rows[0]}"
            for name, member in self.members.items()
            for invariant in member.service.invariants
            if (rows := await member.rows(invariant.sql))
        ]
        for name, member in self.members.items():
            for inspection in member.service.inspections:
                async with member.db.transaction(None) as tx:
                    wrong = [dict(row) async for row in inspection.find(tx)]
                found += [f"{name}: {inspection.name}: {row}" for row in wrong]
        return found

    async def hear(self, message: AbstractIncomingMessage) -> None:
        """Take note of what passes over the bus."""
        self.events += parse(message.body, message.content_type, message.type).events
        await message.ack()


async def _member(
    service: Service, servers: Servers, amqp_url: str, stack: AsyncExitStack
) -> Member:
    urls = await servers.database(service.name)
    stack.push_async_callback(servers.drop, urls.name)
    db = await Database.open(
        urls.worker,
        application="test-worker",
        size=6,
        custom_plans=True,
        patience_seconds=PATIENCE_SECONDS,
    )
    stack.push_async_callback(db.close)
    api_db = await Database.open(
        urls.api, application="test-api", size=8, patience_seconds=PATIENCE_SECONDS
    )
    stack.push_async_callback(api_db.close)
    settings = service.settings(
        service=service.name,
        database_url=urls.api,
        amqp_url=amqp_url,
        token_public_key=issuer().public_key_pem,
        environment="test",
    )
    member = Member(service, urls, db, create_app(service, api_db, settings))
    await member.start(amqp_url, stack)
    return member


@asynccontextmanager
async def running_world(servers: Servers) -> AsyncIterator[World]:
    """A world on databases and a virtual host of its own, with its organization."""
    async with AsyncExitStack() as stack:
        amqp_url = await stack.enter_async_context(servers.vhost())
        members = {
            service.name: await _member(service, servers, amqp_url, stack) for service in SERVICES
        }
        world = World(members, amqp_url)
        world.publisher = await BusPublisher.open(amqp_url, name="world")
        stack.push_async_callback(world.publisher.close)
        connection = await aio_pika.connect(amqp_url)
        stack.push_async_callback(connection.close)
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=500)
        log = await channel.get_queue(topology.LOG)
        await log.consume(world.hear, arguments={"x-stream-offset": "first"})
        await world.create_organization()
        yield world
