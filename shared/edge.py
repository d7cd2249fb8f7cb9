"""The outermost layer of an HTTP process: ids, span, log line, metrics, and problems for all.

What escapes an endpoint is mapped here once: a Problem as itself, a request that breaks its
schema as 422, a database that is away as 503, values PostgreSQL cannot hold as 422, a broken
constraint that no service foresaw as 409. Anything else is a bug: 500, with the trace id to
look it up by and nothing of our insides.
"""

import json
import re
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from time import perf_counter
from typing import Any, Final

import psycopg
import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from sqlalchemy import exc as sa_exc
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from shared import metrics, problems, telemetry
from shared.ids import new_id
from shared.money import MoneyError
from shared.problems import MEDIA_TYPE, Problem

log = structlog.get_logger(__name__)

REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
X_REQUEST_ID: Final = b"x-request-id"
SOLVED_BY_RETRY: Final = (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected)
Asgi = Callable[[Any, Any, Any], Awaitable[None]]


class InternalError(Problem):
    """A bug of ours; the trace id finds it."""


class AmountInvalid(problems.ValidationFailed):
    """The amount cannot be taken as it is written."""

    slug = "amount-invalid"
    title = "The amount cannot be used"


def to_problem(error: BaseException) -> Problem:
    """The problem that tells a caller of any error at all."""
    if isinstance(error, sa_exc.StatementError) and error.orig is not None:
        error = error.orig
    if isinstance(error, Problem):
        return error
    if isinstance(error, RequestValidationError):
        return problems.ValidationFailed(
            {
                "loc": list(each["loc"]),
                "msg": each["msg"].removeprefix("Value error, "),
                "type": each["type"],
            }
            for each in error.errors()
        )
    if isinstance(error, HTTPException):
        return _of_status(error)
    if isinstance(error, MoneyError):
        return AmountInvalid([{"loc": ["body"], "msg": str(error), "type": "amount"}])
    if isinstance(error, sa_exc.TimeoutError):
        return problems.Unavailable("The database has no connection to spare; try again.")
    if isinstance(error, OverflowError | UnicodeError):
        log.warning("unusable-value", exc_info=error)
        return _unusable(str(error))
    if isinstance(error, ClientDisconnect):
        return problems.BadRequest("The body ended early.")
    if isinstance(error, psycopg.Error):
        return _of_database(error)
    return _bug(error)


def _of_database(error: psycopg.Error) -> Problem:
    if isinstance(error, SOLVED_BY_RETRY):
        return problems.Unavailable("Another request was in the way; try again.")
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        log.warning("database-unavailable", error=repr(error))
        return problems.Unavailable("The database cannot be reached; try again.")
    if isinstance(error, psycopg.IntegrityError):
        name = error.diag.constraint_name or error.diag.column_name or "unnamed"
        log.warning("constraint-broken", constraint=name)
        return problems.Conflict(f"It would break the rule {name}.", constraint=name)
    if isinstance(error, psycopg.DataError):
        log.warning("unusable-value", exc_info=error)
        return _unusable(error.diag.message_primary or str(error))
    return _bug(error)


def _unusable(reason: str) -> Problem:
    return problems.ValidationFailed.of(f"a value cannot be stored: {reason}", "body")


def _bug(error: BaseException) -> Problem:
    log.error("unhandled", exc_info=error)
    trace_id = telemetry.current_trace_id()
    return InternalError(f"It is logged under trace {trace_id}.", trace_id=trace_id)


def _of_status(error: HTTPException) -> Problem:
    """The problem of what Starlette or FastAPI refuse by themselves."""
    known = KNOWN_STATUSES.get(error.status_code)
    if known is None:
        phrase = HTTPStatus(error.status_code).phrase
        known = type(
            "Refusal",
            (Problem,),
            {"status": error.status_code, "slug": _slug(phrase), "title": phrase},
        )
    problem = Problem.__new__(known)
    Problem.__init__(problem, str(error.detail))
    problem.headers.update(error.headers or {})
    return problem


KNOWN_STATUSES: Final[dict[int, type[Problem]]] = {
    int(kind.status): kind
    for kind in (
        problems.BadRequest,
        problems.NotFound,
        problems.MethodNotAllowed,
        problems.TooLarge,
    )
}


def _slug(phrase: str) -> str:
    return re.sub(r"[^a-z]+", "-", phrase.lower()).strip("-")


def problem_response(problem: Problem) -> Response:
    """A problem as it goes over the wire."""
    text = json.dumps(problem.body(), ensure_ascii=False, separators=(",", ":"), default=str)
    body = text.encode("utf-8", "replace")  # a caller's lone surrogates among the facts
    return Response(body, int(problem.status), problem.headers, MEDIA_TYPE)


async def _answer(request: Request, error: Exception) -> Response:
    problem = to_problem(error)
    if problem.status == HTTPStatus.METHOD_NOT_ALLOWED:
        problem.headers["Allow"] = ", ".join(sorted(_methods(request)))
    return problem_response(problem)


def _methods(request: Request) -> set[str]:
    """What a path takes, by whichever of its routes; the framework names the first one's."""
    path, methods = request.scope["path"], set[str]()
    for route in iter_route_contexts(request.app.routes):
        regex = getattr(route, "path_regex", None)
        if regex is not None and regex.match(path):
            methods.update(route.methods or ())
    return methods


def add_error_handlers(app: FastAPI) -> None:
    """Answer every foreseen error as a problem; the edge answers the rest."""
    for kind in (
        Problem,
        RequestValidationError,
        HTTPException,
        MoneyError,
        OverflowError,
        UnicodeError,
        ClientDisconnect,
        sa_exc.StatementError,
        sa_exc.TimeoutError,
        psycopg.Error,
    ):
        app.add_exception_handler(kind, _answer)


class Edge:
    """ASGI around a whole app: nothing answers past it, nothing escapes it."""

    def __init__(self, app: Asgi, *, service: str, access_log: bool) -> None:
        self.app = app
        self.service = service
        self.access_log = access_log

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        call = _Call(scope, send)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=call.request_id)
        with telemetry.server_span(scope, call.traceparent) as span:
            try:
                refusal = _unreadable(scope)
                if refusal is None:
                    await self.app(scope, receive, call.send)
                else:
                    await call.refuse(refusal)
            except Exception as error:
                if call.status is not None:
                    raise
                await call.refuse(to_problem(error))
            finally:
                self._record(call, span)

    def _record(self, call: "_Call", span: Any) -> None:
        """Span attributes, metrics and the access log line of a finished request."""
        seconds = perf_counter() - call.started
        route = _template(call.scope)
        method, status = call.scope["method"], call.status or 0
        metrics.observe_request(self.service, method, route, status, seconds)
        principal = call.scope.get("state", {}).get("principal")
        acting_within = principal.organization_id if principal else None
        organization = str(acting_within) if acting_within else None
        telemetry.finish_server_span(
            span,
            method,
            route,
            status,
            path=call.scope["path"],
            organization=organization,
            location=call.location,
        )
        if not self.access_log or call.scope["path"].startswith(telemetry.PROBES):
            return
        log.info(
            "request",
            method=method,
            path=call.scope["path"],
            route=route,
            status=status,
            ms=round(seconds * 1000, 2),
            organization_id=organization,
            user_id=str(principal.user_id) if principal else None,
        )


def _template(scope: Any) -> str:
    """The path template of the route that was found, the prefixes of all routers included."""
    found = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
    return getattr(found, "path_format", None) or "unmatched"


class _Call:
    """One request: its id, and what was answered so far."""

    def __init__(self, scope: Any, send: Any) -> None:
        self.scope = scope
        self.started = perf_counter()
        self.status: int | None = None
        self.location: str | None = None
        self.traceparent: str | None = None
        given = ""
        for name, value in scope["headers"]:
            if name == X_REQUEST_ID:
                given = value.decode("latin-1")
            elif name == b"traceparent":
                self.traceparent = value.decode("latin-1")
        self.request_id = given if REQUEST_ID.fullmatch(given) else new_id().hex
        self._send = send
        self._replaced = False

    async def send(self, message: Any) -> None:
        """Pass an answer on with the request's id; Starlette's bare 413 becomes a problem."""
        if message["type"] == "http.response.start":
            if _bare_413(message):
                self._replaced = True
                await self.refuse(problems.TooLarge("Send less at once."))
                return
            self.status = message["status"]
            headers = [pair for pair in message["headers"] if pair[0] != X_REQUEST_ID]
            headers.append((X_REQUEST_ID, self.request_id.encode("latin-1")))
            for name, value in headers:
                if name == b"location":
                    self.location = value.decode("latin-1")
            message = {**message, "headers": headers}
        if not self._replaced or message["type"] != "http.response.body":
            await self._send(message)

    async def refuse(self, problem: Problem) -> None:
        """Answer with a problem."""
        response = problem_response(problem)
        self.status = response.status_code
        response.headers["X-Request-Id"] = self.request_id
        await response(self.scope, _nothing, self._send)


def _bare_413(message: Any) -> bool:
    return message["status"] == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and Headers(
        raw=message["headers"]
    ).get("content-type", "").startswith("text/plain")


async def _nothing() -> Any:
    return {"type": "http.disconnect"}


def _unreadable(scope: Any) -> Problem | None:
    """A refusal when the path or query has a NUL, which no column of ours can hold."""
    if b"%00" in scope.get("query_string", b""):
        return problems.ValidationFailed.of("leave out %00", "query", type="nul")
    if "\x00" in scope["path"]:
        return problems.ValidationFailed.of("leave out %00", "path", type="nul")
    return None
