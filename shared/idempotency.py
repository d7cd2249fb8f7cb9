"""Idempotency keys: a repeated POST repeats its answer, and never its effect.

A key belongs to an organization. The first request claims it, in its own transaction, by
an advisory lock; the answer is stored in that same transaction when it is a success, so a
refused request may be corrected and sent again under the same key.

`Transactional` routes (shared.http) do all of this by themselves. An endpoint that writes
in one statement of its own uses `fingerprint`, `Stored` and `replay` and keeps the promise
inside its statement.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends, Request
from starlette.datastructures import UploadFile
from starlette.responses import Response

from shared.db import Connection
from shared.openapi import documented, header
from shared.problems import Problem

HEADER: Final = "Idempotency-Key"
PLATFORM: Final = UUID(int=0)
"""Owns the keys of a platform_admin who acts within no organization."""
KEY_PATTERN: Final = "^[!-~]{1,255}$"
KEPT_HEADERS: Final = ("content-type", "etag", "location")
CLAIM: Final = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0)) AS claimed"
FIND: Final = """
SELECT fingerprint, status, headers, body FROM idempotency_key
WHERE organization_id = %s AND key = %s
"""
STORE: Final = """
INSERT INTO idempotency_key (organization_id, key, fingerprint, status, headers, body)
VALUES (%s, %s, %s, %s, %s::jsonb, %s)
"""


class KeyMissing(Problem):
    """This endpoint moves money, so it takes an Idempotency-Key."""

    status = HTTPStatus.BAD_REQUEST
    slug = "idempotency-key-missing"
    title = "An Idempotency-Key is required"

    def __init__(self) -> None:
        super().__init__(f"Send a header {HEADER} of your choice, a new one per intention.")


class KeyInvalid(Problem):
    """The Idempotency-Key is empty, too long, or not plain text."""

    status = HTTPStatus.BAD_REQUEST
    slug = "idempotency-key-invalid"
    title = "The Idempotency-Key cannot be used"

    def __init__(self) -> None:
        super().__init__(f"{HEADER} takes 1 to 255 visible ASCII characters.")


class KeyInProgress(Problem):
    """Another request with this key is being worked on."""

    status = HTTPStatus.CONFLICT
    slug = "idempotency-in-progress"
    title = "The same request is in progress"

    def __init__(self) -> None:
        super().__init__("A request with this key is in progress; repeat it in a moment.")
        self.headers["Retry-After"] = "1"


class KeyReused(Problem):
    """The key was used for another request."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    slug = "idempotency-key-reused"
    title = "The Idempotency-Key belongs to another request"

    def __init__(self) -> None:
        super().__init__("This key was used with another path or body; choose a new one.")


@dataclass(frozen=True, slots=True)
class Stored:
    """The answer a key has already got."""

    fingerprint: bytes
    status: int
    headers: dict[str, str]
    body: bytes

    @classmethod
    def of(cls, row: dict[str, Any]) -> "Stored":
        """A row of idempotency_key."""
        return cls(bytes(row["fingerprint"]), row["status"], row["headers"], bytes(row["body"]))


def parameter(*, required: bool) -> dict[str, Any]:
    """The header as OpenAPI shows it."""
    return header(
        HEADER,
        "Yours to choose, a new one per intention; a repetition gets the same answer.",
        required=required,
        minLength=1,
        maxLength=255,
        pattern=KEY_PATTERN,
    )


@documented(KeyMissing, KeyInvalid, KeyInProgress, KeyReused, headers=[parameter(required=True)])
async def required_key(request: Request) -> str:
    """The request's Idempotency-Key; raises KeyMissing without one."""
    key = given_key(request)
    if key is None:
        raise KeyMissing
    return key


IdempotencyKey = Annotated[str, Depends(required_key)]


def given_key(request: Request) -> str | None:
    """The request's Idempotency-Key if it has one; raises KeyInvalid for an unusable one."""
    key = request.headers.get(HEADER)
    if key is not None and re.fullmatch(KEY_PATTERN[1:-1], key) is None:
        raise KeyInvalid
    return key


def fingerprint(request: Request, body: bytes) -> bytes:
    """What makes a request the same request: its method, path, query and body."""
    digest = hashlib.sha256(request.method.encode())
    path: str = request.scope["path"]
    for part in (path.encode(), request.scope.get("query_string", b""), body):
        digest.update(b"\0" + part)
    return digest.digest()


async def fingerprint_of(request: Request) -> bytes:
    """The fingerprint of a request whose body FastAPI has read, be it bytes or a form."""
    if not hasattr(request, "_body") and getattr(request, "_form", None) is not None:
        return fingerprint(request, await _form_digest(request))
    return fingerprint(request, await request.body())


async def _form_digest(request: Request) -> bytes:
    digest = hashlib.sha256()
    for name, value in (await request.form()).multi_items():
        digest.update(b"\0" + name.encode() + b"\0")
        if isinstance(value, UploadFile):
            while chunk := await value.read(1 << 20):
                digest.update(chunk)
            await value.seek(0)
        else:
            digest.update(value.encode())
    return digest.digest()


async def claim(
    connection: Connection, organization_id: UUID, key: str, print_: bytes
) -> Stored | None:
    """Own the key until the transaction ends; the stored answer when there is one already.

    Raises KeyInProgress while another transaction owns it, KeyReused for another request.
    """
    locked = await connection.execute(CLAIM, (f"{organization_id}/{key}",))
    row = await locked.fetchone()
    if row is None or not row["claimed"]:
        raise KeyInProgress
    found = await (await connection.execute(FIND, (organization_id, key))).fetchone()
    if found is None:
        return None
    stored = Stored.of(found)
    if stored.fingerprint != print_:
        raise KeyReused
    return stored


async def store(
    connection: Connection, organization_id: UUID, key: str, print_: bytes, response: Response
) -> None:
    """Keep a successful answer for those who repeat the key."""
    if not hasattr(response, "body"):
        raise RuntimeError("a streamed answer cannot be stored for its Idempotency-Key")
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    await connection.execute(
        STORE,
        (
            organization_id,
            key,
            print_,
            response.status_code,
            json.dumps(headers),
            bytes(response.body),
        ),
    )


def replay(stored: Stored) -> Response:
    """The stored answer, marked as a repetition."""
    headers = {**stored.headers, "Idempotent-Replay": "true"}
    return Response(stored.body, status_code=stored.status, headers=headers)
