"""/docs and /openapi.json: the committed document, and its page."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from gateway.docs.page import render
from gateway.document import FILE, load

router = APIRouter(include_in_schema=False)

HERE: Final = Path(__file__).resolve().parent
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class Text:
    """A text that never changes while the process runs."""

    kind: str
    body: bytes
    packed: bytes
    tag: str


@cache
def _text(name: str) -> Text:
    bodies = {
        "openapi.json": ("application/json", FILE.read_bytes),
        "page": ("text/html; charset=utf-8", lambda: render(load()).encode()),
        "style.css": ("text/css; charset=utf-8", (HERE / "style.css").read_bytes),
        "page.js": ("text/javascript; charset=utf-8", (HERE / "page.js").read_bytes),
    }
    kind, read = bodies[name]
    body = read()
    digest = hashlib.sha256(body).hexdigest()[:20]
    return Text(kind, body, gzip.compress(body, mtime=0), f'"{digest}"')


def _answer(request: Request, name: str) -> Response:
    text = _text(name)
    headers = {
        "Content-Type": text.kind,
        "ETag": text.tag,
        "Cache-Control": "no-cache",
        "Vary": "Accept-Encoding",
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
    if request.headers.get("If-None-Match") == text.tag:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        return Response(text.packed, headers={**headers, "Content-Encoding": "gzip"})
    return Response(text.body, headers=headers)


@router.get("/openapi.json")
async def document(request: Request) -> Response:
    """The OpenAPI document."""
    return _answer(request, "openapi.json")


@router.get("/docs")
async def page(request: Request) -> Response:
    """The OpenAPI document to read."""
    return _answer(request, "page")


@router.get("/docs/style.css")
async def style(request: Request) -> Response:
    """How the page looks."""
    return _answer(request, "style.css")


@router.get("/docs/page.js")
async def script(request: Request) -> Response:
    """The page's filter."""
    return _answer(request, "page.js")
