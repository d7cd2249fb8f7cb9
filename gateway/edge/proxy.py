"""Carries a request to its service and the answer back, byte for byte, both ways at once.

Pure ASGI on aiohttp's pooled keep-alive client: nothing is parsed, and no more than a
buffer's worth of a body is ever held. A body that came whole in one message goes out whole;
an answer that is short and of known length comes back whole; everything else streams.

A service that cannot be reached is a 503 with Retry-After: nothing happened, try again. One
that fell silent after it had the request is a 502 or 504: the effect is not known. Only what
is safe to repeat is repeated here, once, and only when no byte of its body is lost.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Final

import aiohttp
import structlog
from multidict import CIMultiDict
from starlette.types import Message, Receive, Scope, Send
from yarl import URL

from gateway.edge import headers as edge_headers
from gateway.problems import ServiceFailed, ServiceSlow, ServiceUnavailable
from gateway.routes import Target
from shared.problems import Problem

log = structlog.get_logger(__name__)

SHORT_ANSWER_BYTES: Final = 64 * 1024
KEYED: Final = frozenset({"POST", "PATCH"})
NO_BODY: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class ClientGone(Exception):
    """The client hung up while its request was being carried."""


class Body:
    """A request's body: whole in `data` when it came in one message, or else to be streamed."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._first: bytes = b""
        self.data: bytes | None = None
        self.read_to_end = False

    async def begin(self) -> None:
        """Take the first message."""
        self._first, more = await self._next()
        if not more:
            self.data, self.read_to_end = self._first, True

    async def stream(self) -> AsyncIterator[bytes]:
        """The body as it arrives; the server in front reads no faster than this is taken."""
        yield self._first
        more = True
        while more:
            chunk, more = await self._next()
            if chunk:
                yield chunk
        self.read_to_end = True

    async def _next(self) -> tuple[bytes, bool]:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        return message.get("body", b""), message.get("more_body", False)


class Proxy:
    """The pooled client to the services, and how one exchange over it goes."""

    def __init__(
        self,
        upstreams: Mapping[str, str],
        *,
        connect_seconds: float = 2.0,
        silence_seconds: float = 60.0,
        idle_connection_seconds: float = 4.0,
    ) -> None:
        """`idle_connection_seconds` stays below the services' own keep-alive.

        So a request is not put on a connection that its service is closing.
        """
        self._bases = {name: url.rstrip("/") for name, url in upstreams.items()}
        self._idle_seconds = idle_connection_seconds
        self._patient = aiohttp.ClientTimeout(
            total=None, sock_connect=connect_seconds, sock_read=silence_seconds
        )
        self._endless = aiohttp.ClientTimeout(total=None, sock_connect=connect_seconds)
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Be ready to carry; connects to nobody yet."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=self._idle_seconds),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            skip_auto_headers=("User-Agent", "Content-Type", "Accept", "Accept-Encoding"),
        )

    async def close(self) -> None:
        """Give every connection back."""
        if self._session is not None:
            await self._session.close()

    async def carry(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        *,
        target: Target,
        traceparent: str | None,
    ) -> None:
        """Carry one request and its answer.

        Raises a problem when there is no answer to send, and `ClientGone` when there is
        nobody to send it to.
        """
        body = Body(receive)
        if _has_body(scope):
            await body.begin()
        else:
            body.data, body.read_to_end = b"", True
        headers = edge_headers.forwarded(scope, traceparent)
        response = await self._ask(scope, target, headers, body)
        try:
            await _answer(scope, receive, send, response, body, target.service)
        finally:
            response.release()

    async def _ask(
        self, scope: Scope, target: Target, headers: CIMultiDict[str], body: Body
    ) -> aiohttp.ClientResponse:
        """The answer's head.

        The client asks once more by itself for methods that are safe to repeat; an
        Idempotency-Key makes every other one so, while the body is still at hand.
        """
        try:
            return await self._request(scope, target, headers, body)
        except ServiceFailed:
            if (
                body.data is None
                or scope["method"] not in KEYED
                or "Idempotency-Key" not in headers
            ):
                raise
            return await self._request(scope, target, headers, body)

    async def _request(
        self, scope: Scope, target: Target, headers: CIMultiDict[str], body: Body
    ) -> aiohttp.ClientResponse:
        if self._session is None:
            raise RuntimeError("the proxy is not open")
        query = scope["query_string"]
        path = f"{target.path}?{query.decode('latin-1')}" if query else target.path
        try:
            return await self._session.request(
                scope["method"],
                URL(self._bases[target.service] + path, encoded=True),
                headers=headers,
                data=(body.data or None) if body.read_to_end else body.stream(),
                allow_redirects=False,
                timeout=self._endless if _wants_events(headers) else self._patient,
            )
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise _noted(ServiceUnavailable(target.service), error) from error
        except TimeoutError as error:
            raise _noted(ServiceSlow(target.service), error) from error
        except aiohttp.ClientError as error:
            raise _noted(ServiceFailed(target.service), error) from error


def _noted(problem: Problem, error: Exception) -> Problem:
    """The problem, after saying in the log what is behind it."""
    log.warning(problem.slug, service=problem.members["service"], error=repr(error))
    return problem


def _has_body(scope: Scope) -> bool:
    """Whether the request announces a body; most reads do not, and are spared the wait."""
    if scope["method"] not in NO_BODY:
        return True
    names = {name for name, _ in scope["headers"]}
    return b"transfer-encoding" in names or b"content-length" in names


def _wants_events(headers: CIMultiDict[str]) -> bool:
    return "text/event-stream" in headers.get("Accept", "")


async def _answer(
    scope: Scope,
    receive: Receive,
    send: Send,
    response: aiohttp.ClientResponse,
    body: Body,
    service: str,
) -> None:
    """Send the answer on: whole when it is short, as it comes otherwise."""
    start: Message = {
        "type": "http.response.start",
        "status": response.status,
        "headers": edge_headers.returned(response.raw_headers),
    }
    length = response.content_length
    if scope["method"] == "HEAD" or (length is not None and length <= SHORT_ANSWER_BYTES):
        whole = await _read_whole(response, service)
        await send(start)
        await send({"type": "http.response.body", "body": whole})
        return
    await send(start)
    pump = asyncio.ensure_future(_pump(response, send))
    waiting: set[asyncio.Future[None]] = {pump}
    if body.read_to_end:
        waiting.add(asyncio.ensure_future(_hung_up(receive)))
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if not pump.done():
            response.close()
            raise ClientGone
        await pump
    finally:
        for future in waiting:
            future.cancel()


async def _read_whole(response: aiohttp.ClientResponse, service: str) -> bytes:
    try:
        return await response.read()
    except TimeoutError as error:
        raise _noted(ServiceSlow(service), error) from error
    except aiohttp.ClientError as error:
        raise _noted(ServiceFailed(service), error) from error


async def _pump(response: aiohttp.ClientResponse, send: Send) -> None:
    """Pass on each chunk the moment it is here.

    When the service falls silent half-way the answer is left unfinished, and the server in
    front cuts the connection: a client must not take a part for the whole.
    """
    try:
        async for chunk in response.content.iter_any():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    except (aiohttp.ClientError, TimeoutError) as error:
        log.warning("answer-cut-short", url=str(response.url), error=repr(error))
        response.close()
        return
    await send({"type": "http.response.body", "body": b""})


async def _hung_up(receive: Receive) -> None:
    """Return when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
