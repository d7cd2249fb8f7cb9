"""One request, one transaction, one effect: Transactional routes on real PostgreSQL."""

import asyncio
from collections import Counter
from http import HTTPStatus
from typing import Any
from uuid import UUID

import pytest
from fastapi import APIRouter, Response, UploadFile
from pydantic import BaseModel
from sqlalchemy import text

from shared.auth import Caller, Role, allow
from shared.db import raw
from shared.http import OrganizationId, Session, Transactional, etag
from shared.ids import new_id
from shared.problems import Problem, problem_docs
from shared.tests.integration.conftest import MakeProbe, Probe

router = APIRouter(prefix="/notes", route_class=Transactional, dependencies=[allow(Role.CLERK)])
NOTE = """
CREATE TABLE note (id uuid PRIMARY KEY, organization_id uuid NOT NULL,
    name text NOT NULL CONSTRAINT uq_note_name UNIQUE, size int NOT NULL)
"""
INSERT = "INSERT INTO note (id, organization_id, name, size) VALUES (%s, %s, %s, %s)"


class NoteIn(BaseModel):
    name: str
    size: int = 0
    fail: str = ""
    hold_seconds: float = 0


class NoteOut(BaseModel):
    id: UUID
    name: str


class Refused(Problem):
    """The test asked for it."""

    status = HTTPStatus.CONFLICT
    slug = "refused"
    title = "Refused"


@router.post("", status_code=201, responses=problem_docs(Refused))
async def add_note(
    note: NoteIn,
    organization_id: OrganizationId,
    caller: Caller,
    session: Session,
    response: Response,
) -> NoteOut:
    id = new_id()
    tx = await raw(session)
    await tx.execute(INSERT, (id, organization_id, note.name, note.size))
    await asyncio.sleep(note.hold_seconds)
    if note.fail == "problem":
        raise Refused("as asked")
    if note.fail == "bug":
        raise RuntimeError("as asked")
    if note.fail == "response":
        response.status_code = 418
    response.headers["ETag"] = etag(1)
    response.headers["Location"] = f"/notes/{id}"
    return NoteOut(id=id, name=note.name)


@router.get("")
async def list_notes(session: Session) -> list[str]:
    found = await session.execute(text("SELECT name FROM note ORDER BY name"))
    return list(found.scalars())


@router.get("/writing")
async def write_by_get(organization_id: OrganizationId, session: Session) -> None:
    await (await raw(session)).execute(INSERT, (new_id(), organization_id, "x", 0))


@router.post("/files", status_code=202)
async def add_file(file: UploadFile, organization_id: OrganizationId, session: Session) -> int:
    content = await file.read()
    await (await raw(session)).execute(INSERT, (new_id(), organization_id, "file", len(content)))
    return len(content)


@router.post("/platform", status_code=201)
async def add_platform_thing(session: Session) -> int:
    row = await session.execute(text("SELECT count(*) FROM note"))
    return int(row.scalar_one())


@pytest.fixture
async def notes(make_probe: MakeProbe) -> Probe:
    """A service whose only feature is a table of notes."""
    return await make_probe([router], [NOTE])


async def test_what_a_caller_was_told_is_stored(notes: Probe) -> None:
    committed = 0

    def count() -> None:
        nonlocal committed
        committed += 1

    notes.api_db.on_commit = count
    async with notes.client() as client:
        response = await client.post("/notes", json={"name": "a"})

    assert response.status_code == 201
    assert response.headers["etag"] == '"1"'
    assert await notes.count("note") == 1
    assert committed == 1


@pytest.mark.parametrize(("fail", "status"), [("problem", 409), ("bug", 500), ("response", 418)])
async def test_a_request_that_is_refused_or_fails_leaves_nothing(
    notes: Probe, fail: str, status: int
) -> None:
    async with notes.client() as client:
        response = await client.post(
            "/notes", json={"name": "a", "fail": fail}, headers={"Idempotency-Key": "k"}
        )

    assert response.status_code == status
    assert await notes.count("note") == 0
    assert await notes.count("idempotency_key") == 0


async def test_reading_changes_nothing_even_by_mistake(notes: Probe) -> None:
    async with notes.client() as client:
        response = await client.get("/notes/writing")

    assert response.status_code == 500
    assert await notes.count("note") == 0


async def test_a_constraint_nobody_foresaw_is_a_conflict_that_names_it(notes: Probe) -> None:
    async with notes.client() as client:
        await client.post("/notes", json={"name": "a"})
        response = await client.post("/notes", json={"name": "a"})

    assert response.status_code == 409
    assert response.json()["constraint"] == "uq_note_name"


@pytest.mark.parametrize("size", [2**31, 2**63, 2**64, 10**30, -(2**70)])
async def test_a_number_too_large_for_its_column_is_the_callers_mistake(
    notes: Probe, size: int
) -> None:
    async with notes.client() as client:
        response = await client.post("/notes", json={"name": "a", "size": size})

    assert response.status_code == 422


async def test_each_organization_sees_its_own_rows(notes: Probe) -> None:
    async with notes.client() as ours, notes.client(organization=notes.other) as other:
        await ours.post("/notes", json={"name": "ours"})
        await other.post("/notes", json={"name": "theirs"})

        assert (await ours.get("/notes")).json() == ["ours"]
        assert (await other.get("/notes")).json() == ["theirs"]


async def test_a_repeated_key_repeats_the_answer_and_not_the_effect(notes: Probe) -> None:
    headers = {"Idempotency-Key": "order-1"}
    async with notes.client() as client:
        first = await client.post("/notes", json={"name": "a"}, headers=headers)
        second = await client.post("/notes", json={"name": "a"}, headers=headers)

    assert second.status_code == first.status_code == 201
    assert second.content == first.content
    assert "idempotent-replay" not in first.headers
    assert second.headers["idempotent-replay"] == "true"
    for kept in ("etag", "location", "content-type"):
        assert second.headers[kept] == first.headers[kept]
    assert await notes.count("note") == 1


async def test_a_key_is_refused_for_another_body_path_or_query(notes: Probe) -> None:
    headers = {"Idempotency-Key": "order-1"}
    async with notes.client() as client:
        await client.post("/notes", json={"name": "a"}, headers=headers)
        others = [
            await client.post("/notes", json={"name": "b"}, headers=headers),
            await client.post("/notes?x=1", json={"name": "a"}, headers=headers),
            await client.post("/notes/platform", json={"name": "a"}, headers=headers),
        ]

    for other in others:
        assert other.status_code == 422
        assert other.json()["type"].endswith("/idempotency-key-reused")
    assert await notes.count("note") == 1


async def test_a_refused_request_may_be_corrected_under_its_key(notes: Probe) -> None:
    headers = {"Idempotency-Key": "order-1"}
    async with notes.client() as client:
        await client.post("/notes", json={"name": "a", "fail": "problem"}, headers=headers)
        corrected = await client.post("/notes", json={"name": "a"}, headers=headers)

    assert corrected.status_code == 201
    assert await notes.count("note") == 1


async def test_organizations_do_not_share_keys(notes: Probe) -> None:
    headers = {"Idempotency-Key": "order-1"}
    async with notes.client() as ours, notes.client(organization=notes.other) as other:
        await ours.post("/notes", json={"name": "ours"}, headers=headers)
        response = await other.post("/notes", json={"name": "theirs"}, headers=headers)

    assert response.status_code == 201
    assert "idempotent-replay" not in response.headers
    assert await notes.count("note") == 2


async def test_of_many_requests_under_one_key_one_takes_effect(notes: Probe) -> None:
    headers = {"Idempotency-Key": "order-1"}
    body = {"name": "a", "hold_seconds": 0.05}
    async with notes.client() as client:
        answers = await asyncio.gather(
            *(client.post("/notes", json=body, headers=headers) for _ in range(32))
        )
        later = await client.post("/notes", json=body, headers=headers)

    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) <= {201, 409}
    assert statuses[201] >= 1
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["type"].endswith("/idempotency-in-progress")
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert later.headers["idempotent-replay"] == "true"
    assert await notes.count("note") == 1


async def test_an_upload_is_idempotent_by_its_content(notes: Probe) -> None:
    async def send(content: bytes) -> Any:
        return await client.post(
            "/notes/files", files={"file": content}, headers={"Idempotency-Key": "k"}
        )

    async with notes.client() as client:
        first, second, other = await send(b"abc"), await send(b"abc"), await send(b"abd")

    assert (first.status_code, first.json()) == (202, 3)
    assert second.headers["idempotent-replay"] == "true"
    assert other.status_code == 422


async def test_a_role_that_may_not_act_cannot_have_the_answer_repeated(notes: Probe) -> None:
    headers = {"Idempotency-Key": "order-1"}
    async with notes.client() as clerk, notes.client(Role.READ_ONLY) as reader:
        await clerk.post("/notes", json={"name": "a"}, headers=headers)
        response = await reader.post("/notes", json={"name": "a"}, headers=headers)

    assert response.status_code == 403


async def test_a_platform_admin_outside_any_organization_may_use_keys(notes: Probe) -> None:
    async with notes.client() as ours, notes.client(Role.PLATFORM_ADMIN) as admin:
        await ours.post("/notes", json={"name": "ours"})
        answers = [
            await admin.post("/notes/platform", headers={"Idempotency-Key": "k"}) for _ in range(2)
        ]

    assert [answer.json() for answer in answers] == [0, 0]
    assert answers[1].headers["idempotent-replay"] == "true"


async def test_refused_callers_cost_no_connection(notes: Probe) -> None:
    opened = 0
    session = notes.api_db.session

    def counting(organization_id: UUID | None) -> Any:
        nonlocal opened
        opened += 1
        return session(organization_id)

    notes.api_db.session = counting  # type: ignore[method-assign]
    async with notes.client(Role.READ_ONLY) as client:
        await client.post("/notes", json={"name": "a"})
        await client.post("/notes", json={"name": "a"}, headers={"Authorization": "Bearer x"})

    assert opened == 0
