"""A small real service for tests of the proxy: it says what it got, and can misbehave."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.types import Receive, Scope, Send

Behaviour = Callable[["Upstream", Scope, Receive, Send], Awaitable[None]]
JSON = (b"content-type", b"application/json")


async def answer(send: Send, body: bytes, *headers: tuple[bytes, bytes], status: int = 200) -> None:
    """A whole answer of known length."""
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})


async def echo(upstream: "Upstream", scope: Scope, receive: Receive, send: Send) -> None:
    """Say what was asked."""
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    seen = {
        "method": scope["method"],
        "path": scope["raw_path"].decode(),
        "query": scope["query_string"].decode(),
        "headers": [[name.decode(), value.decode("latin-1")] for name, value in scope["headers"]],
        "body": body.decode("latin-1"),
    }
    await answer(send, json.dumps(seen).encode(), JSON, *upstream.extra_headers)


async def swallow(_: "Upstream", scope: Scope, receive: Receive, send: Send) -> None:
    """Count an upload, and how it arrived, without keeping it."""
    total, pieces = 0, 0
    while True:
        message = await receive()
        total += len(message.get("body", b""))
        pieces += 1
        if not message.get("more_body", False):
            break
    await answer(send, json.dumps({"bytes": total, "pieces": pieces}).encode(), JSON)


async def tick(upstream: "Upstream", scope: Scope, receive: Receive, send: Send) -> None:
    """Server-sent events, one each time the test says so, until the caller goes."""
    headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-cache")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    gone = asyncio.create_task(_hung_up(receive))
    number = 0
    while not gone.done():
        waiting = asyncio.create_task(upstream.ticks.get())
        await asyncio.wait({gone, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            waiting.cancel()
            break
        number += 1
        event = f"id: {number}\ndata: tick {number}\n\n".encode()
        await send({"type": "http.response.body", "body": event, "more_body": True})
    upstream.left.set()


async def silence(_: "Upstream", scope: Scope, receive: Receive, send: Send) -> None:
    """Never answer."""
    await asyncio.sleep(60)


async def break_off(_: "Upstream", scope: Scope, receive: Receive, send: Send) -> None:
    """Promise a thousand bytes and stop after five."""
    headers = [(b"content-length", b"100000000")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"begin", "more_body": True})
    await asyncio.sleep(0.05)


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


@dataclass
class Upstream:
    """The service: behaves as `behaviours` says for a path, or else echoes."""

    behaviours: dict[str, Behaviour] = field(default_factory=dict)
    replies: dict[str, Any] = field(default_factory=dict)
    ticks: asyncio.Queue[None] = field(default_factory=asyncio.Queue)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    extra_headers: tuple[tuple[bytes, bytes], ...] = ()
    asked: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path = scope["path"]
        self.asked.append(path)
        if path in self.replies:
            status, body = self.replies[path]
            await answer(send, json.dumps(body).encode(), JSON, status=status)
            return
        await self.behaviours.get(path, echo)(self, scope, receive, send)
