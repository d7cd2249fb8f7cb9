"""A gateway on a real port, before a small real service on another."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import uvicorn
from starlette.types import ASGIApp

from gateway.app import running
from gateway.identity.model import User
from gateway.identity.passwords import Passwords
from gateway.identity.store import see_all
from gateway.routes import SERVICES
from gateway.settings import GatewaySettings
from gateway.tests.upstream import Upstream
from shared import clock
from shared.auth import Role, generate_keys
from shared.db import Database
from shared.ids import new_id
from shared.testing import Bed

PASSWORD = "correct horse battery"
CHEAP: dict[str, Any] = {"password_passes": 1, "password_memory_kib": 64}


@asynccontextmanager
async def served(app: ASGIApp, port: int = 0) -> AsyncIterator[str]:
    """The app on a real port of loopback, and its URL."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")
    config.timeout_graceful_shutdown = 1
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve([listening]))
    while not server.started:
        await asyncio.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        serving.cancel()  # it would look at `should_exit` ten times a second only
        with suppress(asyncio.CancelledError):
            await serving
        await server.shutdown([listening])


@dataclass
class Door:
    """A running gateway, its service, and ways in."""

    url: str
    upstream: Upstream
    database: Database
    database_url: str
    settings: GatewaySettings
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def add_user(
        self,
        role: Role = Role.ORG_ADMIN,
        organization_id: UUID | None = None,
        *,
        email: str | None = None,
        active: bool = True,
    ) -> User:
        """A user with `PASSWORD`, written past the API."""
        now = clock.now()
        home = None if role is Role.PLATFORM_ADMIN else organization_id or new_id()
        user = User(
            id=new_id(),
            organization_id=home,
            email=email or f"{new_id().hex}@andes.test",
            name=f"Test {role}",
            role=role,
            password_hash=await Passwords(passes=1, memory_kib=64).hash(PASSWORD),
            active=active,
            created_at=now,
            updated_at=now,
        )
        async with self.database.session(None) as session:
            await see_all(session)
            session.add(user)
        return user

    def client(self, token: str | None = None, **headers: str) -> httpx.AsyncClient:
        """A client of the public API."""
        sent = headers | ({"Authorization": f"Bearer {token}"} if token else {})
        return httpx.AsyncClient(base_url=f"{self.url}/api/v1", headers=sent, timeout=20.0)

    async def log_in(self, user: User, password: str = PASSWORD) -> dict[str, Any]:
        """The tokens of a new session."""
        async with self.client() as client:
            answer = await client.post(
                "/auth/login", json={"email": user.email, "password": password}
            )
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens

    async def signed_in(self, user: User, **headers: str) -> httpx.AsyncClient:
        """A client with the user's token."""
        return self.client((await self.log_in(user))["access_token"], **headers)


@asynccontextmanager
async def open_door(bed: Bed, folder: Path, **settings: Any) -> AsyncIterator[Door]:
    """A gateway with settings of one's own."""
    private, public = generate_keys()
    (folder / "private.pem").write_text(private)
    (folder / "public.pem").write_text(public)
    urls = await bed.servers.database("gateway")
    async with AsyncExitStack() as stack:
        stack.push_async_callback(bed.servers.drop, urls.name)
        upstream = Upstream()
        service_url = await stack.enter_async_context(served(upstream))
        values: dict[str, Any] = {
            **CHEAP,
            "environment": "test",
            "database_url": urls.api,
            "token_private_key_file": folder / "private.pem",
            "token_public_key_file": folder / "public.pem",
            **{f"{service}_url": service_url for service in SERVICES},
            **{f"{service}_worker_url": service_url for service in SERVICES},
        }
        chosen = GatewaySettings(**(values | settings))
        app = await stack.enter_async_context(running(chosen))
        url = await stack.enter_async_context(served(app))
        database = await Database.open(urls.api, application="test")
        stack.push_async_callback(database.close)
        yield Door(url, upstream, database, urls.api, chosen)


@pytest.fixture
async def door(bed: Bed, tmp_path: Path) -> AsyncIterator[Door]:
    """A gateway as it is by default."""
    async with open_door(bed, tmp_path) as opened:
        yield opened
