"""Reads composed over several services, and the health of the whole."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.reads.overview import SHOWN_LINES
from gateway.tests import upstream
from gateway.tests.conftest import Door, open_door
from shared.auth import Role
from shared.ids import new_id
from shared.testing import Bed

CUSTOMER = "01a1fc4a-1d58-74f1-82d8-652c382a3e1d"  # a constant: it is part of tests' ids
LINES = [str(new_id()), str(new_id())]
MONEY = {"amount": "45.00", "currency": "USD"}
CUSTOMERS = {"total": 3, "active": 2, "inactive": 1}
COUNTED_LINES = {"total": 2, "by_status": {"active": 1, "suspended": 1}}
RECEIVED = {
    "today": {"count": 1, "amount": MONEY},
    "last_30_days": {"count": 1, "amount": MONEY},
}


def page(*items: Any, following: str | None = None) -> tuple[int, Any]:
    return 200, {"items": list(items), "next": following}


def down() -> tuple[int, Any]:
    return 503, {"type": "https://duesline.dev/problems/unavailable", "detail": "away"}


@pytest.fixture
def replies(door: Door) -> dict[str, Any]:
    """What the services say when all is well."""
    said = door.upstream.replies
    said |= {
        f"/customers/{CUSTOMER}": (200, {"id": CUSTOMER, "name": "Ana"}),
        "/lines": page(*({"id": line, "status": "active"} for line in LINES)),
        "/invoices": page({"number": "A-1", "open": MONEY}),
        "/payments": page({"amount": MONEY}),
        "/credits": page(),
        "/collections/decisions": page({"outcome": "suspend"}),
        **{f"/lines/{line}/collections-status": (200, {"line_id": line}) for line in LINES},
        "/customers/summary": (200, CUSTOMERS),
        "/lines/summary": (200, COUNTED_LINES),
        "/invoices/summary": (200, {"count": 3}),
        "/payments/summary": (200, RECEIVED),
        "/collections/summary": (200, {"suspended": 0}),
        "/imports": page({"id": "i"}),
    }
    return said


@pytest.fixture
async def clerk(door: Door) -> httpx.AsyncClient:
    return await door.signed_in(await door.add_user(Role.READ_ONLY))


async def overview(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.get(f"/customers/{CUSTOMER}/overview")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_customers_story_is_on_one_page(
    clerk: httpx.AsyncClient, replies: dict[str, Any]
) -> None:
    found = await overview(clerk)

    assert found["customer"]["name"] == "Ana"
    assert [line["line"]["id"] for line in found["lines"]] == LINES
    assert [line["collections"]["line_id"] for line in found["lines"]] == LINES
    assert found["open_invoices"][0]["number"] == "A-1"
    assert found["payments"][0]["amount"] == MONEY
    assert found["credits"] == []
    assert found["decisions"][0]["outcome"] == "suspend"
    assert (found["unavailable"], found["more"]) == ([], [])


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("/invoices", "open_invoices"),
        ("/payments", "payments"),
        ("/credits", "credits"),
        ("/collections/decisions", "decisions"),
        ("/lines", "lines"),
        (f"/customers/{CUSTOMER}", "customer"),
    ],
)
async def test_a_part_that_fails_is_named_and_the_rest_is_there(
    clerk: httpx.AsyncClient, replies: dict[str, Any], path: str, part: str
) -> None:
    replies[path] = down()

    found = await overview(clerk)

    assert found["unavailable"] == [part]
    assert found[part] is None
    others = {"customer", "lines", "open_invoices", "payments", "credits", "decisions"} - {part}
    assert all(found[other] is not None for other in others)


async def test_a_line_whose_standing_is_not_to_be_had_is_still_shown(
    clerk: httpx.AsyncClient, replies: dict[str, Any]
) -> None:
    replies[f"/lines/{LINES[0]}/collections-status"] = down()

    found = await overview(clerk)

    assert [line["collections"] is None for line in found["lines"]] == [True, False]
    assert found["unavailable"] == ["lines.collections"]


async def test_a_slow_part_does_not_hold_up_the_answer(bed: Bed, tmp_path: Path) -> None:
    async with open_door(bed, tmp_path, part_seconds=0.3) as door:
        door.upstream.behaviours["/invoices/summary"] = upstream.silence
        async with await door.signed_in(await door.add_user()) as client:
            async with asyncio.timeout(3):
                answer = await client.get("/dashboard")

    assert "invoices" in answer.json()["unavailable"]


async def test_a_customer_that_does_not_exist_is_a_404_in_the_services_words(
    clerk: httpx.AsyncClient, replies: dict[str, Any]
) -> None:
    problem = {"type": "https://duesline.dev/problems/not-found", "status": 404, "detail": "No."}
    replies[f"/customers/{CUSTOMER}"] = (404, problem)

    answer = await clerk.get(f"/customers/{CUSTOMER}/overview")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == problem


async def test_that_there_is_more_than_is_shown_is_said(
    clerk: httpx.AsyncClient, replies: dict[str, Any]
) -> None:
    replies["/payments"] = page({"amount": MONEY}, following="cursor")

    assert (await overview(clerk))["more"] == ["payments"]


async def test_services_are_asked_as_the_caller_and_for_no_more_than_is_shown(door: Door) -> None:
    admin = await door.add_user(Role.PLATFORM_ADMIN)
    organization = str(new_id())
    asked: dict[str, Any] = {}

    async def note(_: Any, scope: Any, receive: Any, send: Any) -> None:
        asked["headers"] = dict(scope["headers"])
        asked["query"] = scope["query_string"].decode()
        await upstream.answer(send, b'{"items": [], "next": null}', upstream.JSON)

    door.upstream.behaviours["/lines"] = note
    client = await door.signed_in(admin, **{"X-Organization-Id": organization})
    async with client:
        await client.get(f"/customers/{CUSTOMER}/overview", headers={"X-Request-Id": "r-1"})

    headers = asked["headers"]
    assert headers[b"authorization"].decode() == client.headers["authorization"]
    assert headers[b"x-organization-id"].decode() == organization
    assert headers[b"x-request-id"] == b"r-1"
    assert f"limit={SHOWN_LINES}" in asked["query"]
    assert f"customer_id={CUSTOMER}" in asked["query"]


async def test_the_dashboard_shows_an_organization_at_a_glance(
    clerk: httpx.AsyncClient, replies: dict[str, Any]
) -> None:
    found = (await clerk.get("/dashboard")).json()

    assert found["unavailable"] == []
    assert found["customers"] == CUSTOMERS
    assert found["lines"] == COUNTED_LINES
    assert found["invoices"] == {"count": 3}
    assert found["payments"] == RECEIVED
    assert found["collections"] == {"suspended": 0}
    assert found["imports_running"] == [{"id": "i"}] * 3


async def test_a_part_of_the_dashboard_that_fails_is_named(
    clerk: httpx.AsyncClient, replies: dict[str, Any]
) -> None:
    replies["/payments/summary"] = down()

    found = (await clerk.get("/dashboard")).json()

    assert found["unavailable"] == ["payments"]
    assert found["payments"] is None
    assert found["invoices"] == {"count": 3}


async def test_composed_reads_are_for_those_with_a_token_and_an_organization(door: Door) -> None:
    root = await door.signed_in(await door.add_user(Role.PLATFORM_ADMIN))
    async with root, door.client() as nobody:
        homeless = await root.get("/dashboard")
        anonymous = await nobody.get("/dashboard")

    assert (homeless.status_code, anonymous.status_code) == (403, 401)


async def test_the_whole_is_healthy_when_every_process_is(door: Door) -> None:
    door.upstream.replies["/health/ready"] = (200, {"status": "ready"})
    async with httpx.AsyncClient(base_url=door.url) as client:
        whole = await client.get("/health")
        public = await client.get("/api/v1/health")
        own = await client.get("/health/ready")
        live = await client.get("/health/live")

    assert whole.status_code == public.status_code == own.status_code == live.status_code == 200
    components = whole.json()["components"]
    assert len(components) == 10
    assert {component["state"] for component in components.values()} == {"up"}


async def test_the_whole_is_a_503_that_says_what_is_down_and_what_it_misses(
    bed: Bed, tmp_path: Path
) -> None:
    nowhere = "http://127.0.0.1:9"
    async with open_door(bed, tmp_path, billing_worker_url=nowhere) as door:
        missing = {"broker": {"state": "down"}, "database": {"state": "up"}}
        door.upstream.replies["/health/ready"] = (503, {"dependencies": missing})
        async with httpx.AsyncClient(base_url=door.url) as client:
            answer = await client.get("/health")
            own = await client.get("/health/ready")

    problem = answer.json()
    assert answer.status_code == 503
    assert problem["components"]["billing-worker"] == {"state": "down", "missing": []}
    assert problem["components"]["billing-api"] == {"state": "down", "missing": ["broker"]}
    assert own.status_code == 200
