"""Organizations over HTTP."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from shared import clock
from shared.auth import Role
from shared.contracts.customers import OrganizationChanged
from shared.ids import new_id
from shared.testing import Running

BODY = {
    "name": "Selva Net",
    "country": "PE",
    "currency": "PEN",
    "time_zone": "America/Lima",
    "locale": "es-PE",
    "sandbox": True,
}


@pytest.fixture
async def platform(service: Running) -> AsyncIterator[httpx.AsyncClient]:
    """The platform's administrator, acting within no organization."""
    async with service.client(Role.PLATFORM_ADMIN) as signed_in:
        del signed_in.headers["X-Organization-Id"]
        yield signed_in


async def create(platform: httpx.AsyncClient, **facts: Any) -> dict[str, Any]:
    answer = await platform.post("/organizations", json=BODY | facts)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_the_platform_creates_an_organization_and_says_so(
    service: Running, platform: httpx.AsyncClient
) -> None:
    made = await create(platform)

    assert (made["locale"], made["version"], made["clock_offset_seconds"]) == ("es_PE", 1, 0)
    (event,) = await service.emitted()
    assert isinstance(event.data, OrganizationChanged)
    assert (str(event.data.organization_id), event.data.currency) == (made["id"], "PEN")
    assert (str(event.organization), event.subject, event.aggregateversion) == (
        made["id"],
        made["id"],
        1,
    )


async def test_an_organization_is_created_once_per_idempotency_key(
    service: Running, platform: httpx.AsyncClient
) -> None:
    key = {"Idempotency-Key": "create-selva"}
    first = await platform.post("/organizations", json=BODY, headers=key)
    again = await platform.post("/organizations", json=BODY, headers=key)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert len(await service.emitted()) == 1


async def test_an_organization_that_cannot_be_is_refused(
    service: Running, platform: httpx.AsyncClient
) -> None:
    for field, value in [
        ("country", "XX"),
        ("currency", "ABC"),
        ("time_zone", "Mars/Olympus"),
        ("locale", "xx_YY"),
        ("name", "  "),
        ("name", "a\x00b"),
        ("founded", 1999),
    ]:
        answer = await platform.post("/organizations", json=BODY | {field: value})
        assert answer.status_code in (400, 422), (field, value)
        assert answer.headers["content-type"] == "application/problem+json"
    assert await service.emitted() == []


async def test_only_the_platform_creates_and_lists(service: Running) -> None:
    for role in set(Role) - {Role.PLATFORM_ADMIN}:
        async with service.client(role) as member:
            assert (await member.post("/organizations", json=BODY)).status_code == 403
            assert (await member.get("/organizations")).status_code == 403


async def test_the_platform_lists_all_page_by_page(platform: httpx.AsyncClient) -> None:
    await create(platform)
    names, cursor = [], None
    while True:
        params = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        page = (await platform.get("/organizations", params=params)).json()
        names += [one["name"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break

    assert names == ["Andes Net", "Other Net", "Selva Net"]


async def test_a_member_sees_their_own_organization_alone(
    service: Running, client: httpx.AsyncClient
) -> None:
    own, other = service.organization.id, service.other_organization.id

    assert (await client.get("/organizations/current")).json()["id"] == str(own)
    assert (await client.get(f"/organizations/{own}")).status_code == 200
    for path in (f"/organizations/{other}", f"/organizations/{other}/clock"):
        assert (await client.get(path)).status_code == 404
    assert (await client.patch(f"/organizations/{other}", json={})).status_code == 404
    moved = await client.post(f"/organizations/{other}/clock", json={"advance_days": 1})
    assert moved.status_code == 404


async def test_the_platform_reaches_any_organization(
    service: Running, platform: httpx.AsyncClient
) -> None:
    path = f"/organizations/{service.other_organization.id}"

    assert (await platform.get(path)).json()["name"] == "Other Net"
    changed = await platform.patch(path, json={"active": False})
    assert (changed.status_code, changed.json()["active"]) == (200, False)
    assert (await platform.get(f"/organizations/{new_id()}")).status_code == 404
    assert (await platform.get("/organizations/current")).status_code == 403


async def test_a_change_is_announced_when_it_is_one(
    service: Running, client: httpx.AsyncClient
) -> None:
    path = "/organizations/" + str(service.organization.id)
    same = await client.patch(path, json={"name": "Andes Net"})
    changed = await client.patch(path, json={"name": "Andes  Fibra", "time_zone": "America/Lima"})

    assert (same.json()["version"], changed.json()["version"]) == (1, 2)
    assert changed.headers["etag"] == '"2"'
    (event,) = await service.emitted()
    assert (event.data.name, event.data.time_zone, event.data.version) == (
        "Andes Fibra",
        "America/Lima",
        2,
    )


async def test_a_stale_change_is_refused(service: Running, client: httpx.AsyncClient) -> None:
    path = "/organizations/" + str(service.organization.id)
    stale = await client.patch(path, json={"name": "X"}, headers={"If-Match": '"7"'})

    assert stale.status_code == 412
    assert (await client.patch(path, json={"active": False})).status_code == 403
    assert (await client.patch(path, json={"currency": "EUR"})).status_code == 422


async def test_a_sandbox_clock_moves_forward_and_is_announced(
    service: Running,
) -> None:
    path = f"/organizations/{service.organization.id}/clock"
    with clock.frozen(datetime(2026, 11, 21, 3, tzinfo=UTC)):
        client = service.client()
        assert (await client.get(path)).json()["today"] == "2026-11-20"
        moved = await client.post(path, json={"advance_days": 10})
        assert moved.json() == {
            "now": "2026-12-01T03:00:00Z",
            "today": "2026-11-30",
            "clock_offset_seconds": 864_000,
            "sandbox": True,
        }
        await client.post(path, json={"advance_seconds": 5})
        await client.post(path, json={"now": "2027-01-01T00:00:00-05:00"})
        assert (await client.get(path)).json()["today"] == "2027-01-01"

    versions = [event.data.version for event in await service.emitted()]
    assert versions == [2, 3, 4]


REFUSED_MOVES = [
    ({"now": "2020-01-01T00:00:00Z"}, 409, "clock-backwards"),
    ({"now": "9999-12-31T23:59:59Z"}, 409, "clock-too-far"),
    ({"now": "9999-12-31T23:59:59-23:59"}, 409, "clock-too-far"),
    ({"now": "0001-01-01T00:00:00+23:59"}, 409, "clock-backwards"),
    ({"advance_days": -1}, 422, "validation-failed"),
    ({"advance_days": 36_501}, 422, "validation-failed"),
    ({"advance_days": 1, "advance_seconds": 1}, 422, "validation-failed"),
    ({}, 422, "validation-failed"),
    ({"now": "2030-01-01T00:00:00"}, 422, "validation-failed"),
]


async def test_a_clock_cannot_be_told_just_anything(service: Running) -> None:
    path = f"/organizations/{service.organization.id}/clock"
    with clock.frozen(datetime(2026, 11, 21, tzinfo=UTC)):
        client = service.client()
        for body, status, slug in REFUSED_MOVES:
            answer = await client.post(path, json=body)
            assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (status, slug)
        assert (await client.post(path, json={"advance_days": 36_500})).status_code == 200


async def test_a_real_organization_lives_in_real_time(
    service: Running, platform: httpx.AsyncClient
) -> None:
    real = await create(platform, sandbox=False)
    path = f"/organizations/{real['id']}/clock"
    refused = await platform.post(path, json={"advance_days": 1})

    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (
        409,
        "not-a-sandbox",
    )
    shown = datetime.fromisoformat((await platform.get(path)).json()["now"])
    assert abs(shown - clock.now()) < timedelta(minutes=1)


async def test_a_clerk_moves_no_clock(service: Running) -> None:
    async with service.client(Role.CLERK) as clerk:
        path = f"/organizations/{service.organization.id}/clock"
        assert (await clerk.post(path, json={"advance_days": 1})).status_code == 403
        assert (await clerk.get(path)).status_code == 200
