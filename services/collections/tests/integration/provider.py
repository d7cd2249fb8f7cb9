"""A provider of SMS on a real port: keeps what it takes in, and answers as it is told."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson

SECRET = "whsec_c2VjcmV0IG9mIHRoZSB0ZXN0cw=="


@dataclass
class Provider:
    """What came in, each with a signature that was checked."""

    url: str = ""
    status: int = 202
    messages: list[dict[str, Any]] = field(default_factory=list)
    attempts: int = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one request and close."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = [line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line]
        headers = {name.lower(): value for name, value in lines}
        body = await reader.readexactly(int(headers["content-length"]))
        self.attempts += 1
        assert headers["webhook-signature"] == f"v1,{signed(headers, body)}"
        if self.status < 300:
            self.messages.append(orjson.loads(body))
        text = b'{"provider_id":"p-1"}'
        writer.write(
            b"HTTP/1.1 %d X\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%s"
            % (self.status, len(text), text)
        )
        await writer.drain()
        writer.close()


def signed(headers: dict[str, str], body: bytes) -> str:
    """The signature that Standard Webhooks asks for, worked out from the secret."""
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    return base64.b64encode(hmac.digest(key, text, hashlib.sha256)).decode()


@asynccontextmanager
async def serve_provider() -> AsyncIterator[Provider]:
    """A provider, while a test needs it."""
    provider = Provider()
    server = await asyncio.start_server(provider.answer, "127.0.0.1", 0)
    provider.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/messages"
    try:
        yield provider
    finally:
        server.close()
        await server.wait_closed()
