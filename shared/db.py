"""One transaction per request, event batch or timer page, scoped to one organization.

Two ways into the same database, one promise each: what happens inside commits together
when the block ends cleanly and not at all when it raises. `transaction` hands out a bare
psycopg connection for hand-written, set-based SQL; `session` an SQLAlchemy session for the
paths where an ORM reads best. `raw` joins them: the connection under a session.

The organization is set for the transaction alone; row-level security (shared.schema) shows
an api role nothing when it is not set.
"""

import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, Self, TypeAlias, cast
from uuid import UUID

import orjson
import psycopg
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

Connection: TypeAlias = psycopg.AsyncConnection[dict[str, Any]]

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
RESTED_SECONDS: Final = 2.0
PATIENCE_SECONDS: Final = 5
CUSTOM_PLANS: Final = "-c plan_cache_mode=force_custom_plan"
SCOPE: Final = "SELECT set_config('duesline.organization', %s, true)"


class SessionConnection(psycopg.AsyncConnection[Any]):
    """A session's driver connection: tuples for SQLAlchemy's cursors, dicts for `execute`.

    SQLAlchemy opens bare cursors and reads tuples; hand-written SQL calls `execute` and
    reads dicts, as it does on a `Connection` of the pool.
    """

    async def execute(  # rows differ in type on purpose
        self, query: Any, params: Any = None, *, prepare: bool | None = None, binary: bool = False
    ) -> psycopg.AsyncCursor[dict[str, Any]]:
        """Run one statement on a cursor of dicts."""
        cursor = self.cursor(row_factory=dict_row, binary=binary)
        return await cursor.execute(query, params, prepare=prepare)


class PooledConnection(psycopg.AsyncConnection[Any]):
    """A connection that knows when it was last given back."""

    given_back_at = 0.0


async def _check(connection: psycopg.AsyncConnection[Any]) -> None:
    """Ask a connection that has rested whether it still lives; a busy one has just shown it."""
    rested = time.monotonic() - cast(PooledConnection, connection).given_back_at
    if rested > RESTED_SECONDS:
        await AsyncConnectionPool.check_connection(connection)


async def _reset(connection: psycopg.AsyncConnection[Any]) -> None:
    cast(PooledConnection, connection).given_back_at = time.monotonic()


def json_rows(rows: Sequence[BaseModel | Mapping[str, Any]]) -> str:
    """The rows as one JSON array, for `json_to_recordset(%(rows)s::json)`."""
    items = [
        orjson.Fragment(row.model_dump_json()) if isinstance(row, BaseModel) else dict(row)
        for row in rows
    ]
    return orjson.dumps(items, default=str).decode()


async def raw(session: AsyncSession) -> Connection:
    """The psycopg connection under a session, in the same transaction."""
    connection = await session.connection()
    fairy = await connection.get_raw_connection()
    return cast(Connection, fairy.driver_connection)


async def connection_of(tx: "Connection | AsyncSession") -> Connection:
    """The psycopg connection of either kind of transaction."""
    return await raw(tx) if isinstance(tx, AsyncSession) else tx


def libpq_url(url: str) -> str:
    """The URL as psycopg reads it, whether or not it names SQLAlchemy's driver."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


class Database:
    """The pools of one process to its service's database.

    `on_commit` is called after each commit of a writing block; the outbox sets it to wake
    the relay.

    With `custom_plans` (a worker's) each statement is planned for the values it gets. A plan
    kept from single events expects a few rows in every set; joins of a thousand rows by such
    a plan have taken minutes. `shared.inbox` lets small batches use kept plans all the same.
    Whoever gets no connection for `patience_seconds` is told that the database is away.
    """

    def __init__(
        self,
        url: str,
        *,
        application: str,
        size: int = 10,
        custom_plans: bool = False,
        patience_seconds: int = PATIENCE_SECONDS,
    ) -> None:
        self.url = libpq_url(url)
        self.application = application
        self.parameters: dict[str, Any] = {
            "application_name": application,
            "connect_timeout": patience_seconds,
        }
        if custom_plans:
            self.parameters["options"] = CUSTOM_PLANS
        self.on_commit: Callable[[], None] = lambda: None
        self.pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            self.url,
            min_size=1,
            max_size=size,
            timeout=patience_seconds,
            max_idle=120.0,
            reconnect_timeout=30.0,
            open=False,
            connection_class=PooledConnection,
            check=_check,
            reset=_reset,
            kwargs={"row_factory": dict_row, **self.parameters},
        )
        self.engine: AsyncEngine = create_async_engine(
            self.url.replace("postgresql://", "postgresql+psycopg://", 1),
            pool_size=size,
            max_overflow=0,
            pool_timeout=patience_seconds,
            pool_pre_ping=True,
            async_creator=self._connect,
        )

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        return await SessionConnection.connect(self.url, **self.parameters)

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        application: str,
        size: int = 10,
        custom_plans: bool = False,
        patience_seconds: int = PATIENCE_SECONDS,
    ) -> Self:
        """Ready to hand out connections; does not wait for the server to be up."""
        database = cls(
            url,
            application=application,
            size=size,
            custom_plans=custom_plans,
            patience_seconds=patience_seconds,
        )
        await database.pool.open(wait=False)
        return database

    async def close(self) -> None:
        """Give every connection back to the server."""
        await self.pool.close()
        await self.engine.dispose()

    @asynccontextmanager
    async def transaction(self, organization_id: UUID | None) -> AsyncIterator[Connection]:
        """One transaction on a bare connection; commits on a clean exit."""
        async with self.pool.connection() as connection:
            if organization_id is not None:
                await connection.execute(SCOPE, (str(organization_id),))
            yield connection
        self.on_commit()

    @asynccontextmanager
    async def session(self, organization_id: UUID | None) -> AsyncIterator[AsyncSession]:
        """One transaction on a session; commits on a clean exit."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            await _scope(session, organization_id)
            yield session
            await session.commit()
        self.on_commit()

    @asynccontextmanager
    async def read(self, organization_id: UUID | None) -> AsyncIterator[AsyncSession]:
        """A session that sees one organization and can change nothing."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            await session.execute(text("SET TRANSACTION READ ONLY"))
            await _scope(session, organization_id)
            yield session

    async def ping(self) -> None:
        """Raise unless the server answers."""
        async with self.pool.connection(timeout=2.0) as connection:
            await connection.execute("SELECT 1")


async def _scope(session: AsyncSession, organization_id: UUID | None) -> None:
    if organization_id is not None:
        await session.execute(
            text("SELECT set_config('duesline.organization', :id, true)"),
            {"id": str(organization_id)},
        )
