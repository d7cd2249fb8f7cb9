"""What is said to a service about a request, and to the client about its answer.

Hop-by-hop headers end here (RFC 9110, 7.6.1), and so does every X-Forwarded-* a client sent:
a service may believe those it gets, because only the gateway writes them.
"""

import re
from typing import Final

from multidict import CIMultiDict
from starlette.types import Scope

from gateway.routes import PREFIX
from shared.ids import new_id

Raw = list[tuple[bytes, bytes]]

HOP_BY_HOP: Final = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
WRITTEN_HERE: Final = frozenset(
    {
        b"expect",
        b"forwarded",
        b"host",
        b"traceparent",
        b"tracestate",
        b"baggage",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-prefix",
        b"x-forwarded-proto",
        b"x-real-ip",
    }
)
NOT_FORWARDED: Final = HOP_BY_HOP | WRITTEN_HERE
NOT_RETURNED: Final = HOP_BY_HOP | {b"server", b"date", b"x-request-id"}
REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")


def header(scope: Scope, name: bytes) -> bytes | None:
    """The first value of a request's header, by its lower-case name."""
    for key, value in scope["headers"]:
        if key == name:
            found: bytes = value
            return found
    return None


def address(scope: Scope) -> str:
    """Where the request came from, as far as the server in front trusts the claim."""
    client = scope.get("client")
    return str(client[0]) if client else "unknown"


def with_request_id(scope: Scope) -> str:
    """The request's id, put into its headers for all that follows.

    It is the caller's own when that is well formed, or else a new one.
    """
    given = header(scope, b"x-request-id")
    if given is not None and REQUEST_ID.fullmatch(given):
        return given.decode("ascii")
    made = new_id().hex
    others = [pair for pair in scope["headers"] if pair[0] != b"x-request-id"]
    scope["headers"] = [*others, (b"x-request-id", made.encode("ascii"))]
    return made


def forwarded(scope: Scope, traceparent: str | None) -> CIMultiDict[str]:
    """The headers a service gets."""
    headers: CIMultiDict[str] = CIMultiDict()
    dropped: frozenset[bytes] = NOT_FORWARDED
    host = ""
    for name, value in scope["headers"]:
        if name == b"connection":
            dropped |= {part.strip().lower() for part in value.split(b",")}
        elif name == b"host":
            host = _text(value)
    for name, value in scope["headers"]:
        if name not in dropped:
            headers.add(name.decode("latin-1"), _text(value))
    if traceparent is not None:
        headers["traceparent"] = traceparent
    headers["X-Forwarded-For"] = address(scope)
    headers["X-Forwarded-Proto"] = scope["scheme"]
    headers["X-Forwarded-Host"] = host
    headers["X-Forwarded-Prefix"] = PREFIX
    return headers


def _text(value: bytes) -> str:
    """A header's value as the client library takes it: it writes UTF-8."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def returned(raw: tuple[tuple[bytes, bytes], ...]) -> Raw:
    """The headers the client gets; a service's own absolute path is put below the prefix."""
    dropped: frozenset[bytes] = NOT_RETURNED
    headers: Raw = []
    for name, value in raw:
        lower = name.lower()
        if lower == b"connection":
            dropped |= {part.strip().lower() for part in value.split(b",")}
        elif lower == b"location" and value.startswith(b"/") and not value.startswith(b"//"):
            headers.append((lower, PREFIX.encode() + value))
        else:
            headers.append((lower, value))
    return [pair for pair in headers if pair[0] not in dropped]
