"""Credit notes over HTTP on a real database: split, numbered, told, and what is refused."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.billing.clock.timers import due_clock
from services.billing.tests.integration.facts import TODAY, allocation
from services.billing.tests.integration.scene import (
    ITEM,
    broken,
    credit,
    issued,
    key,
    shown,
    write_off,
)
from shared import clock
from shared.auth import Role
from shared.contracts.billing import (
    InvoiceCredited,
    InvoiceOverdue,
    InvoiceSettled,
    InvoiceVoided,
)
from shared.contracts.payments import AllocationReversed
from shared.ids import new_id
from shared.testing import Running

TAXED = {
    "description": "Router",
    "quantity": "3",
    "unit_price": {"amount": "10.00"},
    "tax_rate": "15",
}


def of(events: list[Any], kind: type) -> list[Any]:
    """The data of the events of one type."""
    return [event.data for event in events if isinstance(event.data, kind)]


async def test_a_part_is_credited_under_a_number_of_its_own_series(
    client: httpx.AsyncClient, service: Running
) -> None:
    invoice = await issued(client, service, ITEM, TAXED)

    answer = await credit(client, invoice, amount={"amount": "34.50"}, settlement="offset")

    assert answer.status_code == 201, answer.text
    note = answer.json()
    assert (note["number"], note["total"]["amount"]) == ("CN-00000001", "34.50")
    assert note["invoice_number"] == invoice["number"]
    assert [(item["position"], item["tax"]["amount"]) for item in note["items"]] == [
        (1, "0.00"),
        (2, "1.15"),
    ]
    after = await shown(client, invoice)
    assert (after["credited"]["amount"], after["open"]["amount"]) == ("34.50", "100.00")
    assert (after["status"], after["settlement"]) == ("partial", "partial")
    assert after["total"] == invoice["total"]
    (event,) = await service.emitted()
    said = event.data
    assert isinstance(said, InvoiceCredited)
    assert (said.credited_minor, said.amount_minor, said.settlement) == (3450, 3450, "offset")
    assert said.version == event.aggregateversion == after["version"]
    assert answer.headers["Location"] == f"/credit-notes/{note['id']}"
    assert (await client.get(f"/credit-notes/{note['id']}")).json() == note


async def test_by_item_a_quantity_takes_its_part_of_the_tax(
    client: httpx.AsyncClient, service: Running
) -> None:
    invoice = await issued(client, service, ITEM, TAXED)

    answer = await credit(client, invoice, items=[{"position": 2, "quantity": "1"}])
    rest = await credit(client, invoice, items=[{"position": 2}])
    more = await credit(client, invoice, items=[{"position": 2, "quantity": "0.5"}])

    assert (answer.json()["net"]["amount"], answer.json()["tax"]["amount"]) == ("10.00", "1.50")
    assert (rest.json()["net"]["amount"], rest.json()["tax"]["amount"]) == ("20.00", "3.00")
    assert more.status_code == 409
    assert more.json()["type"].endswith("/credit-exceeds-item")


async def test_crediting_everything_settles_the_invoice_once(
    client: httpx.AsyncClient, service: Running
) -> None:
    invoice = await issued(client, service)

    await credit(client, invoice)
    again = await credit(client, invoice)

    after = await shown(client, invoice)
    assert (after["status"], after["settlement"], after["open"]["amount"]) == (
        "paid",
        "paid",
        "0.00",
    )
    assert after["settled_on"] == TODAY.isoformat()
    assert again.status_code == 409
    assert again.json()["type"].endswith("/nothing-to-credit")
    events = await service.emitted()
    assert [event.type for event in events] == [InvoiceCredited.type, InvoiceSettled.type]
    assert {event.aggregateversion for event in events} == {after["version"]}


async def test_a_paid_invoice_is_credited_and_stays_settled_until_payments_took_the_money_off(
    client: httpx.AsyncClient, service: Running
) -> None:
    invoice = await issued(client, service)
    await service.deliver(allocation(invoice["id"], 10_000, 1))
    await service.emitted()

    answer = await credit(client, invoice, amount={"amount": "40.00"}, settlement="refund")
    between = await shown(client, invoice)
    await service.deliver(allocation(invoice["id"], 6_000, 2, kind=AllocationReversed))

    assert answer.status_code == 201
    after = await shown(client, invoice)
    assert between["open"]["amount"] == after["open"]["amount"] == "0.00"
    assert between["status"] == after["status"] == "paid"
    assert [event.type for event in await service.emitted()] == [InvoiceCredited.type]
    assert await broken(service) == []


async def test_no_more_is_credited_than_the_invoice_asks_for(
    client: httpx.AsyncClient, service: Running
) -> None:
    invoice = await issued(client, service)
    await write_off(client, invoice, amount={"amount": "30.00"})

    too_much = await credit(client, invoice, amount={"amount": "70.01"})
    whole_item = await credit(client, invoice, items=[{"position": 1}])
    rest = await credit(client, invoice)

    assert too_much.status_code == whole_item.status_code == 409
    assert too_much.json()["creditable"] == "70.00 USD"
    assert whole_item.json()["type"].endswith("/credit-exceeds-invoice")
    assert rest.json()["total"]["amount"] == "70.00"
    assert (await shown(client, invoice))["settlement"] == "written_off"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"reason": ""}, 422),
        ({"amount": {"amount": "1"}, "items": [{"position": 1}]}, 422),
        ({"items": [{"position": 1}, {"position": 1}]}, 422),
        ({"items": [{"position": 1, "quantity": "1", "amount": {"amount": "1"}}]}, 422),
        ({"amount": {"amount": "1", "currency": "EUR"}}, 422),
        ({"amount": {"amount": "0"}}, 409),
        ({"items": [{"position": 9}]}, 404),
        ({"settlement": "gift"}, 422),
    ],
)
async def test_what_makes_no_sense_is_refused_and_changes_nothing(
    client: httpx.AsyncClient, service: Running, body: dict[str, Any], status: int
) -> None:
    invoice = await issued(client, service)

    answer = await credit(client, invoice, **body)

    assert answer.status_code == status, answer.text
    assert (await shown(client, invoice))["version"] == invoice["version"]
    assert await service.emitted() == []


async def test_drafts_and_voids_are_not_credited_and_what_is_credited_is_not_voided(
    client: httpx.AsyncClient, service: Running
) -> None:
    void, credited = await issued(client, service), await issued(client, service)
    draft = await issued(client, service, issue=False)
    await client.post(f"/invoices/{void['id']}/void", json={"reason": "Mistake"})
    await credit(client, credited, amount={"amount": "1"})

    refused = [await credit(client, each) for each in (void, draft)]
    annulled = await client.post(f"/invoices/{credited['id']}/void", json={"reason": "Mistake"})

    assert [answer.json()["current_status"] for answer in refused] == ["void", "draft"]
    assert annulled.status_code == 409
    assert annulled.json()["type"].endswith("/invoice-adjusted")
    assert annulled.json()["credited"] == "1.00 USD"


async def test_a_key_is_required_and_makes_a_repetition_harmless(
    client: httpx.AsyncClient, service: Running
) -> None:
    invoice, headers = await issued(client, service), key()
    path, body = f"/invoices/{invoice['id']}/credit-notes", {"reason": "x"}
    body |= {"amount": {"amount": "10.00"}}  # type: ignore[dict-item]  # JSON is of any type

    without = await client.post(path, json=body)
    answers = [await client.post(path, json=body, headers=headers) for _ in range(3)]

    assert without.status_code == 400
    assert len({answer.json()["number"] for answer in answers}) == 1
    assert (await shown(client, invoice))["credited"]["amount"] == "10.00"


async def test_a_collector_reads_credit_notes_and_writes_none(
    client: httpx.AsyncClient, service: Running
) -> None:
    invoice = await issued(client, service)
    await credit(client, invoice)

    async with service.client(Role.COLLECTOR) as collector:
        listed = await collector.get("/credit-notes")
        written = await credit(collector, invoice)
    async with service.client(organization=service.other_organization) as stranger:
        seen = await stranger.get("/credit-notes")
        refused = await credit(stranger, invoice)

    assert (len(listed.json()["items"]), written.status_code) == (1, 403)
    assert (seen.json()["items"], refused.status_code) == ([], 404)


async def test_the_list_is_filtered_by_customer_invoice_number_and_dates(
    client: httpx.AsyncClient, service: Running, noon: clock.FrozenClock
) -> None:
    one, two = await issued(client, service), await issued(client, service)
    first = (await credit(client, one, amount={"amount": "1"})).json()
    noon.advance(timedelta(days=1))
    later = service.client()
    second = (await credit(later, two, amount={"amount": "2"}, settlement="refund")).json()

    async def found(**query: str) -> list[str]:
        answer = await later.get("/credit-notes", params=query)
        return [each["number"] for each in answer.json()["items"]]

    assert await found() == [second["number"], first["number"]]
    assert await found(customer_id=one["customer_id"]) == [first["number"]]
    assert await found(invoice_id=two["id"]) == [second["number"]]
    assert await found(number=first["number"]) == [first["number"]]
    assert await found(settlement="refund") == [second["number"]]
    assert await found(issued_to=TODAY.isoformat()) == [first["number"]]
    assert await found(sort="total") == [first["number"], second["number"]]
    await later.aclose()


async def test_of_many_notes_at_once_no_cent_is_credited_twice(
    client: httpx.AsyncClient, service: Running
) -> None:
    invoice = await issued(client, service)

    answers = await asyncio.gather(
        *(credit(client, invoice, amount={"amount": "30.00"}) for _ in range(12))
    )

    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 9
    assert (await shown(client, invoice))["open"]["amount"] == "10.00"
    assert await broken(service) == []


async def test_void_and_credit_at_once_have_one_winner(
    client: httpx.AsyncClient, service: Running
) -> None:
    invoices = [await issued(client, service) for _ in range(10)]

    for invoice in invoices:
        path = f"/invoices/{invoice['id']}/void"
        credited, voided = await asyncio.gather(
            credit(client, invoice), client.post(path, json={"reason": "Mistake"})
        )
        assert {credited.status_code, voided.status_code} in ({201, 409}, {409, 200})

    events = await service.emitted()
    assert len(of(events, InvoiceVoided)) + len(of(events, InvoiceCredited)) == 10
    assert await broken(service) == []


async def test_credit_notes_and_allocations_at_once_settle_each_invoice_once(
    client: httpx.AsyncClient, service: Running
) -> None:
    invoices = [await issued(client, service) for _ in range(12)]

    await asyncio.gather(
        *(credit(client, invoice, amount={"amount": "40.00"}) for invoice in invoices),
        *(service.deliver(allocation(invoice["id"], 6_000, 1)) for invoice in invoices),
    )

    events = await service.emitted()
    assert sorted(str(said.invoice_id) for said in of(events, InvoiceSettled)) == sorted(
        invoice["id"] for invoice in invoices
    )
    assert await broken(service) == []


@pytest.mark.parametrize("credited_before_midnight", [True, False])
async def test_reopened_after_a_credit_it_has_been_announced_overdue_exactly_once(
    client: httpx.AsyncClient,
    service: Running,
    noon: clock.FrozenClock,
    credited_before_midnight: bool,
) -> None:
    invoice = await issued(client, service, due_on=TODAY)
    await service.deliver(allocation(invoice["id"], 6_000, 1))
    if credited_before_midnight:
        await credit(client, invoice, amount={"amount": "40.00"})
    noon.advance(timedelta(days=1))
    await service.run_timer(due_clock)
    if not credited_before_midnight:
        async with service.client() as later:  # the first one's token has expired
            await credit(later, invoice, amount={"amount": "40.00"})

    await service.deliver(allocation(invoice["id"], 0, 2, kind=AllocationReversed))
    noon.advance(timedelta(days=1))
    await service.run_timer(due_clock)

    (overdue,) = of(await service.emitted(), InvoiceOverdue)
    assert str(overdue.invoice_id) == invoice["id"]
    assert overdue.open_minor == (6_000 if credited_before_midnight else 4_000)


async def test_an_unknown_note_is_not_found(client: httpx.AsyncClient) -> None:
    assert (await client.get(f"/credit-notes/{new_id()}")).status_code == 404
