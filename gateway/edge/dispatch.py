"""The first look at every request: the gateway's own, a service's, or the console's.

Only the path decides. Requests for a service go through `Carried` and never meet FastAPI;
the other two are whole ASGI applications of their own.
"""

from collections.abc import MutableMapping
from typing import Any, Final

from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.edge.headers import address, header, with_request_id
from gateway.edge.limiting import RateLimiter
from gateway.edge.proxy import ClientGone, Proxy
from gateway.problems import UnknownPath
from gateway.routes import GATEWAY, PREFIX, Routes, Target
from shared import telemetry
from shared.auth import Principal, TokenVerifier
from shared.edge import Edge
from shared.problems import TooManyRequests, Unauthorized

OWN: Final = ("/health", "/metrics", "/docs", "/openapi.json", "/.well-known/jwks.json")
BEARER: Final = b"bearer "
TARGET: Final = "duesline.target"
REFUSAL: Final = "duesline.refusal"


class Dispatch:
    """The gateway as one ASGI application."""

    def __init__(
        self,
        *,
        own: ASGIApp,
        console: ASGIApp,
        carried: ASGIApp,
        routes: Routes,
        callers: "Callers",
    ) -> None:
        self._own = own
        self._console = console
        self._carried = carried
        self._routes = routes
        self._callers = callers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await _refuse_websocket(scope, receive, send)
            return
        with_request_id(scope)
        path: str = scope["path"]
        if not _belongs(path, (PREFIX,)):
            app = self._own if _belongs(path, OWN) else self._console
            await app(scope, receive, send)
            return
        try:
            principal = self._callers.admit(scope)
        except TooManyRequests as refusal:
            scope[REFUSAL] = refusal
            await self._carried(scope, receive, send)
            return
        target = self._routes.resolve(_raw_path(scope)[len(PREFIX) :])
        if target is not None and target.service == GATEWAY:
            await self._own(scope, receive, send)
            return
        scope[TARGET] = target
        if principal is not None:
            scope.setdefault("state", {})["principal"] = principal
        await self._carried(scope, receive, send)


class Carried:
    """Requests for a service, and those refused at the door: inside shared's edge."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal: TooManyRequests | None = scope.get(REFUSAL)
        if refusal is not None:
            raise refusal
        target: Target | None = scope[TARGET]
        if target is None:
            raise UnknownPath(scope["path"])
        scope["route"] = target.route
        traceparent = telemetry.current_traceparent()
        try:
            await self._proxy.carry(scope, receive, send, target=target, traceparent=traceparent)
        except ClientGone:
            return


def carried(proxy: Proxy, *, access_log: bool) -> ASGIApp:
    """`Carried` with an id, a span, metrics, a log line and problems around it."""
    return Edge(Carried(proxy), service=GATEWAY, access_log=access_log)


class Callers:
    """Who a request counts for: its user when the token holds, else its address.

    The token is looked at for this alone; each service verifies it again and refuses it
    when it does not hold. One that was seen before costs a look-up.
    """

    def __init__(self, verifier: TokenVerifier, limiter: RateLimiter | None) -> None:
        self._verifier = verifier
        self._limiter = limiter

    def admit(self, scope: Scope) -> Principal | None:
        """Count the request, and say who sent it; raises TooManyRequests."""
        principal = self._principal(scope)
        if self._limiter is not None:
            if principal is None:
                self._limiter.count_address(address(scope), scope["path"])
            else:
                self._limiter.count_user(str(principal.user_id))
        return principal

    def _principal(self, scope: Scope) -> Principal | None:
        given = header(scope, b"authorization")
        if given is None or given[:7].lower() != BEARER:
            return None
        try:
            return self._verifier.verify(given[7:].decode("latin-1").strip())
        except Unauthorized:
            return None


def _raw_path(scope: MutableMapping[str, Any]) -> str:
    """The path as the client wrote it, percent-encoding and all."""
    raw: bytes | None = scope.get("raw_path")
    return raw.decode("latin-1") if raw else str(scope["path"])


def _belongs(path: str, places: tuple[str, ...]) -> bool:
    return any(path == place or path.startswith(f"{place}/") for place in places)


async def _refuse_websocket(scope: Scope, receive: Receive, send: Send) -> None:
    """Duesline speaks server-sent events; a WebSocket is closed before it opens."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
