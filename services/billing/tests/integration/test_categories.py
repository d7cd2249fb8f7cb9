"""Categories: made, used by items, and one of them the default."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.billing.categories import store
from services.billing.tests.integration.scene import ITEM, issued
from shared.auth import Role
from shared.ids import new_id
from shared.testing import Running


async def made(client: httpx.AsyncClient, name: str, **more: Any) -> dict[str, Any]:
    """A category."""
    answer = await client.post("/categories", json={"name": name} | more)
    assert answer.status_code == 201, answer.text
    category: dict[str, Any] = answer.json()
    return category


async def names(client: httpx.AsyncClient, **query: Any) -> list[str]:
    """The names of the categories there are."""
    answer = await client.get("/categories", params=query)
    return [each["name"] for each in answer.json()["items"]]


async def test_services_is_made_on_first_use_and_found_afterwards(
    client: httpx.AsyncClient, service: Running
) -> None:
    before = await names(client)
    first, second = await issued(client, service), await issued(client, service)

    assert before == []
    assert await names(client) == ["Services"]
    assert first["items"][0]["category_name"] == second["items"][0]["category_name"] == "Services"


async def test_many_first_uses_at_once_make_one_default(
    client: httpx.AsyncClient, service: Running
) -> None:
    await asyncio.gather(*(issued(client, service) for _ in range(8)))

    assert await names(client) == ["Services"]


async def test_rivals_for_the_first_default_take_turns(service: Running) -> None:
    async def first_use(organization_id: UUID) -> UUID:
        async with service.db.transaction(organization_id) as tx:
            return await store.default(tx, organization_id)

    for _ in range(40):
        organization_id = new_id()
        found = await asyncio.gather(*(first_use(organization_id) for _ in range(8)))
        assert len(set(found)) == 1


async def test_another_category_becomes_the_default(
    client: httpx.AsyncClient, service: Running
) -> None:
    await issued(client, service)
    fibre = await made(client, "Internet", colour="#2f9e44", is_default=True)

    invoice = await issued(client, service)

    assert invoice["items"][0]["category_id"] == fibre["id"]
    listed = (await client.get("/categories")).json()["items"]
    assert [(c["name"], c["is_default"]) for c in listed] == [
        ("Internet", True),
        ("Services", False),
    ]


async def test_an_item_names_an_active_category_of_its_organization(
    client: httpx.AsyncClient, service: Running
) -> None:
    hardware = await made(client, "Hardware")
    async with service.client(organization=service.other_organization) as stranger:
        foreign = await made(stranger, "Hardware")
    invoice = await issued(client, service, ITEM | {"category_id": hardware["id"]})
    path = f"/categories/{hardware['id']}"
    gone = await client.patch(path, json={"active": False}, headers={"If-Match": '"1"'})
    body = {"customer_id": invoice["customer_id"]}

    answers = [
        await client.post("/invoices", json=body | {"items": [ITEM | {"category_id": id_}]})
        for id_ in (hardware["id"], foreign["id"], str(new_id()))
    ]

    assert invoice["items"][0]["category_name"] == "Hardware"
    assert (gone.status_code, gone.headers["ETag"]) == (200, '"2"')
    assert [answer.status_code for answer in answers] == [409, 404, 404]
    assert answers[0].json()["type"].endswith("/category-inactive")
    assert answers[1].json()["type"].endswith("/category-unknown")
    assert await names(client, active=False) == ["Hardware"]


async def test_names_are_unique_whatever_their_capitals(client: httpx.AsyncClient) -> None:
    await made(client, "Hardware")
    other = await made(client, "Other")

    answers = [
        await client.post("/categories", json={"name": "HARDWARE"}),
        await client.patch(f"/categories/{other['id']}", json={"name": "hardware"}),
    ]
    same = await client.patch(f"/categories/{other['id']}", json={"name": "OTHER"})

    assert [answer.json()["type"].rpartition("/")[2] for answer in answers] == [
        "category-name-taken"
    ] * 2
    assert same.json()["name"] == "OTHER"


@pytest.mark.parametrize("change", [{"active": False}, {"is_default": False}])
async def test_the_default_stays_until_another_one_takes_its_place(
    client: httpx.AsyncClient, change: dict[str, Any]
) -> None:
    default = await made(client, "Internet", is_default=True)

    answer = await client.patch(f"/categories/{default['id']}", json=change)

    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/category-is-default")


@pytest.mark.parametrize("body", [{"name": ""}, {"name": "x", "colour": "green"}, {}])
async def test_a_category_has_a_name_and_a_hexadecimal_colour(
    client: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    assert (await client.post("/categories", json=body)).status_code == 422


async def test_a_collector_makes_no_categories(service: Running) -> None:
    async with service.client(Role.COLLECTOR) as collector:
        refused = await collector.post("/categories", json={"name": "x"})

    assert refused.status_code == 403
