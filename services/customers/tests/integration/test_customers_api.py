"""Customers over HTTP."""

import asyncio
from typing import Any

import httpx

from services.customers.tests.builders import cedula
from services.customers.tests.integration.conftest import Make
from shared.auth import Role
from shared.contracts.customers import (
    CustomerDeactivated,
    CustomerReactivated,
    CustomerRegistered,
    CustomerUpdated,
    LineCancelled,
)
from shared.ids import external_id, new_id
from shared.testing import Running


def slug(answer: httpx.Response) -> str:
    """Which rule refused."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return str(answer.json()["type"]).rpartition("/")[2]


async def names(client: httpx.AsyncClient, **params: Any) -> list[str]:
    answer = await client.get("/customers", params=params)
    assert answer.status_code == 200, answer.text
    return [one["name"] for one in answer.json()["items"]]


async def test_a_customer_is_stored_normalised_and_announced(
    service: Running, client: httpx.AsyncClient, customer: Make
) -> None:
    made = await customer(
        "Ana   Pérez",
        national_id="171003406-5",
        email="ANA@Example.com",
        phone="099 123 4567",
        external_ref="C-1",
    )

    assert made["id"] == str(external_id(service.organization.id, "customer", "C-1"))
    assert (made["name"], made["national_id"]) == ("Ana Pérez", "1710034065")
    assert (made["email"], made["phone"]) == ("ana@example.com", "+593991234567")
    read = await client.get(f"/customers/{made['id']}")
    assert (read.json(), read.headers["etag"]) == (made, '"1"')
    (event,) = await service.emitted()
    assert isinstance(event.data, CustomerRegistered)
    assert (event.aggregateversion, event.data.email) == (1, "ana@example.com")


async def test_every_fault_of_a_customer_is_named_with_its_place(
    client: httpx.AsyncClient,
) -> None:
    body = {"name": "Ana", "national_id": "1", "email": "x", "phone": "y"}
    refused = await client.post("/customers", json=body)

    assert (refused.status_code, slug(refused)) == (422, "validation-failed")
    places = [error["loc"] for error in refused.json()["errors"]]
    assert places == [["body", "national_id"], ["body", "email"], ["body", "phone"]]


async def test_a_national_id_and_a_reference_belong_to_one_customer(
    client: httpx.AsyncClient, customer: Make
) -> None:
    await customer("Ana", national_id=cedula(1), external_ref="C-1")
    same_id = await client.post("/customers", json={"name": "X", "national_id": cedula(1)})
    same_ref = await client.post("/customers", json={"name": "X", "external_ref": "C-1"})

    assert (same_id.status_code, slug(same_id)) == (409, "national-id-taken")
    assert (same_ref.status_code, slug(same_ref)) == (409, "external-ref-taken")


async def test_a_national_id_is_taken_in_its_own_organization_alone(
    service: Running, customer: Make
) -> None:
    await customer("Ana", national_id=cedula(1), external_ref="C-1")
    async with service.client(organization=service.other_organization) as other:
        body = {"name": "Ana", "national_id": cedula(1), "external_ref": "C-1"}
        made = await other.post("/customers", json=body)

    assert made.status_code == 201


async def test_of_many_at_once_with_one_national_id_one_is_stored(
    client: httpx.AsyncClient,
) -> None:
    body = {"name": "Ana", "national_id": cedula(1)}
    answers = await asyncio.gather(*(client.post("/customers", json=body) for _ in range(12)))

    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [201] + [409] * 11


async def test_details_are_changed_and_emptied(
    service: Running, client: httpx.AsyncClient, customer: Make
) -> None:
    made = await customer("Ana", email="ana@example.com", phone="0991234567")
    path = f"/customers/{made['id']}"
    await service.emitted()
    changed = await client.patch(path, json={"name": "Ana María", "email": None})

    assert (changed.json()["name"], changed.json()["email"]) == ("Ana María", None)
    assert changed.json()["phone"] == "+593991234567"
    assert (changed.json()["version"], changed.headers["etag"]) == (2, '"2"')
    (event,) = await service.emitted()
    assert isinstance(event.data, CustomerUpdated)
    assert await names(client, q="maria") == ["Ana María"]
    assert await names(client, q="example.com") == []


async def test_a_change_to_the_same_is_none(
    service: Running, client: httpx.AsyncClient, customer: Make
) -> None:
    made = await customer("Ana", email="ana@example.com")
    await service.emitted()
    same = await client.patch(f"/customers/{made['id']}", json={"email": "ANA@example.com"})

    assert (same.status_code, same.json()) == (200, made)
    assert await service.emitted() == []


async def test_a_stale_change_is_refused(client: httpx.AsyncClient, customer: Make) -> None:
    path = f"/customers/{(await customer())['id']}"
    fresh = await client.patch(path, json={"name": "B"}, headers={"If-Match": '"1"'})
    stale = await client.patch(path, json={"name": "C"}, headers={"If-Match": '"1"'})

    assert fresh.status_code == 200
    assert (stale.status_code, slug(stale)) == (412, "precondition-failed")


async def test_a_change_to_anothers_national_id_is_refused(
    client: httpx.AsyncClient, customer: Make
) -> None:
    await customer("Ana", national_id=cedula(1))
    luis = await customer("Luis", national_id=cedula(2))
    refused = await client.patch(f"/customers/{luis['id']}", json={"national_id": cedula(1)})

    assert (refused.status_code, slug(refused)) == (409, "national-id-taken")


async def test_a_reference_is_for_life(client: httpx.AsyncClient, customer: Make) -> None:
    made = await customer("Ana", external_ref="C-1")
    refused = await client.patch(f"/customers/{made['id']}", json={"external_ref": "C-2"})

    assert refused.status_code == 422


async def test_a_customer_is_deactivated_once_and_comes_back(
    service: Running, client: httpx.AsyncClient, customer: Make
) -> None:
    path = f"/customers/{(await customer(national_id=cedula(1)))['id']}"
    await service.emitted()

    assert (await client.post(f"{path}/activate")).status_code == 409
    assert (await client.delete(path)).status_code == 204
    again = await client.delete(path)
    assert (again.status_code, slug(again)) == (409, "customer-already-inactive")
    assert (await client.get(path)).json()["active"] is False
    taken = await client.post("/customers", json={"name": "X", "national_id": cedula(1)})
    assert slug(taken) == "national-id-taken"
    assert (await client.post(f"{path}/activate")).json()["active"] is True
    events = [type(event.data) for event in await service.emitted()]
    assert events == [CustomerDeactivated, CustomerReactivated]


async def test_a_customer_with_a_line_in_service_stays(
    client: httpx.AsyncClient, customer: Make, line: Make
) -> None:
    owner = await customer()
    await line(owner["id"], active=False)
    active = await line(owner["id"])
    refused = await client.delete(f"/customers/{owner['id']}")

    assert (refused.status_code, slug(refused)) == (409, "customer-has-lines")
    assert refused.json()["lines"] == [{"id": active["id"], "number": 2, "status": "active"}]
    assert (await client.get(f"/customers/{owner['id']}")).json()["active"] is True


async def test_a_line_that_was_never_installed_keeps_nobody(
    client: httpx.AsyncClient, customer: Make, line: Make
) -> None:
    owner = await customer()
    waiting = await line(owner["id"], active=False)

    assert (await client.delete(f"/customers/{owner['id']}")).status_code == 204
    refused = await client.post(f"/lines/{waiting['id']}/activate")
    assert (refused.status_code, slug(refused)) == (409, "customer-inactive")
    assert refused.json()["name"] == owner["name"]


async def test_to_cascade_cancels_each_line_and_says_so(
    service: Running, client: httpx.AsyncClient, customer: Make, line: Make
) -> None:
    owner = await customer()
    lines = [await line(owner["id"]), await line(owner["id"], active=False)]
    await client.post(f"/lines/{lines[0]['id']}/holds", json={"reason": "fraud"})
    await service.emitted()

    gone = await client.delete(f"/customers/{owner['id']}", params={"cascade": True})
    assert gone.status_code == 204
    *cancelled, last = await service.emitted()
    assert {event.subject for event in cancelled} == {one["id"] for one in lines}
    assert all(isinstance(event.data, LineCancelled) for event in cancelled)
    assert all(event.data.holds == () for event in cancelled)
    assert isinstance(last.data, CustomerDeactivated)
    history = (await client.get(f"/lines/{lines[0]['id']}/history")).json()["items"]
    assert history[0]["note"] == "the customer was deactivated"


SEARCHES = [
    ("pere", ["ANA Pérez"]),
    ("PÉREZ", ["ANA Pérez"]),
    ("a p", ["ANA Pérez"]),
    ("710034065", ["ANA Pérez"]),
    ("@example", ["ANA Pérez", "Núñez 100%_\\ S.A."]),
    ("c-77", ["Núñez 100%_\\ S.A."]),
    ("nunez", ["Núñez 100%_\\ S.A."]),
    ("100%_\\", ["Núñez 100%_\\ S.A."]),
    ("%", ["Núñez 100%_\\ S.A."]),
    ("_", ["Núñez 100%_\\ S.A."]),
    ("%%%", []),
    ("nobody", []),
]


async def test_a_search_finds_parts_of_what_a_customer_is_known_by(
    client: httpx.AsyncClient, customer: Make
) -> None:
    await customer("ANA Pérez", national_id="1710034065", email="ana@example.com")
    await customer("Núñez 100%_\\ S.A.", email="info@example.com", external_ref="C-77")

    for q, found in SEARCHES:
        assert await names(client, q=q) == found, q


async def test_filters_narrow_the_list(client: httpx.AsyncClient, customer: Make) -> None:
    ana = await customer("Ana", national_id=cedula(1), email="a@example.com", external_ref="A")
    await customer("Luis", national_id=cedula(2), email="b@example.com", external_ref="B")
    await client.delete(f"/customers/{ana['id']}")

    assert await names(client) == ["Ana", "Luis"]
    assert await names(client, active=True) == ["Luis"]
    assert await names(client, active=False) == ["Ana"]
    assert await names(client, national_id=cedula(2)) == ["Luis"]
    assert await names(client, email="A@example.com") == ["Ana"]
    assert await names(client, external_ref="B", q="lui") == ["Luis"]


async def test_a_customer_is_described_and_found_by_it(
    service: Running, client: httpx.AsyncClient, customer: Make
) -> None:
    described = {
        "language": "en",
        "time_zone": "America/Bogota",
        "area": "Quito norte",
        "tags": ["VIP", "residential"],
    }
    made = await customer("Ana", **described)
    await customer("Luis", tags=["residential"])
    await customer("Eva")

    assert {name: made[name] for name in described} == described | {"tags": ["residential", "vip"]}
    assert (await service.emitted())[0].data.tags == ("residential", "vip")
    assert await names(client, tag="residential") == ["Ana", "Luis"]
    assert await names(client, tag="VIP") == ["Ana"]
    assert await names(client, area="Quito norte") == ["Ana"]
    async with service.client(organization=service.other_organization) as other:
        assert await names(other, tag="residential") == []

    path = f"/customers/{made['id']}"
    emptied = (await client.patch(path, json={"area": None, "tags": None})).json()
    assert (emptied["area"], emptied["tags"], emptied["language"]) == (None, [], "en")
    assert await names(client, tag="vip") == []
    refused = await client.patch(path, json={"time_zone": "Bogota", "tags": ["a b"]})
    places = [error["loc"] for error in refused.json()["errors"]]
    assert (refused.status_code, places) == (422, [["body", "time_zone"], ["body", "tags"]])


async def test_pages_join_up_in_any_order(client: httpx.AsyncClient, customer: Make) -> None:
    for name in ("Eva", "Ana", "Eva", "Luis", "Bea"):
        await customer(name)
    for sort in ("name", "-name", "created_at", "-created_at"):
        whole = (await client.get("/customers", params={"sort": sort})).json()["items"]
        pieces: list[dict[str, Any]] = []
        params: dict[str, Any] = {"sort": sort, "limit": 2}
        while True:
            page = (await client.get("/customers", params=params)).json()
            pieces += page["items"]
            if page["next"] is None:
                break
            params["cursor"] = page["next"]

        assert pieces == whole
        assert len({one["id"] for one in whole}) == 5


async def test_a_list_cannot_be_sorted_by_anything(client: httpx.AsyncClient) -> None:
    refused = await client.get("/customers", params={"sort": "phone"})

    assert (refused.status_code, refused.json()["allowed"]) == (400, ["created_at", "name"])


WHO_MAY = [
    (Role.READ_ONLY, (True, False, False)),
    (Role.COLLECTOR, (True, False, False)),
    (Role.CLERK, (True, True, False)),
    (Role.ORG_ADMIN, (True, True, True)),
]


async def test_who_may_read_change_and_deactivate(service: Running, customer: Make) -> None:
    path = f"/customers/{(await customer())['id']}"
    for role, may in WHO_MAY:
        async with service.client(role) as someone:
            answers = (
                await someone.get(path),
                await someone.patch(path, json={"name": "B"}),
                await someone.delete(path),
            )
        assert tuple(answer.status_code != 403 for answer in answers) == may, role


async def test_a_stranger_gets_nothing(service: Running, client: httpx.AsyncClient) -> None:
    del client.headers["Authorization"]

    assert (await client.get("/customers")).status_code == 401


async def test_another_organizations_customer_does_not_exist(
    service: Running, client: httpx.AsyncClient, customer: Make
) -> None:
    made = await customer()
    async with service.client(organization=service.other_organization) as other:
        path = f"/customers/{made['id']}"
        for answer in (
            await other.get(path),
            await other.patch(path, json={"name": "B"}),
            await other.delete(path),
            await other.post(f"{path}/activate"),
            await other.post(f"{path}/lines", json={"plan_name": "x", "price": {"amount": "1.00"}}),
        ):
            assert (answer.status_code, slug(answer)) == (404, "not-found")
        assert await names(other, q="ana") == []
    assert (await client.get(f"/customers/{new_id()}")).status_code == 404
