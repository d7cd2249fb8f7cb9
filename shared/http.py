"""The HTTP edge of every service: one app, one transaction per request, one shape of refusal.

`Transactional` routes open one transaction when their endpoint first asks for the
`Session`, and commit it before the answer leaves: a caller who sees 201 has it stored. A
Problem, or anything else that raises, rolls back.
"""

import re
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from fastapi.routing import APIRoute
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp

from shared import idempotency
from shared.auth import ORGANIZATION_HEADER, Authentication, Caller, TokenVerifier
from shared.db import Database, raw
from shared.direct import ShortWay
from shared.edge import Edge, add_error_handlers
from shared.health import Check, Gauges, health_router
from shared.idempotency import IdempotencyKey
from shared.openapi import complete, documented, header, operation_id
from shared.problems import Forbidden, PreconditionFailed, ValidationFailed
from shared.settings import ServiceSettings

__all__ = [
    "APIRouter",
    "IdempotencyKey",
    "IfMatch",
    "OrganizationId",
    "Session",
    "Transactional",
    "create_http_app",
    "etag",
    "expect_version",
]

# An escape, unless its backslash is itself escaped.
NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
FASTAPIS_OWN_TELEMETRY: Final[Any] = dict.fromkeys(
    ("tracing", "metrics", "logs", "operation_spans"), False
)
READ_METHODS: Final = frozenset({"GET", "HEAD"})
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class ServiceApp(FastAPI):
    """FastAPI with a document that names every refusal, and no more layers than it needs."""

    def build_middleware_stack(self) -> ASGIApp:
        """Ours around the error handlers and the router.

        FastAPI would put three more around the edge, for what the edge does.
        """
        app: ASGIApp = AsyncExitStackMiddleware(self.router)
        app = ExceptionMiddleware(app, handlers=self.exception_handlers)
        app = ShortWay(app, self.routes)
        for layer in reversed(self.user_middleware):
            app = layer.cls(app, *layer.args, **layer.kwargs)
        return app

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI 3.1 document, with the refusals every endpoint shares."""
        if self.openapi_schema is None:
            self.openapi_schema = complete(super().openapi(), self.routes)
        return self.openapi_schema


def create_http_app(
    name: str,
    routers: Sequence[APIRouter],
    database: Database,
    settings: ServiceSettings,
    *,
    verifier: TokenVerifier | None = None,
    checks: Mapping[str, Check] | None = None,
    gauges: Gauges | None = None,
    lifespan: Any = None,
    description: str = "",
    openapi_url: str | None = "/openapi.json",
) -> FastAPI:
    """The application of one process.

    A body may have `settings.max_body_bytes`; a route takes more, or less, by its own
    `max_body_size=`. `checks` are what /health/ready asks beside the database (migrations,
    broker): each raises when its thing is down. `gauges` is awaited for the values only a
    query knows when /metrics is read.
    """
    app = ServiceApp(
        title=f"Duesline {name}",
        description=description,
        version="1",
        lifespan=lifespan,
        generate_unique_id_function=operation_id,
        redirect_slashes=False,
        openapi_url=openapi_url,
        docs_url=None,
        redoc_url=None,
        telemetry=FASTAPIS_OWN_TELEMETRY,
        middleware=[
            Middleware(Edge, service=name, access_log=settings.access_log),
            Middleware(RequestBodyLimitMiddleware, max_body_size=settings.max_body_bytes),
            Middleware(Authentication, verifier=verifier or verifier_from(settings)),
        ],
    )
    app.state.database = database
    add_error_handlers(app)
    health = health_router(name, {"database": database.ping, **(checks or {})}, gauges)
    for router in (*routers, health):
        app.include_router(router)
    return app


def verifier_from(settings: ServiceSettings) -> TokenVerifier:
    """The verifier of the configured public key or key file."""
    return TokenVerifier(settings.token_public_key, file=settings.token_public_key_file)


class Unit:
    """The one transaction of a request, opened when first asked for."""

    def __init__(self, request: Request, stack: AsyncExitStack) -> None:
        self._request = request
        self._stack = stack
        self._session: AsyncSession | None = None
        self._claimed: tuple[UUID, str, bytes] | None = None

    async def open(self) -> AsyncSession:
        """The session; raises Replayed when the request's key has its answer already."""
        if self._session is None:
            self._session = await self._begin()
            self._request.state.session = self._session
        return self._session

    async def _begin(self) -> AsyncSession:
        request = self._request
        database: Database = request.app.state.database
        principal = getattr(request.state, "principal", None)
        organization_id = principal.organization_id if principal else None
        if request.method in READ_METHODS:
            return await self._stack.enter_async_context(database.read(organization_id))
        key = idempotency.given_key(request) if request.method == "POST" and principal else None
        if key is None:
            return await self._stack.enter_async_context(database.session(organization_id))
        owner = organization_id or idempotency.PLATFORM
        session = await self._stack.enter_async_context(database.session(owner))
        print_ = await idempotency.fingerprint_of(request)
        stored = await idempotency.claim(await raw(session), owner, key, print_)
        if stored is not None:
            raise Replayed(stored)
        self._claimed = owner, key, print_
        return session

    async def remember(self, response: Response) -> None:
        """Store a successful answer under the request's key, if it has one."""
        if self._claimed is not None and self._session is not None:
            await self._session.flush()
            await idempotency.store(await raw(self._session), *self._claimed, response)


class Replayed(Exception):
    """Ends a request whose answer is stored."""

    def __init__(self, stored: idempotency.Stored) -> None:
        super().__init__("answered before")
        self.stored = stored


class _Refused(Exception):
    """Rolls back for an endpoint that returned a refusal instead of raising it."""

    def __init__(self, response: Response) -> None:
        super().__init__("refused")
        self.response = response


@documented(
    idempotency.KeyInvalid,
    idempotency.KeyInProgress,
    idempotency.KeyReused,
    headers=[idempotency.parameter(required=False)],
    methods=frozenset({"POST"}),
)
class Transactional(APIRoute):
    """A route whose endpoint runs in one transaction, committed before the answer is sent.

    GET and HEAD get a read-only one. A POST that carries an Idempotency-Key repeats the
    stored answer for the same request, refuses the key for another one, and stores what
    succeeds.
    """

    def get_route_handler(self) -> Handler:
        """FastAPI's handler inside a unit of work."""
        handler = super().get_route_handler()

        async def run(request: Request) -> Response:
            try:
                async with AsyncExitStack() as stack:
                    unit = Unit(request, stack)
                    request.state.unit = unit
                    await _refuse_nul(request)
                    response = await handler(request)
                    if response.status_code >= 400:
                        raise _Refused(response)
                    await unit.remember(response)
                return response
            except Replayed as replayed:
                return idempotency.replay(replayed.stored)
            except _Refused as refused:
                return refused.response

        return run


async def _refuse_nul(request: Request) -> None:
    """Raise ValidationFailed for JSON with a NUL in a text, which PostgreSQL cannot hold."""
    if "json" not in request.headers.get("content-type", ""):
        return
    body = await request.body()
    if b"\\u0000" in body and NUL.search(body):
        raise ValidationFailed.of("leave out \\u0000", "body", type="nul")


async def request_session(request: Request) -> AsyncSession:
    """The request's session; only Transactional routes have one."""
    unit: Unit | None = getattr(request.state, "unit", None)
    if unit is None:
        raise RuntimeError("give the router route_class=Transactional to use Session")
    return await unit.open()


@documented(Forbidden)
async def organization_id(caller: Caller) -> UUID:
    """The organization the caller acts within; raises Forbidden when there is none."""
    if caller.organization_id is None:
        raise Forbidden(f"Name an organization in the header {ORGANIZATION_HEADER}.")
    return caller.organization_id


def etag(version: int) -> str:
    """An aggregate's version as an entity tag."""
    return f'"{version}"'


@documented(
    PreconditionFailed,
    headers=[header("If-Match", "The ETag last seen; the change is refused when it is stale.")],
)
async def if_match(request: Request) -> int | None:
    """The version the caller last saw; None when they do not care (no header, or `*`)."""
    given = request.headers.get("If-Match")
    if given is None or given.strip() == "*":
        return None
    text = given.strip().removeprefix("W/")
    digits = text[1:-1] if len(text) > 2 and text[0] == text[-1] == '"' else ""
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
        raise PreconditionFailed(f"{given[:60]!r} is not an ETag we gave; read the thing again.")
    return int(digits)


def expect_version(seen: int | None, version: int) -> None:
    """Raise PreconditionFailed when the caller has seen another version than the current."""
    if seen is not None and seen != version:
        raise PreconditionFailed(
            f"It is at version {version} now, not {seen}; read it again.", version=version
        )


Session = Annotated[AsyncSession, Depends(request_session)]
OrganizationId = Annotated[UUID, Depends(organization_id)]
IfMatch = Annotated[int | None, Depends(if_match)]
