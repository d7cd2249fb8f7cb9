"""The console's built files, and the rules a browser has to keep while showing them.

Whatever is not a file and does not look like one is a place inside the console: it gets
index.html, and the script decides. Names under /assets carry a digest of their content, so
they may be kept for ever; everything else is asked for anew and answered 304 when unchanged.
"""

import asyncio
import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.edge.headers import header
from gateway.problems import UnknownPath
from gateway.routes import GATEWAY
from shared.edge import Edge
from shared.problems import MethodNotAllowed

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # the component library writes style elements
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
SAFETY: Final = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
FOR_EVER: Final = b"public, max-age=31536000, immutable"
ASK_AGAIN: Final = b"no-cache"
WORTH_PACKING: Final = ("text/", "application/json", "application/javascript", "image/svg+xml")
NOT_BUILT: Final = b"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Duesline</title></head>
<body><h1>Duesline</h1>
<p>The gateway runs; its console has not been built. Build it with <code>make console</code>, or in
<code>gateway/console</code> with <code>npm ci &amp;&amp; npm run build</code>, and set
<code>GATEWAY_CONSOLE_DIR</code> to the folder with the <code>index.html</code>.</p>
<p>The API's description is at <a href="/docs">/docs</a>.</p></body></html>
"""


@dataclass(frozen=True, slots=True)
class File:
    """One file as it is sent, in memory: the whole console is about a megabyte."""

    stamp: tuple[int, int]
    kind: bytes
    body: bytes
    packed: bytes | None
    tag: bytes


class Console:
    """ASGI: the files of one folder, or a page that says how to build them."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder.resolve() if folder is not None else None
        self._files: dict[Path, File] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in ("GET", "HEAD"):
            refusal = MethodNotAllowed("Only GET and HEAD.")
            refusal.headers["Allow"] = "GET, HEAD"
            raise refusal
        scope["route"] = _Route
        found = await asyncio.to_thread(self._look_up, scope["path"])
        if found is None:
            await _send(scope, send, 200, NOT_BUILT, (b"content-type", b"text/html; charset=utf-8"))
            return
        path, file = found
        kept = FOR_EVER if path.parent.name == "assets" else ASK_AGAIN
        headers = [(b"etag", file.tag), (b"cache-control", kept), (b"vary", b"accept-encoding")]
        if header(scope, b"if-none-match") == file.tag:
            await _send(scope, send, 304, b"", *headers)
            return
        headers.append((b"content-type", file.kind))
        body = file.body
        if file.packed is not None and b"gzip" in (header(scope, b"accept-encoding") or b""):
            body = file.packed
            headers.append((b"content-encoding", b"gzip"))
        await _send(scope, send, 200, body, *headers)

    def _look_up(self, path: str) -> tuple[Path, File] | None:
        """The file a path means, as it is on disk now; None when nothing has been built.

        Raises UnknownPath for a file that is not there.
        """
        if self._folder is None or not (self._folder / "index.html").is_file():
            return None
        meant = (self._folder / path.lstrip("/")).resolve()
        if not (meant.is_relative_to(self._folder) and meant.is_file()):
            if "." in path.rpartition("/")[2]:
                raise UnknownPath(path)
            meant = self._folder / "index.html"
        state = meant.stat()
        stamp = state.st_mtime_ns, state.st_size
        file = self._files.get(meant)
        if file is None or file.stamp != stamp:
            file = self._files[meant] = _read(meant, stamp)
        return meant, file


class _Route:
    """What metrics and traces call every file of the console."""

    path_format = "/console"


def console(folder: Path | None) -> ASGIApp:
    """`Console` with an id, metrics and problems around it."""
    return Edge(Console(folder), service=GATEWAY, access_log=False)


def _read(path: Path, stamp: tuple[int, int]) -> File:
    body = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    packed = gzip.compress(body, mtime=0) if kind.startswith(WORTH_PACKING) else None
    if kind.startswith("text/"):
        kind += "; charset=utf-8"
    tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'.encode()
    return File(stamp, kind.encode(), body, packed, tag)


async def _send(
    scope: Scope, send: Send, status: int, body: bytes, *headers: tuple[bytes, bytes]
) -> None:
    length = [] if status == 304 else [(b"content-length", str(len(body)).encode())]
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [*headers, *length, *SAFETY],
        }
    )
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
