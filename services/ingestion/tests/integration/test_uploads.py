"""Uploads: files come in as they flow, whole or not at all."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.ingestion.files.store import CHUNK_BYTES
from services.ingestion.files.timers import purge_files
from services.ingestion.settings import IngestionSettings
from services.ingestion.tests.kit import Peers, errors, file_of, row, row_of, upload
from shared import clock
from shared.auth import Role
from shared.testing import Running

Limits = Callable[..., IngestionSettings]


async def stored(service: Running) -> tuple[int, int]:
    """How many files and pieces the database holds."""
    async with service.db.transaction(None) as tx:
        found = await tx.execute(
            "SELECT (SELECT count(*) FROM stored_file) AS files,"
            " (SELECT count(*) FROM file_chunk) AS pieces"
        )
        counts = await found.fetchone()
    assert counts is not None
    return counts["files"], counts["pieces"]


async def test_a_file_is_kept_byte_for_byte(client: httpx.AsyncClient, service: Running) -> None:
    content = bytes(range(256)) * 10_000 + b"\r\n--boundary\r\n\r\n"
    started = await upload(client, content, "añejo.csv")

    assert started["sha256"] == hashlib.sha256(content).hexdigest()
    assert await stored(service) == (1, 3)
    answer = await client.get(f"/imports/{started['id']}/file")
    assert answer.content == content
    assert "a%C3%B1ejo.csv" in answer.headers["content-disposition"]


@pytest.mark.parametrize("size", [CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES])
async def test_pieces_fit_whatever_the_size(client: httpx.AsyncClient, size: int) -> None:
    started = await upload(client, b"x" * size)
    assert started["byte_size"] == size
    answer = await client.get(f"/imports/{started['id']}/file")
    assert len(answer.content) == size


async def test_other_fields_of_the_form_are_left_alone(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/imports",
        data={"note": "first", "file2": "no"},
        files=[("other", ("o.csv", b"other")), ("file", ("f.csv", b"mine")), ("x", ("x", b"x"))],
    )
    assert answer.status_code == 202
    assert (answer.json()["file_name"], answer.json()["byte_size"]) == ("f.csv", 4)
    assert answer.headers["location"] == f"/imports/{answer.json()['id']}"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("C:\\Users\\ana\\cartera.csv", "cartera.csv"),
        ("../../etc/passwd", "passwd"),
        ("", "unnamed.csv"),
        ("x" * 300 + ".csv", "x" * 196 + ".csv"),
    ],
)
async def test_a_file_name_is_a_name_and_no_path(
    client: httpx.AsyncClient, given: str, shown: str
) -> None:
    assert (await upload(client, b"x", given or " "))["file_name"] == shown


async def test_a_form_without_the_file_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/imports", files={"csv": ("a.csv", b"x")})
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/file-missing")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/csv", b"customer_ref\n"),
        ("application/json", b"{}"),
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=b", b"nothing of the kind"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="file"\r\n',
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhalf',
        ),
        ("", b""),
    ],
)
async def test_what_is_no_complete_form_is_refused_and_leaves_nothing(
    client: httpx.AsyncClient, service: Running, content_type: str, body: bytes
) -> None:
    answer = await client.post("/imports", content=body, headers={"Content-Type": content_type})
    assert answer.status_code == 400
    assert answer.json()["type"].endswith("/upload-unreadable")
    assert await stored(service) == (0, 0)


async def test_a_file_beyond_the_limit_is_refused_and_leaves_nothing(
    client: httpx.AsyncClient, service: Running, limits: Limits
) -> None:
    limits(max_file_bytes=2_000_000)
    assert (await upload(client, b"x" * 2_000_000))["byte_size"] == 2_000_000
    answer = await client.post("/imports", files={"file": ("a.csv", b"x" * 2_000_001)})
    assert answer.status_code == 413
    assert answer.json()["limit"] == 2_000_000
    assert (await stored(service))[0] == 1


async def test_a_caller_who_goes_away_leaves_nothing(
    client: httpx.AsyncClient, service: Running
) -> None:
    start = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    arriving = [start, b"x" * (2 * CHUNK_BYTES)]
    sent: list[dict[str, Any]] = []
    seen: list[tuple[int, int]] = []

    async def receive() -> dict[str, Any]:
        if arriving:
            return {"type": "http.request", "body": arriving.pop(0), "more_body": True}
        seen.append(await stored(service))
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    headers = {**client.headers, "content-type": "multipart/form-data; boundary=b"}
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": "/imports",
        "raw_path": b"/imports",
        "query_string": b"",
        "headers": [(name.lower().encode(), text.encode()) for name, text in headers.items()],
    }
    await service.app(scope, receive, send)  # type: ignore[arg-type]  # a scope by hand

    assert sent[0]["status"] == 400
    assert seen == [(1, 2)]
    assert await stored(service) == (0, 0)


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.CLERK, 202),
        (Role.ORG_ADMIN, 202),
        (Role.PLATFORM_ADMIN, 202),
        (Role.COLLECTOR, 403),
        (Role.READ_ONLY, 403),
    ],
)
async def test_clerks_and_administrators_upload_and_everyone_reads(
    service: Running, role: Role, status: int
) -> None:
    async with service.client(role) as caller:
        answer = await caller.post("/imports", files={"file": ("a.csv", b"x")})
        assert answer.status_code == status
        assert (await caller.get("/imports")).status_code == 200


async def test_a_repeated_upload_under_one_key_is_one_import(
    client: httpx.AsyncClient, service: Running
) -> None:
    headers = {"Idempotency-Key": "august"}
    first = await client.post("/imports", files={"file": ("a.csv", b"same")}, headers=headers)
    again = await client.post("/imports", files={"file": ("a.csv", b"same")}, headers=headers)

    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json() == first.json()
    assert again.headers["idempotent-replay"] == "true"
    assert await stored(service) == (1, 1)
    other = await client.post("/imports", files={"file": ("a.csv", b"other")}, headers=headers)
    assert other.status_code == 422
    assert other.json()["type"].endswith("/idempotency-key-reused")


async def test_a_file_goes_after_its_retention_and_its_import_stays(
    client: httpx.AsyncClient, service: Running, peers: Peers
) -> None:
    started = await upload(client, file_of(row_of(1), "bad"))
    await peers.settle()

    assert await service.run_timer(purge_files) == 0
    with clock.frozen(clock.now() + timedelta(days=31)):
        assert await service.run_timer(purge_files) == 1
    assert await stored(service) == (0, 0)
    gone = await client.get(f"/imports/{started['id']}/file")
    assert gone.status_code == 410
    assert [line for line, _, _ in await errors(client, started["id"])] == [3]


async def test_a_file_that_waits_to_be_read_is_not_deleted(
    client: httpx.AsyncClient, service: Running
) -> None:
    await upload(client, file_of(row()))
    with clock.frozen(clock.now() + timedelta(days=400)):
        assert await service.run_timer(purge_files) == 0


async def test_an_upload_that_was_never_completed_is_deleted_in_the_end(
    service: Running,
) -> None:
    async with service.db.transaction(None) as tx:
        await tx.execute(
            "INSERT INTO stored_file (id, organization_id, delete_after)"
            " VALUES (gen_random_uuid(), %s, now() + interval '6 hours')",
            (service.organization.id,),
        )
    with clock.frozen(clock.now() + timedelta(hours=7)):
        assert await service.run_timer(purge_files) == 1


async def test_a_file_refused_as_a_whole_is_kept_for_the_same_time(
    client: httpx.AsyncClient, service: Running, peers: Peers
) -> None:
    started = await upload(client, b"nothing of use")
    await peers.settle()
    assert (await client.get(f"/imports/{started['id']}/file")).content == b"nothing of use"
    with clock.frozen(clock.now() + timedelta(days=31)):
        assert await service.run_timer(purge_files) == 1
