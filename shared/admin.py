"""What the platform's operators may see and do in a service: the `/admin` endpoints.

Depths, timers, projections, books and invariants are here, dead letters in
shared.dead_letters. Everything is for platform administrators; books and invariants look
across all organizations, which row-level security allows an api role nowhere else.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import orjson
from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from psycopg.rows import tuple_row
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from shared import dead_letters
from shared.auth import Caller, platform_only
from shared.db import Database, raw
from shared.housekeeping import housekeeping
from shared.http import Session, Transactional
from shared.ids import new_id
from shared.problems import NotFound, problem_docs
from shared.timers import timer_of

if TYPE_CHECKING:
    from shared.runtime import Book, Inspection, Invariant, Service

ALL_ORGANIZATIONS: Final = "SELECT set_config('duesline.platform', 'on', true)"
NDJSON: Final = "application/x-ndjson"
BOOK_PAGE: Final = 2000
REQUEST_REBUILD: Final = """
INSERT INTO projection_rebuild (id, projection, requested_by)
SELECT :id, :name, :by WHERE NOT EXISTS (SELECT FROM projection_rebuild
    WHERE projection = :name AND state IN ('requested', 'running'))
"""
LAST_REBUILDS: Final = """
SELECT DISTINCT ON (projection) * FROM projection_rebuild ORDER BY projection, id DESC
"""
SHOWN_VIOLATIONS: Final = 20


class OutboxState(BaseModel):
    """Events that are committed and not yet on the bus."""

    depth: int
    oldest_at: datetime | None
    oldest_seconds: float


class InboxState(BaseModel):
    """Events this service has handled and still remembers."""

    rows: int
    last_received_at: datetime | None


class TimerState(BaseModel):
    """A timer and its last run that is on record; idle runs are recorded now and then."""

    name: str
    every_seconds: float
    started_at: datetime | None = None
    finished_at: datetime | None = None
    changed: int | None = None
    runs: int = 0
    error: str | None = None


class RebuildState(BaseModel):
    """How far a rebuild of a projection is."""

    id: UUID
    projection: str
    state: str
    requested_by: str
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    events: int
    error: str | None


class ProjectionState(BaseModel):
    """A projection, what fills it, and its last rebuild."""

    name: str
    tables: list[str]
    types: list[str]
    last_rebuild: RebuildState | None


class InvariantState(BaseModel):
    """A promise, and the first rows that break it."""

    name: str
    holds: bool
    violations: list[dict[str, Any]]


class Requested(BaseModel):
    """Something a worker was told to do."""

    name: str
    requested: bool = True


def admin_router(service: "Service") -> APIRouter:
    """All of a service's /admin."""
    router = APIRouter(
        prefix="/admin",
        tags=["admin"],
        route_class=Transactional,
        dependencies=[platform_only()],
    )
    _add_depths(router)
    _add_timers(router, service)
    _add_projections(router, service)
    _add_invariants(router, service.invariants, service.inspections)
    router.include_router(dead_letters.router)
    router.include_router(_books(service.books))
    return router


def _add_depths(router: APIRouter) -> None:
    @router.get("/outbox")
    async def show_outbox(session: Session) -> OutboxState:
        """How many events wait to leave, and since when."""
        row = await _one(
            session,
            "SELECT count(*) AS depth, min(occurred_at) AS oldest_at, coalesce(extract("
            " epoch FROM now() - min(occurred_at)), 0)::float AS oldest_seconds FROM outbox",
        )
        return OutboxState(**row)

    @router.get("/inbox")
    async def show_inbox(session: Session) -> InboxState:
        """How many handled events are remembered, and when the last came."""
        row = await _one(
            session, "SELECT count(*) AS rows, max(received_at) AS last_received_at FROM inbox"
        )
        return InboxState(**row)


def _add_timers(router: APIRouter, service: "Service") -> None:
    timers = {timer.name: timer for timer in map(timer_of, (*service.timers, housekeeping))}

    @router.get("/timers")
    async def list_timers(session: Session) -> list[TimerState]:
        """Every timer of the service with its last recorded run."""
        found = await session.execute(text("SELECT * FROM timer_run"))
        runs = {row["timer"]: dict(row) for row in found.mappings()}
        return [
            TimerState(name=timer.name, every_seconds=timer.seconds, **runs.get(timer.name, {}))
            for timer in timers.values()
        ]

    @router.post("/timers/{name}/run", status_code=202)
    async def run_timer(name: str, session: Session) -> Requested:
        """Have a worker run a timer now; one that is running already is not run twice at once."""
        if name not in timers:
            raise NotFound("timer", name)
        await session.execute(text("SELECT pg_notify('duesline_timer', :name)"), {"name": name})
        return Requested(name=name)


def _add_projections(router: APIRouter, service: "Service") -> None:
    projections = {projection.name: projection for projection in service.projections}

    @router.get("/projections")
    async def list_projections(session: Session) -> list[ProjectionState]:
        """What this service keeps of other services' facts, and the last rebuild of each."""
        found = await session.execute(text(LAST_REBUILDS))
        rebuilds = {row["projection"]: RebuildState(**row) for row in found.mappings()}
        return [
            ProjectionState(
                name=projection.name,
                tables=list(projection.tables),
                types=[data_type.type for data_type in projection.types],
                last_rebuild=rebuilds.get(projection.name),
            )
            for projection in projections.values()
        ]

    @router.post("/projections/{name}/rebuild", status_code=202)
    async def rebuild_projection(name: str, caller: Caller, session: Session) -> RebuildState:
        """Have a worker make a projection anew from the event log; one at a time of each."""
        if name not in projections:
            raise NotFound("projection", name)
        await session.execute(
            text(REQUEST_REBUILD), {"id": new_id(), "name": name, "by": caller.name}
        )
        await session.execute(text("NOTIFY duesline_rebuild"))
        return await _last_rebuild(session, name)

    @router.get("/projections/{name}/rebuild")
    async def show_rebuild(name: str, session: Session) -> RebuildState:
        """How far the last rebuild of a projection is."""
        if name not in projections:
            raise NotFound("projection", name)
        return await _last_rebuild(session, name)


def _add_invariants(
    router: APIRouter, invariants: Sequence["Invariant"], inspections: Sequence["Inspection"]
) -> None:
    @router.get("/invariants")
    async def check_invariants(session: Session) -> list[InvariantState]:
        """Check every promise of the service over all organizations, now."""
        connection = await raw(session)
        await connection.execute(ALL_ORGANIZATIONS)
        states = []
        for invariant in invariants:
            cursor = await connection.execute(
                "SELECT to_jsonb(violation) AS row"
                f" FROM ({invariant.sql.rstrip().rstrip(';')}) AS violation"
                f" LIMIT {SHOWN_VIOLATIONS}"
            )
            violations = [found["row"] for found in await cursor.fetchall()]
            states.append(
                InvariantState(name=invariant.name, holds=not violations, violations=violations)
            )
        for inspection in inspections:
            violations = await _first(inspection.find(connection), SHOWN_VIOLATIONS)
            states.append(
                InvariantState(name=inspection.name, holds=not violations, violations=violations)
            )
        return states


async def _first(found: AsyncGenerator[Mapping[str, Any], None], most: int) -> list[dict[str, Any]]:
    """The first rows of many, and no look at those after them."""
    rows: list[dict[str, Any]] = []
    async with aclosing(found):
        async for row in found:
            rows.append(dict(row))
            if len(rows) == most:
                break
    return rows


def _books(books: Sequence["Book"]) -> APIRouter:
    """Listings for `make verify`: streamed, and in no transaction of the request's."""
    router = APIRouter(route_class=APIRoute)
    by_name = {book.name: book for book in books}

    @router.get("/books")
    async def list_books() -> dict[str, list[str]]:
        """The books this service keeps, with their columns."""
        return {book.name: list(book.columns) for book in books}

    @router.get(
        "/books/{name}",
        response_class=Response,
        responses={
            200: {"content": {NDJSON: {"schema": {"type": "string"}}}},
            **problem_docs(NotFound),
        },
    )
    async def read_book(name: str, request: Request) -> Response:
        """A book over all organizations, one JSON object per line, in the order of its key."""
        if name not in by_name:
            raise NotFound("book", name)
        return BookResponse(request.app.state.database, by_name[name])

    return router


class BookResponse(Response):
    """Streams a query's rows as JSON lines from one snapshot; memory stays flat."""

    media_type = NDJSON

    def __init__(self, database: Database, book: "Book") -> None:
        super().__init__()
        del self.headers["content-length"]
        self._database = database
        self._book = book

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer; what fails before the first row is still a problem."""
        async with self._database.transaction(None) as tx:
            await tx.execute("SET TRANSACTION READ ONLY")
            await tx.execute(ALL_ORGANIZATIONS)
            async with tx.cursor(name="book", row_factory=tuple_row) as cursor:
                await cursor.execute(self._book.sql)
                rows = await cursor.fetchmany(BOOK_PAGE)
                await send(
                    {
                        "type": "http.response.start",
                        "status": self.status_code,
                        "headers": self.raw_headers,
                    }
                )
                while rows:
                    await send(self._chunk(rows))
                    rows = await cursor.fetchmany(BOOK_PAGE)
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _chunk(self, rows: Sequence[tuple[Any, ...]]) -> dict[str, Any]:
        lines = (
            orjson.dumps(dict(zip(self._book.columns, row, strict=True)), default=str)
            for row in rows
        )
        return {"type": "http.response.body", "body": b"\n".join(lines) + b"\n", "more_body": True}


async def _one(session: AsyncSession, statement: str) -> dict[str, Any]:
    found = await session.execute(text(statement))
    return dict(found.mappings().one())


async def _last_rebuild(session: AsyncSession, name: str) -> RebuildState:
    found = await session.execute(
        text("SELECT * FROM projection_rebuild WHERE projection = :name ORDER BY id DESC LIMIT 1"),
        {"name": name},
    )
    row = found.mappings().one_or_none()
    if row is None:
        raise NotFound("rebuild of projection", name)
    return RebuildState(**row)
