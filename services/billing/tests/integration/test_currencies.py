"""In which currency a customer is billed, and how taxed items are priced in it."""

from typing import Any

import httpx
import pytest

from services.billing.tests.integration.facts import known_customer, page
from services.billing.tests.integration.scene import credit, issued
from shared.auth import Role
from shared.ids import new_id
from shared.testing import Running


async def account(client: httpx.AsyncClient, customer_id: Any, currency: str) -> httpx.Response:
    """Bill a customer in a currency."""
    return await client.put(
        f"/customers/{customer_id}/billing-account", json={"currency": currency}
    )


def body(customer_id: Any, amount: str = "10", **more: Any) -> dict[str, Any]:
    """An invoice of one item."""
    item = {"description": "x", "unit_price": {"amount": amount}}
    return {"customer_id": str(customer_id), "items": [item], "issue": True} | more


async def test_a_customer_is_billed_in_the_organizations_currency_until_an_account_says_otherwise(
    client: httpx.AsyncClient, service: Running
) -> None:
    customer_id = await known_customer(service)
    path = f"/customers/{customer_id}/billing-account"

    before = (await client.get(path)).json()
    set_ = await account(client, customer_id, "CLP")
    invoice = await client.post("/invoices", json=body(customer_id, "4500"))

    assert (before["currency"], before["version"]) == ("USD", 0)
    assert (set_.json()["currency"], set_.headers["ETag"]) == ("CLP", '"1"')
    assert invoice.json()["total"] == {"amount": "4500", "currency": "CLP"}
    assert invoice.json()["currency"] == "CLP"
    (event,) = await service.emitted()
    assert (event.data.currency, event.data.total_minor) == ("CLP", 4500)


@pytest.mark.parametrize(
    "more",
    [
        {"currency": "USD"},
        {"items": [{"description": "x", "unit_price": {"amount": "1", "currency": "USD"}}]},
    ],
)
async def test_another_currency_than_the_accounts_is_a_mismatch(
    client: httpx.AsyncClient, service: Running, more: dict[str, Any]
) -> None:
    customer_id = await known_customer(service)
    await account(client, customer_id, "BHD")

    answer = await client.post("/invoices", json=body(customer_id) | more)

    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/currency-mismatch")
    assert (answer.json()["given"], answer.json()["expected"]) == ("USD", "BHD")


async def test_a_draft_in_the_old_currency_is_not_issued(
    client: httpx.AsyncClient, service: Running
) -> None:
    customer_id = await known_customer(service)
    draft = (await client.post("/invoices", json=body(customer_id, issue=False))).json()
    await account(client, customer_id, "EUR")

    answer = await client.post(f"/invoices/{draft['id']}/issue")

    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/currency-mismatch")


async def test_the_currency_stays_while_another_one_is_owed(
    client: httpx.AsyncClient, service: Running
) -> None:
    invoice = await issued(client, service)

    refused = await account(client, invoice["customer_id"], "EUR")
    same = await account(client, invoice["customer_id"], "USD")
    await credit(client, invoice)
    accepted = await account(client, invoice["customer_id"], "EUR")

    assert refused.status_code == 409
    assert refused.json()["type"].endswith("/billing-account-in-use")
    assert (same.status_code, accepted.json()["version"]) == (200, 2)


async def test_who_and_what_an_account_takes(client: httpx.AsyncClient, service: Running) -> None:
    customer_id = await known_customer(service)

    unknown = await account(client, new_id(), "USD")
    nonsense = await account(client, customer_id, "XXQ")
    async with service.client(Role.COLLECTOR) as collector:
        refused = await account(collector, customer_id, "USD")
    async with service.client(organization=service.other_organization) as stranger:
        foreign = await account(stranger, customer_id, "USD")

    codes = [a.status_code for a in (unknown, nonsense, refused, foreign)]
    assert codes == [404, 422, 403, 404]


@pytest.mark.parametrize(
    ("currency", "price", "net", "tax", "total"),
    [
        ("USD", "11.50", "10.00", "1.50", "11.50"),
        ("USD", "10.00", "8.70", "1.30", "10.00"),
        ("CLP", "1190", "1035", "155", "1190"),
        ("BHD", "1.150", "1.000", "0.150", "1.150"),
    ],
)
async def test_of_a_price_with_its_tax_the_net_follows(
    client: httpx.AsyncClient,
    service: Running,
    currency: str,
    price: str,
    net: str,
    tax: str,
    total: str,
) -> None:
    customer_id = await known_customer(service)
    await account(client, customer_id, currency)
    item = {
        "description": "Plan",
        "unit_price": {"amount": price},
        "price_includes_tax": True,
        "tax_rate": "15",
    }

    answer = await client.post("/invoices", json=body(customer_id) | {"items": [item]})

    shown = answer.json()
    assert (shown["items"][0]["net"]["amount"], shown["items"][0]["tax"]["amount"]) == (net, tax)
    assert shown["total"]["amount"] == total
    assert shown["items"][0]["tax_category"] == "standard"


async def test_what_is_exempt_has_no_rate(client: httpx.AsyncClient, service: Running) -> None:
    item = {"description": "x", "unit_price": {"amount": "1"}, "tax_category": "exempt"}
    customer_id = await known_customer(service)

    good = await client.post("/invoices", json=body(customer_id) | {"items": [item]})
    bad = await client.post(
        "/invoices", json=body(customer_id) | {"items": [item | {"tax_rate": "15"}]}
    )

    assert good.json()["items"][0]["tax_category"] == "exempt"
    assert bad.status_code == 422


async def test_the_summary_keeps_currencies_apart(
    client: httpx.AsyncClient, service: Running
) -> None:
    await issued(client, service)
    customer_id = await known_customer(service)
    await account(client, customer_id, "EUR")
    await client.post("/invoices", json=body(customer_id, "30"))
    await service.deliver(page())

    dollars = (await client.get("/invoices/summary")).json()
    euros = (await client.get("/invoices/summary", params={"currency": "EUR"})).json()

    assert (dollars["open"], dollars["other_currencies"]) == (
        {"amount": "100.00", "currency": "USD"},
        ["EUR"],
    )
    assert (euros["open"], euros["count"]) == ({"amount": "30.00", "currency": "EUR"}, 1)
