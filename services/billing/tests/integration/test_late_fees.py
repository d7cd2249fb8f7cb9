"""Late fees: by hand and by order, once per invoice, rule and period."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.billing.tests.integration.facts import TODAY, allocation, debt, page
from services.billing.tests.integration.scene import broken, issued, shown, write_off
from shared import clock
from shared.auth import Role
from shared.bus.apply import Outcome
from shared.contracts.billing import InvoiceIssued, InvoiceOverdue
from shared.contracts.collections import LateFeeOrdered
from shared.ids import new_id
from shared.testing import Running

RULE: dict[str, Any] = {
    "code": "standard",
    "name": "Recargo por mora",
    "charge": "percent",
    "rate": "5",
    "cap": {"amount": "20.00"},
    "tax_rate": "15",
    "period": "monthly",
    "due_days": 10,
}
YESTERDAY = TODAY - timedelta(days=1)


async def ruled(client: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    """A rule."""
    answer = await client.post("/late-fee-rules", json=RULE | more)
    assert answer.status_code == 201, answer.text
    rule: dict[str, Any] = answer.json()
    return rule


async def charge(
    client: httpx.AsyncClient, invoice: dict[str, Any], rule: str = "standard"
) -> httpx.Response:
    """Charge a late fee by hand."""
    return await client.post(f"/invoices/{invoice['id']}/late-fees", json={"rule": rule})


def order(invoice_id: Any, **more: Any) -> LateFeeOrdered:
    """A late fee as collections orders it."""
    facts: dict[str, Any] = {
        "customer_id": new_id(),
        "line_id": None,
        "decision_id": new_id(),
        "rule": "standard",
        "period": "2026-11",
        "ordered_on": TODAY,
    }
    return LateFeeOrdered(invoice_id=invoice_id, **(facts | more))


async def fees(client: httpx.AsyncClient, invoice: dict[str, Any]) -> list[dict[str, Any]]:
    """The fees an invoice was charged."""
    answer = await client.get("/invoices", params={"kind": "late_fee", "refers_to": invoice["id"]})
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_a_fee_is_an_issued_invoice_of_its_own(
    client: httpx.AsyncClient, service: Running
) -> None:
    await ruled(client)
    invoice = await issued(client, service, due_on=YESTERDAY)

    answer = await charge(client, invoice)

    assert answer.status_code == 201, answer.text
    fee = answer.json()
    assert (fee["kind"], fee["refers_to"], fee["number"]) == (
        "late_fee",
        invoice["id"],
        "INV-00000002",
    )
    assert (fee["subtotal"]["amount"], fee["total"]["amount"]) == ("5.00", "5.75")
    assert fee["due_on"] == (TODAY + timedelta(days=10)).isoformat()
    assert fee["items"][0]["description"] == f"Recargo por mora {invoice['number']}"
    assert (await shown(client, invoice))["version"] == invoice["version"]
    (event,) = await service.emitted()
    assert isinstance(event.data, InvoiceIssued)
    assert (event.data.kind, str(event.data.refers_to)) == ("late_fee", invoice["id"])
    assert event.data.total_minor == 575
    assert await broken(service) == []


async def test_asked_for_again_the_fee_is_the_same_until_the_next_period(
    client: httpx.AsyncClient, service: Running, noon: clock.FrozenClock
) -> None:
    await ruled(client)
    invoice = await issued(client, service, due_on=YESTERDAY)

    first, again = await charge(client, invoice), await charge(client, invoice)
    noon.advance(timedelta(days=12))
    async with service.client() as december:
        next_month = await charge(december, invoice)
        found = await fees(december, invoice)

    assert (first.status_code, again.status_code, next_month.status_code) == (201, 200, 201)
    assert first.json()["id"] == again.json()["id"] != next_month.json()["id"]
    assert len(found) == 2


async def test_many_at_once_charge_one_fee(client: httpx.AsyncClient, service: Running) -> None:
    await ruled(client)
    invoice = await issued(client, service, due_on=YESTERDAY)

    await asyncio.gather(
        *(charge(client, invoice) for _ in range(10)),
        *(service.deliver(order(invoice["id"])) for _ in range(10)),
    )

    assert len(await fees(client, invoice)) == 1
    assert await broken(service) == []


async def test_orders_are_charged_once_however_often_and_in_whatever_batches_they_come(
    client: httpx.AsyncClient, service: Running
) -> None:
    await ruled(client)
    rows = [debt(at, due_on=YESTERDAY, amount_minor=10_000) for at in range(200)]
    await service.deliver(page(*rows))
    await service.emitted()
    orders = [order(row.invoice_id) for row in rows]

    result = await service.deliver(*orders, *orders[:50])
    again = await service.deliver(*reversed(orders))

    assert (result.applied, again.applied) == (250, 200)
    events = await service.emitted()
    assert sorted(str(event.data.refers_to) for event in events) == sorted(
        str(row.invoice_id) for row in rows
    )
    assert await broken(service) == []


async def test_an_order_charges_nothing_on_what_is_settled_void_or_a_fee(
    client: httpx.AsyncClient, service: Running
) -> None:
    await ruled(client)
    paid, void, given_up = [await issued(client, service, due_on=YESTERDAY) for _ in range(3)]
    late = await issued(client, service, due_on=YESTERDAY)
    fee = (await charge(client, late)).json()
    await service.deliver(allocation(UUID(paid["id"]), 10_000, 1))
    await client.post(f"/invoices/{void['id']}/void", json={"reason": "x"})
    await write_off(client, given_up)
    await service.emitted()

    result = await service.deliver(*(order(i["id"]) for i in (paid, void, given_up, fee)))

    assert (result.applied, result.failures) == (4, [])
    assert await service.emitted() == []


async def test_an_order_without_its_invoice_waits_and_one_without_its_rule_dies_alone(
    client: httpx.AsyncClient, service: Running
) -> None:
    await ruled(client)
    invoice = await issued(client, service, due_on=YESTERDAY)

    result = await service.deliver(
        order(new_id()), order(invoice["id"], rule="unknown"), order(invoice["id"])
    )

    assert sorted(failure.outcome for failure in result.failures) == [Outcome.DEAD, Outcome.LATER]
    assert len(await fees(client, invoice)) == 1


async def test_an_order_for_a_day_that_is_past_makes_a_fee_that_is_due_by_its_own_terms(
    client: httpx.AsyncClient, service: Running, noon: clock.FrozenClock
) -> None:
    await ruled(client, due_days=0)
    invoice = await issued(client, service, due_on=YESTERDAY)

    await service.deliver(order(invoice["id"], ordered_on=YESTERDAY, period="2026-10"))

    (fee,) = await fees(client, invoice)
    assert (fee["issued_on"], fee["due_on"]) == (TODAY.isoformat(), TODAY.isoformat())
    kinds = [event.type for event in await service.emitted()]
    assert InvoiceIssued.type in kinds
    assert InvoiceOverdue.type not in kinds


@pytest.mark.parametrize(
    ("due_on", "rule", "reason"),
    [(TODAY, "standard", "not_overdue"), (YESTERDAY, "flat-euro", "rule_inactive")],
)
async def test_by_hand_a_fee_that_is_not_due_is_refused_with_its_reason(
    client: httpx.AsyncClient, service: Running, due_on: Any, rule: str, reason: str
) -> None:
    await ruled(client)
    other = await ruled(client, code="flat-euro")
    await client.patch(f"/late-fee-rules/{other['id']}", json={"active": False})
    invoice = await issued(client, service, due_on=due_on)

    refused = await charge(client, invoice, rule)
    unknown = await charge(client, invoice, "nope")

    assert (refused.status_code, refused.json()["reason"]) == (409, reason)
    assert (unknown.status_code, unknown.json()["type"].rpartition("/")[2]) == (
        404,
        "late-fee-rule-unknown",
    )


async def test_a_used_rule_keeps_its_terms_and_is_replaced_under_its_code(
    client: httpx.AsyncClient, service: Running
) -> None:
    rule = await ruled(client)
    path = f"/late-fee-rules/{rule['id']}"
    flat = {"charge": "flat", "amount": {"amount": "3.00"}, "period": "monthly"}

    unused = await client.patch(path, json={"terms": flat}, headers={"If-Match": '"1"'})
    invoice = await issued(client, service, due_on=YESTERDAY)
    fee = await charge(client, invoice)
    used = await client.patch(path, json={"terms": RULE_TERMS})
    taken = await client.post("/late-fee-rules", json=RULE)
    await client.patch(path, json={"active": False, "name": "Old"})
    replaced = await client.post("/late-fee-rules", json=RULE)
    back = await client.patch(path, json={"active": True})
    again = await charge(client, invoice)

    assert unused.json()["amount"] == {"amount": "3.00", "currency": "USD"}
    assert fee.json()["total"]["amount"] == "3.00"
    assert used.json()["type"].endswith("/late-fee-rule-used")
    assert taken.json()["type"].endswith("/late-fee-rule-code-taken")
    assert replaced.status_code == 201
    assert back.status_code == 409
    assert (again.status_code, again.json()["id"]) == (200, fee.json()["id"])


RULE_TERMS = {name: RULE[name] for name in ("charge", "rate", "cap", "tax_rate", "period")}


@pytest.mark.parametrize(
    "change",
    [
        {"code": "Not A Code"},
        {"charge": "flat"},
        {"charge": "percent", "rate": None},
        {"rate": "0"},
        {"cap": {"amount": "0.00"}},
        {"period": "weekly"},
        {"cap": {"amount": "1", "currency": "EUR"}},
    ],
)
async def test_a_rule_that_makes_no_sense_is_refused(
    client: httpx.AsyncClient, change: dict[str, Any]
) -> None:
    assert (await client.post("/late-fee-rules", json=RULE | change)).status_code == 422


async def test_rules_are_the_administrators_and_the_organizations_own(
    client: httpx.AsyncClient, service: Running
) -> None:
    rule = await ruled(client)
    invoice = await issued(client, service, due_on=YESTERDAY)

    async with service.client(Role.CLERK) as clerk:
        made = await clerk.post("/late-fee-rules", json=RULE | {"code": "other"})
        seen = await clerk.get("/late-fee-rules", params={"active": True, "code": "standard"})
    async with service.client(organization=service.other_organization) as stranger:
        hidden = await stranger.get(f"/late-fee-rules/{rule['id']}")
        foreign = await charge(stranger, invoice)

    assert (made.status_code, len(seen.json()["items"])) == (403, 1)
    assert (hidden.status_code, foreign.status_code) == (404, 404)
