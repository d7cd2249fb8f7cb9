"""What operators see and do: depths, timers, projections, books, dead letters."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest

from shared.admin import admin_router
from shared.auth import Role
from shared.bus.rebuild import Projection
from shared.contracts.billing import InvoiceOverdue
from shared.db import Connection, Database
from shared.ids import new_id
from shared.runtime import Book, Invariant, Service
from shared.tests.integration.conftest import MakeProbe, Probe
from shared.timers import every

TABLE = """
CREATE TABLE ledger (id bigint PRIMARY KEY, organization_id uuid NOT NULL, minor bigint NOT NULL)
"""


@every(seconds=30.0)
async def tidy_up(db: Database) -> int:
    return 0


async def project(tx: Connection, events: Any) -> None: ...


SERVICE = Service(
    name="probe",
    timers=(tidy_up,),
    projections=(Projection("debts", ("debt",), (InvoiceOverdue,), project),),
    books=(
        Book("ledger", ("id", "organization_id", "minor"), "SELECT * FROM ledger ORDER BY id"),
        Book("broken", ("id",), "SELECT id FROM nowhere"),
    ),
    invariants=(
        Invariant("never-negative", "SELECT id, minor FROM ledger WHERE minor < 0;"),
        Invariant("percent-and-cast", "SELECT 1 WHERE '10%' LIKE '%x' OR 1::text = '2'"),
    ),
)


@pytest.fixture
async def probe(make_probe: MakeProbe) -> Probe:
    return await make_probe([admin_router(SERVICE)], [TABLE])


@pytest.fixture
async def admin(probe: Probe) -> AsyncIterator[httpx.AsyncClient]:
    async with probe.client(Role.PLATFORM_ADMIN) as client:
        yield client


@asynccontextmanager
async def notifications(probe: Probe, channel: str) -> AsyncIterator[list[str]]:
    """What was heard on a channel while the block ran."""
    heard: list[str] = []
    async with await psycopg.AsyncConnection.connect(
        probe.owner_url, autocommit=True
    ) as connection:
        await connection.execute(f"LISTEN {channel}")
        yield heard
        async for notification in connection.notifies(timeout=1.0, stop_after=1):
            heard.append(notification.payload)


PATHS = [
    ("GET", "/admin/outbox"),
    ("GET", "/admin/inbox"),
    ("GET", "/admin/timers"),
    ("POST", "/admin/timers/tidy-up/run"),
    ("GET", "/admin/projections"),
    ("POST", "/admin/projections/debts/rebuild"),
    ("GET", "/admin/books"),
    ("GET", "/admin/books/ledger"),
    ("GET", "/admin/invariants"),
    ("GET", "/admin/dead-letters"),
    ("POST", "/admin/dead-letters/replay"),
]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PLATFORM_ADMIN])
async def test_only_the_platform_looks_inside_a_service(probe: Probe, role: Role) -> None:
    async with probe.client(role) as client:
        for method, path in PATHS:
            assert (await client.request(method, path)).status_code == 403, path


async def test_depths_say_how_much_waits_and_since_when(
    probe: Probe, admin: httpx.AsyncClient
) -> None:
    empty = (await admin.get("/admin/outbox")).json()
    await probe.run(
        "INSERT INTO outbox (type, organization_id, subject, data, occurred_at)"
        " SELECT 't', %s, 's', '{}', now() - n * interval '1 minute' FROM generate_series(1, 3) n",
        probe.organization,
    )
    await probe.run("INSERT INTO inbox (event_id) VALUES (%s)", new_id())

    waiting = (await admin.get("/admin/outbox")).json()
    inbox = (await admin.get("/admin/inbox")).json()

    assert empty == {"depth": 0, "oldest_at": None, "oldest_seconds": 0.0}
    assert waiting["depth"] == 3
    assert 179 < waiting["oldest_seconds"] < 200
    assert inbox["rows"] == 1
    assert inbox["last_received_at"]


async def test_timers_are_listed_with_their_last_run_and_run_when_told(
    probe: Probe, admin: httpx.AsyncClient
) -> None:
    await probe.run(
        "INSERT INTO timer_run (timer, started_at, finished_at, changed, runs)"
        " VALUES ('tidy-up', now(), now(), 7, 3)"
    )

    timers = {each["name"]: each for each in (await admin.get("/admin/timers")).json()}
    async with notifications(probe, "duesline_timer") as heard:
        told = await admin.post("/admin/timers/tidy-up/run")
    unknown = await admin.post("/admin/timers/nap/run")

    assert set(timers) == {"tidy-up", "housekeeping"}
    assert timers["tidy-up"]["changed"] == 7
    assert timers["tidy-up"]["every_seconds"] == 30.0
    assert timers["housekeeping"]["started_at"] is None
    assert (told.status_code, heard) == (202, ["tidy-up"])
    assert unknown.status_code == 404


async def test_a_rebuild_is_asked_for_once_however_often_one_asks(
    probe: Probe, admin: httpx.AsyncClient
) -> None:
    before = await admin.get("/admin/projections/debts/rebuild")
    async with notifications(probe, "duesline_rebuild") as heard:
        first = await admin.post("/admin/projections/debts/rebuild")
    second = await admin.post("/admin/projections/debts/rebuild")
    listed = (await admin.get("/admin/projections")).json()

    assert before.status_code == 404
    assert (first.status_code, len(heard)) == (202, 1)
    assert first.json()["state"] == "requested"
    assert first.json()["requested_by"] == "test platform_admin"
    assert second.json()["id"] == first.json()["id"]
    assert listed == [
        {
            "name": "debts",
            "tables": ["debt"],
            "types": ["billing.invoice-overdue.v1"],
            "last_rebuild": first.json(),
        }
    ]
    await probe.run("UPDATE projection_rebuild SET state = 'finished', events = 5")
    assert (await admin.get("/admin/projections/debts/rebuild")).json()["events"] == 5
    assert (await admin.post("/admin/projections/debts/rebuild")).json()["state"] == "requested"
    assert (await admin.post("/admin/projections/none/rebuild")).status_code == 404


async def fill_ledger(probe: Probe, rows: int) -> None:
    await probe.run(
        "INSERT INTO ledger SELECT n, CASE n %% 2 WHEN 0 THEN %s ELSE %s END::uuid, n"
        " FROM generate_series(1, %s) AS n",
        probe.organization,
        probe.other,
        rows,
    )


async def test_a_book_lists_all_organizations_in_order(
    probe: Probe, admin: httpx.AsyncClient
) -> None:
    await fill_ledger(probe, 5000)

    response = await admin.get("/admin/books/ledger")

    assert response.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in response.text.splitlines()]
    assert [line["id"] for line in lines] == list(range(1, 5001))
    assert list(lines[0]) == ["id", "organization_id", "minor"]
    assert {UUID(line["organization_id"]) for line in lines} == {probe.organization, probe.other}


async def test_an_empty_book_is_an_empty_answer(admin: httpx.AsyncClient) -> None:
    response = await admin.get("/admin/books/ledger")

    assert (response.status_code, response.text) == (200, "")


async def test_a_book_that_cannot_be_read_is_a_problem(admin: httpx.AsyncClient) -> None:
    assert (await admin.get("/admin/books/none")).status_code == 404
    assert (await admin.get("/admin/books/broken")).status_code == 500
    assert (await admin.get("/admin/books")).json() == {
        "ledger": ["id", "organization_id", "minor"],
        "broken": ["id"],
    }


async def test_looking_across_organizations_ends_with_the_request(
    probe: Probe, admin: httpx.AsyncClient
) -> None:
    await fill_ledger(probe, 10)
    await asyncio.gather(*(admin.get("/admin/books/ledger") for _ in range(5)))
    await asyncio.gather(*(admin.get("/admin/invariants") for _ in range(5)))

    for _ in range(20):
        async with probe.api_db.transaction(None) as tx:
            cursor = await tx.execute("SELECT count(*) AS n FROM ledger")
            assert (await cursor.fetchone() or {})["n"] == 0


async def test_invariants_show_what_breaks_them(probe: Probe, admin: httpx.AsyncClient) -> None:
    holding = (await admin.get("/admin/invariants")).json()
    await probe.run(
        "INSERT INTO ledger SELECT n, %s, -n FROM generate_series(1, 50) AS n", probe.organization
    )

    broken = (await admin.get("/admin/invariants")).json()

    assert [each["holds"] for each in holding] == [True, True]
    assert [each["holds"] for each in broken] == [False, True]
    assert broken[0]["name"] == "never-negative"
    assert {"id": 1, "minor": -1} in broken[0]["violations"]
    assert len(broken[0]["violations"]) == 20


async def bury(probe: Probe, number: int, type: str = "a.b.v1", **more: Any) -> list[UUID]:
    ids = [new_id() for _ in range(number)]
    for id in ids:
        await probe.run(
            "INSERT INTO dead_letter (id, event_id, type, organization_id, body, reason, error,"
            " attempts, headers) VALUES (%s, %s, %s, %s, %s, 'failed', 'ValueError: x', 5, '{}')",
            id,
            new_id(),
            type,
            probe.organization,
            more.get("body", b'{"id": 1}'),
        )
    return ids


async def test_dead_letters_are_listed_in_pages_and_filtered(
    probe: Probe, admin: httpx.AsyncClient
) -> None:
    await bury(probe, 5)
    await bury(probe, 2, "c.d.v1")

    first = (await admin.get("/admin/dead-letters", params={"limit": 4})).json()
    second = (await admin.get("/admin/dead-letters", params={"cursor": first["next"]})).json()
    filtered = (await admin.get("/admin/dead-letters", params={"type": "c.d.v1"})).json()
    decided = (await admin.get("/admin/dead-letters", params={"state": "discarded"})).json()

    assert (len(first["items"]), len(second["items"]), second["next"]) == (4, 3, None)
    assert {each["type"] for each in filtered["items"]} == {"c.d.v1"}
    assert decided["items"] == []
    assert "body" not in first["items"][0]


@pytest.mark.parametrize(
    ("body", "shown"), [(b'{"id": 1}', {"id": 1}), (b"not json \xff", "not json \ufffd")]
)
async def test_a_dead_letter_shows_its_message_as_well_as_it_can(
    probe: Probe, admin: httpx.AsyncClient, body: bytes, shown: object
) -> None:
    (id,) = await bury(probe, 1, body=body)

    letter = (await admin.get(f"/admin/dead-letters/{id}")).json()

    assert letter["body"] == shown
    assert letter["error"] == "ValueError: x"
    assert (await admin.get(f"/admin/dead-letters/{new_id()}")).status_code == 404
    assert (await admin.get("/admin/dead-letters/replay")).status_code == 405


async def test_replaying_one_letter_marks_it_and_tells_the_worker(
    probe: Probe, admin: httpx.AsyncClient
) -> None:
    one, other = await bury(probe, 2)

    async with notifications(probe, "duesline_replay") as heard:
        response = await admin.post(f"/admin/dead-letters/{one}/replay")
    again = await admin.post(f"/admin/dead-letters/{one}/replay")

    assert (response.status_code, len(heard)) == (202, 1)
    assert response.json()["state"] == "replaying"
    assert response.json()["decided_by"] == "test platform_admin"
    assert again.status_code == 409
    assert again.json()["type"].endswith("/dead-letter-decided")
    assert (await admin.get(f"/admin/dead-letters/{other}")).json()["state"] == "dead"
    assert (await admin.post(f"/admin/dead-letters/{new_id()}/replay")).status_code == 404


async def test_letters_of_a_type_are_replayed_together(
    probe: Probe, admin: httpx.AsyncClient
) -> None:
    await bury(probe, 3)
    await bury(probe, 2, "c.d.v1")

    some = await admin.post("/admin/dead-letters/replay", json={"type": "c.d.v1"})
    rest = await admin.post("/admin/dead-letters/replay", json={})
    none = await admin.post("/admin/dead-letters/replay", json={})

    assert [each.json()["marked"] for each in (some, rest, none)] == [2, 3, 0]


async def test_discarding_needs_a_reason_and_keeps_the_record(
    probe: Probe, admin: httpx.AsyncClient
) -> None:
    (id,) = await bury(probe, 1)
    path = f"/admin/dead-letters/{id}/discard"

    without = await admin.post(path, json={"reason": ""})
    done = await admin.post(path, json={"reason": "a duplicate by hand"})
    again = await admin.post(path, json={"reason": "once more"})

    assert without.status_code == 422
    assert done.json()["state"] == "discarded"
    assert done.json()["note"] == "a duplicate by hand"
    assert done.json()["decided_at"]
    assert again.status_code == 409
    assert await probe.count("dead_letter") == 1
