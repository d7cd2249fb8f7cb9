"""Real servers for tests, and databases cloned from migrated templates.

A service's migrations run once per revision and machine into a template database; a test
clones it in some hundredths of a second. Names carry the revision and a digest of the
migration files, so a stale template is never used.
"""

import asyncio
import hashlib
import os
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
from psycopg import sql

from shared import migrate

TEMPLATE_LOCK: Final = 0x74706C74  # "tplt"
PASSWORD: Final = "test"  # of throw-away servers on loopback
ROLES: Final = ("owner", "api", "worker")


@dataclass(frozen=True, slots=True)
class ServiceUrls:
    """One throw-away database of a service, by role."""

    name: str
    owner: str
    api: str
    worker: str


def with_database(url: str, database: str, user: str | None = None) -> str:
    """The URL with another database, and another user when given."""
    parts = urlsplit(url)
    netloc = parts.netloc
    if user is not None:
        netloc = f"{user}:{PASSWORD}@{parts.hostname}:{parts.port}"
    return urlunsplit((parts.scheme, netloc, f"/{database}", parts.query, ""))


@dataclass(frozen=True, slots=True)
class Servers:
    """Where PostgreSQL (as superuser) and RabbitMQ are."""

    postgres_url: str
    amqp_url: str
    management_url: str | None = None

    async def database(self, service: str, migrations: str | None = None) -> ServiceUrls:
        """A fresh migrated database for a service."""
        template = await asyncio.to_thread(self._template, service)
        name = f"t_{service}_{secrets.token_hex(6)}"
        async with await psycopg.AsyncConnection.connect(
            self.postgres_url, autocommit=True
        ) as connection:
            await connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
                    sql.Identifier(name),
                    sql.Identifier(template),
                    sql.Identifier(f"{service}_owner"),
                )
            )
        return self._urls(service, name)

    async def drop(self, name: str) -> None:
        """Drop a database, whoever is still connected."""
        async with await psycopg.AsyncConnection.connect(
            self.postgres_url, autocommit=True
        ) as connection:
            await connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )

    @asynccontextmanager
    async def vhost(self) -> AsyncIterator[str]:
        """The URL of an empty virtual host, deleted afterwards."""
        if self.management_url is None:
            raise RuntimeError("set DUESLINE_TEST_MANAGEMENT_URL to test against your own broker")
        name = f"t-{secrets.token_hex(6)}"
        async with httpx.AsyncClient(base_url=self.management_url, timeout=30.0) as management:
            (await management.put(f"/api/vhosts/{name}")).raise_for_status()
            try:
                yield self.amqp_url.rpartition("/")[0] + f"/{name}"
            finally:
                await management.delete(f"/api/vhosts/{name}")

    def _urls(self, service: str, database: str) -> ServiceUrls:
        by_role = {
            role: with_database(self.postgres_url, database, f"{service}_{role}") for role in ROLES
        }
        return ServiceUrls(database, **by_role)

    def _template(self, service: str) -> str:
        """The name of the service's migrated template, made when it is missing."""
        name = f"tpl_{service}_{_digest(service)}"
        with psycopg.connect(self.postgres_url, autocommit=True) as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", (TEMPLATE_LOCK,))
            exists = connection.execute("SELECT FROM pg_database WHERE datname = %s", (name,))
            if exists.fetchone() is None:
                self._make_template(service, name)
            connection.execute("SELECT pg_advisory_unlock(%s)", (TEMPLATE_LOCK,))
        return name

    def _make_template(self, service: str, name: str) -> None:
        from deploy.provision import provision

        suffix = f"_{secrets.token_hex(6)}"
        passwords: Mapping[str, str] = _Passwords()
        urls: Any = provision(self.postgres_url, (service,), passwords, suffix)
        migrate.upgrade(service, urls[service]["owner"])
        made = urlsplit(urls[service]["owner"]).path.lstrip("/")
        with psycopg.connect(self.postgres_url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                    sql.Identifier(made), sql.Identifier(name)
                )
            )


class _Passwords(dict[str, str]):
    """The same password for every role of a throw-away server."""

    def __missing__(self, key: str) -> str:
        return PASSWORD


def _digest(service: str) -> str:
    """A name for the exact migrations of a service, shared/schema.py included."""
    digest = hashlib.sha256()
    location = migrate.ROOT / ("gateway" if service == "gateway" else f"services/{service}")
    files = sorted((location / "migrations").rglob("*.py"))
    for path in [*files, migrate.ROOT / "shared/schema.py", migrate.ROOT / "deploy/provision.py"]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


@contextmanager
def start_servers() -> Iterator[Servers]:
    """Servers as the environment says, see shared.testing.plugin."""
    given = os.environ.get("DUESLINE_TEST_DATABASE_URL")
    if given:
        yield Servers(
            given,
            os.environ.get("DUESLINE_TEST_AMQP_URL", ""),
            os.environ.get("DUESLINE_TEST_MANAGEMENT_URL"),
        )
    elif os.environ.get("DUESLINE_TEST_INFRA") == "docker":
        with _docker() as running:
            yield running
    else:
        from deploy.local.infra import ensure_up

        infra = ensure_up("test")
        yield Servers(infra.postgres_url, infra.amqp_url, infra.management_url)


@contextmanager
def _docker() -> Iterator[Servers]:
    from testcontainers.community.postgres import PostgresContainer
    from testcontainers.community.rabbitmq import RabbitMqContainer

    with (
        PostgresContainer("postgres:16", driver=None) as postgres,
        RabbitMqContainer("rabbitmq:4-management") as rabbit,
    ):
        params = rabbit.get_connection_params()
        management = rabbit.get_exposed_port(15672)
        yield Servers(
            postgres.get_connection_url(),
            f"amqp://guest:guest@{params.host}:{params.port}/",
            f"http://guest:guest@{params.host}:{management}",
        )
