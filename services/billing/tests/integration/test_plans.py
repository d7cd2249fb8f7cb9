"""Plans and their prices over HTTP."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.billing.tests.integration.facts import TODAY
from shared.auth import Role
from shared.testing import Running

TOMORROW = str(TODAY + timedelta(days=1))


def plan(**more: Any) -> dict[str, Any]:
    """A plan as a caller gives it."""
    return {
        "code": "F300",
        "name": "Fibra 300",
        "price": {"amount": "25.00"},
        "tax_rate": "15",
    } | more


async def made(client: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    """A stored plan."""
    answer = await client.post("/plans", json=plan(**more))
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def test_a_plan_is_shown_as_it_was_made(client: httpx.AsyncClient) -> None:
    stored = await made(client, setup_fee={"amount": "10.00"}, suspended_rule="prorate")

    read = await client.get(f"/plans/{stored['id']}")

    assert read.json() == stored
    assert read.headers["ETag"] == '"1"'
    assert (stored["interval"], stored["timing"]) == ("monthly", "prepaid")
    assert stored["price"] == {"amount": "25.00", "currency": "USD"}
    assert stored["prices"] == [{"starts_on": str(TODAY), "price": stored["price"]}]
    assert (stored["setup_fee"]["amount"], stored["tax_rate"]) == ("10.00", "15")


@pytest.mark.parametrize("same", [{"code": "F300"}, {"name": "Fibra 300"}])
async def test_codes_and_names_are_unique_within_an_organization(
    client: httpx.AsyncClient, service: Running, same: dict[str, str]
) -> None:
    await made(client)

    again = await client.post("/plans", json=plan(**({"code": "X", "name": "X"} | same)))
    async with service.client(organization=service.other_organization) as other:
        elsewhere = await other.post("/plans", json=plan())

    assert again.status_code == 409
    assert again.json()["type"].endswith("/plan-exists")
    assert elsewhere.status_code == 201


async def test_a_price_holds_from_its_day(client: httpx.AsyncClient) -> None:
    stored = await made(client)
    path = f"/plans/{stored['id']}/prices/{TOMORROW}"

    priced = await client.put(path, json={"price": {"amount": "30.00"}})
    again = await client.put(path, json={"price": {"amount": "31.00"}})
    past = await client.put(
        f"/plans/{stored['id']}/prices/2026-11-19", json={"price": {"amount": "1.00"}}
    )

    assert priced.json()["price"]["amount"] == "25.00"
    assert [each["price"]["amount"] for each in again.json()["prices"]] == ["25.00", "31.00"]
    assert past.json()["type"].endswith("/price-in-the-past")
    gone = await client.delete(path)
    assert [each["price"]["amount"] for each in gone.json()["prices"]] == ["25.00"]
    assert (await client.delete(path)).status_code == 404


async def test_a_change_needs_the_version_seen_last(client: httpx.AsyncClient) -> None:
    stored = await made(client)
    path = f"/plans/{stored['id']}"

    first = await client.patch(path, json={"active": False}, headers={"If-Match": '"1"'})
    stale = await client.patch(path, json={"active": True}, headers={"If-Match": '"1"'})
    empty = await client.patch(path, json={"name": None})

    assert (first.status_code, first.json()["active"]) == (200, False)
    assert stale.status_code == 412
    assert empty.status_code == 422


async def test_plans_are_listed_by_code_and_filtered(client: httpx.AsyncClient) -> None:
    for code, more in (("B", {}), ("A", {"active": False}), ("C", {"interval": "yearly"})):
        await made(client, code=code, name=f"Plan {code}", **more)

    async def codes(query: str) -> list[str]:
        return [each["code"] for each in (await client.get(f"/plans{query}")).json()["items"]]

    assert await codes("") == ["A", "B", "C"]
    assert await codes("?active=true&sort=-code") == ["C", "B"]
    assert await codes("?interval=yearly") == ["C"]
    assert await codes("?q=plan%20b") == ["B"]


async def test_an_unused_plan_is_deleted(client: httpx.AsyncClient) -> None:
    stored = await made(client)

    assert (await client.delete(f"/plans/{stored['id']}")).status_code == 204
    assert (await client.get(f"/plans/{stored['id']}")).status_code == 404


async def test_plans_are_written_by_clerks(service: Running) -> None:
    async with service.client(Role.READ_ONLY) as reader:
        assert (await reader.post("/plans", json=plan())).status_code == 403
        assert (await reader.get("/plans")).status_code == 200
