"""A service made for tests of shared: its own tables on real PostgreSQL, no handlers.

It is none of the services of the flow table, so its routes can be anything.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
import sqlalchemy as sa
from alembic import op
from alembic.migration import MigrationContext
from alembic.operations import Operations
from fastapi import FastAPI

from deploy.provision import provision
from shared import schema
from shared.auth import Role
from shared.db import Database
from shared.http import create_http_app
from shared.ids import new_id
from shared.settings import ServiceSettings
from shared.testing.bed import issuer, token_for
from shared.testing.servers import PASSWORD, ROLES, Servers, with_database


@dataclass
class Probe:
    """The service of one test: its app, its database by role, two organizations."""

    app: FastAPI
    owner_url: str
    api_db: Database
    db: Database
    organization: UUID
    other: UUID

    def client(
        self, role: Role = Role.CLERK, organization: UUID | None = None
    ) -> httpx.AsyncClient:
        """A client signed in; a platform_admin names no organization."""
        token = token_for(role, organization or self.organization)
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app),
            base_url="http://probe",
            headers={"Authorization": f"Bearer {token}"},
        )

    async def run(self, statement: str, *parameters: object) -> list[dict[str, Any]]:
        """Run SQL as the worker; what it returns."""
        async with self.db.transaction(None) as tx:
            cursor = await tx.execute(statement, parameters)
            return await cursor.fetchall() if cursor.description else []

    async def count(self, table: str) -> int:
        """How many rows a table has, of whatever organization."""
        (row,) = await self.run(f"SELECT count(*) AS n FROM {table}")
        return int(row["n"])


MakeProbe = Callable[..., Awaitable[Probe]]


@pytest.fixture(scope="session")
def probe_template(servers: Servers) -> Iterator[str]:
    """A database with what every service has, to be cloned."""
    suffix = uuid4().hex
    passwords = {f"probe_{role}": PASSWORD for role in ROLES}
    urls = provision(servers.postgres_url, ["probe"], passwords, f"_{suffix}")
    with _migrating(urls["probe"]["owner"]):
        schema.install()
    yield f"duesline_probe_{suffix}"
    _superuser(servers, f"DROP DATABASE duesline_probe_{suffix}")


@pytest.fixture
async def make_probe(servers: Servers, probe_template: str) -> AsyncIterator[MakeProbe]:
    """Makes a probe of routers and `CREATE TABLE` statements; each table is protected."""
    async with AsyncExitStack() as stack:

        async def make(
            routers: Sequence[Any], tables: Sequence[str] = (), *, pool_size: int = 40
        ) -> Probe:
            name = f"probe_{uuid4().hex}"
            _superuser(
                servers, f"CREATE DATABASE {name} TEMPLATE {probe_template} OWNER probe_owner"
            )
            stack.push_async_callback(servers.drop, name)
            urls = {
                role: with_database(servers.postgres_url, name, f"probe_{role}") for role in ROLES
            }
            _create(urls["owner"], tables)
            api_db = await Database.open(urls["api"], application="probe-api", size=pool_size)
            stack.push_async_callback(api_db.close)
            db = await Database.open(urls["worker"], application="probe-worker", size=5)
            stack.push_async_callback(db.close)
            settings = ServiceSettings(token_public_key=issuer().public_key_pem, access_log=False)
            app = create_http_app("probe", routers, api_db, settings)
            return Probe(app, urls["owner"], api_db, db, new_id(), new_id())

        yield make


@contextmanager
def _migrating(owner_url: str) -> Iterator[None]:
    """As in a migration of a service: `op` works on the database."""
    engine = sa.create_engine(
        owner_url.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=sa.pool.NullPool
    )
    with engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        yield
    engine.dispose()


def _create(owner_url: str, tables: Sequence[str]) -> None:
    with _migrating(owner_url):
        for table in tables:
            op.execute(table)
            schema.protect(table.split()[2])


def _superuser(servers: Servers, statement: str) -> None:
    with psycopg.connect(servers.postgres_url, autocommit=True) as connection:
        connection.execute(statement)
