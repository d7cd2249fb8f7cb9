"""A service in the hand: its real app and handlers on a real database, no broker needed.

`deliver` runs handlers exactly as the consumer does; `emitted` takes what came out of the
outbox through the same wire format the relay would publish. So a test of one service says
which facts go in and which come out, and tests/flow joins them over the real broker.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID

import httpx
from fastapi import FastAPI
from psycopg.rows import tuple_row

from shared import clock, tenancy
from shared.auth import Role, TokenIssuer, generate_keys
from shared.bus.apply import Applier, Result
from shared.bus.handlers import Handlers
from shared.bus.pack import StoredEvent
from shared.bus.parse import parse
from shared.contracts.customers import OrganizationChanged
from shared.contracts.event import Event, EventData
from shared.db import Database, json_rows
from shared.ids import new_id
from shared.outbox import NEXT
from shared.runtime import Service, create_app
from shared.settings import ServiceSettings
from shared.tenancy import Organization
from shared.testing.servers import Servers, ServiceUrls
from shared.timers import TimerFunction

EVERYTHING: Final = 1_000_000
PATIENCE_SECONDS: Final = 60
"""How long a test waits for a connection: a machine with too much to do is not a failure."""


@cache
def issuer() -> TokenIssuer:
    """Signs the tokens of this test session; they open nothing elsewhere."""
    private, _ = generate_keys()
    return TokenIssuer(private, lifetime=timedelta(hours=12))


def token_for(role: Role, organization_id: UUID | None, user_id: UUID | None = None) -> str:
    """A valid access token of this test session."""
    scope = None if role is Role.PLATFORM_ADMIN else organization_id
    token, _ = issuer().issue(user_id or new_id(), role, scope, f"test {role.value}")
    return token


def sample_organization(name: str, **changes: Any) -> OrganizationChanged:
    """The facts of an organization in Ecuador, changed as asked."""
    facts: dict[str, Any] = {
        "organization_id": new_id(),
        "version": 1,
        "name": name,
        "country": "EC",
        "currency": "USD",
        "time_zone": "America/Guayaquil",
        "locale": "es_EC",
        "sandbox": True,
        "clock_offset_seconds": 0,
    }
    return OrganizationChanged(**(facts | changes))


def envelope(
    data: EventData,
    organization_id: UUID,
    *,
    event_id: UUID | None = None,
    version: int = 0,
    traceparent: str | None = None,
) -> Event[Any]:
    """The data as it would arrive from the bus."""
    return Event[Any](
        id=event_id or new_id(),
        type=data.type,
        source=f"duesline/{data.producer()}",
        subject=str(organization_id),
        time=clock.now(),
        organization=organization_id,
        aggregateversion=version,
        traceparent=traceparent,
        data=data,
    )


class Running:
    """One service on a fresh database of its own."""

    def __init__(
        self, service: Service, urls: ServiceUrls, db: Database, api_db: Database, app: FastAPI
    ) -> None:
        self.service = service
        self.urls = urls
        self.db = db
        self.api_db = api_db
        self.app = app
        self.handlers = Handlers(service.name, service.handlers)
        self.organization: Organization
        self.other_organization: Organization

    async def add_organization(self, facts: OrganizationChanged) -> Organization:
        """Make an organization known to the service, as the bus would."""
        if OrganizationChanged.type in self.handlers.by_type:
            await self.deliver(facts, organization=facts.organization_id)
        else:
            async with self.db.transaction(None) as tx:
                await tx.execute(tenancy.PROJECT, (json_rows([facts]),))
        async with self.db.transaction(None) as tx:
            return await tenancy.load_organization(tx, facts.organization_id)

    def client(
        self,
        role: Role = Role.ORG_ADMIN,
        organization: Organization | None = None,
        *,
        headers: dict[str, str] | None = None,
    ) -> httpx.AsyncClient:
        """An HTTP client on the real app, signed in to an organization."""
        scope = (organization or self.organization).id
        sent = {"Authorization": f"Bearer {token_for(role, scope)}"}
        if role is Role.PLATFORM_ADMIN:
            sent["X-Organization-Id"] = str(scope)
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app, raise_app_exceptions=False),
            base_url="http://service",
            headers=sent | (headers or {}),
            timeout=30.0,
        )

    async def deliver(
        self,
        *data: EventData,
        organization: UUID | None = None,
        ids: Sequence[UUID] | None = None,
    ) -> Result:
        """Handle events as the consumer does: inbox, one transaction, isolation of the bad."""
        scope = organization or self.organization.id
        chosen = ids or [new_id() for _ in data]
        events = [
            envelope(item, scope, event_id=event_id)
            for item, event_id in zip(data, chosen, strict=True)
        ]
        return await Applier(self.db, self.handlers).apply(events)

    async def emitted(self) -> list[Event[Any]]:
        """Take what is in the outbox, in order, read back from its wire format."""
        async with self.db.transaction(None) as tx:
            cursor = tx.cursor(row_factory=tuple_row)
            await cursor.execute(NEXT, (EVERYTHING,))
            rows = [StoredEvent(*row) for row in await cursor.fetchall()]
            await tx.execute("DELETE FROM outbox WHERE seq = ANY(%s)", ([r.seq for r in rows],))
        events: list[Event[Any]] = []
        for row in rows:
            parsed = parse(row.envelope(self.service.name).encode(), None, row.type)
            assert not parsed.unreadable, parsed.unreadable
            events += parsed.events
        return events

    async def run_timer(self, function: TimerFunction) -> int:
        """One run of a timer's function."""
        return await function(self.db)


class Bed:
    """Makes services for a test and clears them away."""

    def __init__(self, servers: Servers) -> None:
        self.servers = servers

    @asynccontextmanager
    async def service(self, service: Service, **settings: Any) -> AsyncIterator[Running]:
        """A service on a fresh database, with two organizations it has heard of."""
        urls = await self.servers.database(service.name)
        values = {
            "service": service.name,
            "database_url": urls.api,
            "amqp_url": self.servers.amqp_url,
            "token_public_key": issuer().public_key_pem,
        }
        chosen: ServiceSettings = service.settings(**(values | settings))
        db = await Database.open(
            urls.worker,
            application="test-worker",
            size=20,
            custom_plans=True,
            patience_seconds=PATIENCE_SECONDS,
        )
        api_db = await Database.open(
            urls.api, application="test-api", size=40, patience_seconds=PATIENCE_SECONDS
        )
        try:
            app = create_app(service, api_db, chosen)
            running = Running(service, urls, db, api_db, app)
            running.organization = await running.add_organization(sample_organization("Andes Net"))
            running.other_organization = await running.add_organization(
                sample_organization("Other Net")
            )
            await running.emitted()
            yield running
        finally:
            await db.close()
            await api_db.close()
            await self.servers.drop(urls.name)
