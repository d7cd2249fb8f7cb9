"""Invoices over HTTP on a real database: drafted, issued, voided, and what is refused."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.billing.tests.integration.facts import (
    NOON,
    allocation,
    customer,
    known_customer,
    line,
)
from shared import clock
from shared.auth import Role
from shared.contracts.billing import InvoiceIssued, InvoiceOverdue, InvoiceVoided
from shared.contracts.customers import CustomerDeactivated
from shared.ids import new_id
from shared.testing import Running


def body(customer_id: Any, **more: Any) -> dict[str, Any]:
    """A draft of 100.00 and 15 % tax."""
    item = {"description": "Fibra 300", "quantity": "2", "unit_price": {"amount": "50.00"}}
    return {"customer_id": str(customer_id), "items": [item | {"tax_rate": "15"}]} | more


async def drafted(client: httpx.AsyncClient, service: Running, **more: Any) -> dict[str, Any]:
    """A draft for a customer who exists."""
    answer = await client.post("/invoices", json=body(await known_customer(service), **more))
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def test_a_draft_has_amounts_and_no_number(
    client: httpx.AsyncClient, service: Running
) -> None:
    invoice = await drafted(client, service)

    assert invoice["status"] == invoice["document"] == "draft"
    assert invoice["number"] is None
    assert invoice["customer_name"] == "Rosa Quispe"
    assert invoice["subtotal"] == {"amount": "100.00", "currency": "USD"}
    assert invoice["tax"]["amount"] == "15.00"
    assert invoice["total"]["amount"] == "115.00"
    assert invoice["open"]["amount"] == "0.00"
    assert invoice["items"][0]["quantity"] == "2"
    assert await service.emitted() == []


async def test_reading_shows_what_writing_answered(
    client: httpx.AsyncClient, service: Running
) -> None:
    written = await client.post(
        "/invoices", json=body(await known_customer(service), issue=True, memo="November")
    )
    read = await client.get(f"/invoices/{written.json()['id']}")

    assert read.json() == written.json()
    assert read.headers["ETag"] == written.headers["ETag"]


async def test_issuing_freezes_numbers_and_tells(
    client: httpx.AsyncClient, service: Running
) -> None:
    draft = await drafted(client, service)

    answer = await client.post(f"/invoices/{draft['id']}/issue")

    assert answer.status_code == 200, answer.text
    issued = answer.json()
    assert issued["number"] == "INV-00000001"
    assert issued["status"] == "sent"
    assert issued["issued_on"] == "2026-11-20"
    assert issued["due_on"] == "2026-12-05"
    assert issued["days_until_due"] == 15
    assert issued["open"]["amount"] == "115.00"
    (event,) = await service.emitted()
    assert isinstance(event.data, InvoiceIssued)
    assert str(event.data.invoice_id) == issued["id"]
    assert event.data.total_minor == 11_500
    assert event.aggregateversion == event.data.version == issued["version"]


async def test_the_calendar_is_the_organizations_not_utc(
    client: httpx.AsyncClient, service: Running, noon: clock.FrozenClock
) -> None:
    noon.move_to(datetime(2026, 11, 21, 3, tzinfo=UTC))  # still the 20th in Guayaquil

    issued = await drafted(client, service, issue=True)

    assert issued["issued_on"] == "2026-11-20"


async def test_issuing_twice_is_refused_with_the_current_status(
    client: httpx.AsyncClient, service: Running
) -> None:
    invoice = await drafted(client, service, issue=True, due_on="2026-11-01")

    again = await client.post(f"/invoices/{invoice['id']}/issue")

    assert again.status_code == 409
    assert again.json()["type"].endswith("/invoice-not-draft")
    assert again.json()["current_status"] == "overdue"


@pytest.mark.parametrize("verb", ["patch", "delete"])
async def test_an_issued_invoice_cannot_be_changed_or_discarded(
    client: httpx.AsyncClient, service: Running, verb: str
) -> None:
    invoice = await drafted(client, service, issue=True)

    change = {"memo": "x"} if verb == "patch" else None
    answer = await client.request(verb.upper(), f"/invoices/{invoice['id']}", json=change)

    assert answer.status_code == 409
    assert answer.json()["current_status"] == "sent"


async def test_a_draft_is_edited_under_its_etag(
    client: httpx.AsyncClient, service: Running
) -> None:
    draft = await drafted(client, service, memo="old")
    change = {
        "items": [{"description": "Install", "unit_price": {"amount": "30"}}],
        "due_on": "2026-12-24",
    }
    path = f"/invoices/{draft['id']}"

    edited = await client.patch(path, json=change, headers={"If-Match": '"1"'})
    stale = await client.patch(path, json=change, headers={"If-Match": '"1"'})

    assert edited.status_code == 200, edited.text
    assert edited.json()["total"]["amount"] == "30.00"
    assert edited.json()["memo"] == "old"
    assert edited.headers["ETag"] == '"2"'
    assert stale.status_code == 412
    issued = (await client.post(f"{path}/issue")).json()
    assert issued["due_on"] == "2026-12-24"


async def test_a_discarded_draft_leaves_nothing_and_takes_no_number(
    client: httpx.AsyncClient, service: Running
) -> None:
    draft = await drafted(client, service)

    gone = await client.delete(f"/invoices/{draft['id']}")

    assert gone.status_code == 204
    assert (await client.get(f"/invoices/{draft['id']}")).status_code == 404
    assert (await drafted(client, service, issue=True))["number"] == "INV-00000001"


async def test_an_invoice_of_nothing_is_not_issued(
    client: httpx.AsyncClient, service: Running
) -> None:
    free = [{"description": "Gift", "unit_price": {"amount": "0"}}]
    draft = await drafted(client, service, items=free)

    answer = await client.post(f"/invoices/{draft['id']}/issue")

    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/invoice-total-zero")


async def test_voiding_keeps_the_number_and_owes_nothing(
    client: httpx.AsyncClient, service: Running
) -> None:
    invoice = await drafted(client, service, issue=True, due_on="2026-11-01")
    await service.emitted()

    answer = await client.post(f"/invoices/{invoice['id']}/void", json={"reason": "Wrong plan"})

    assert answer.status_code == 200, answer.text
    voided = answer.json()
    assert voided["status"] == "void"
    assert voided["number"] == invoice["number"]
    assert voided["open"]["amount"] == "0.00"
    assert voided["is_overdue"] is False
    assert voided["void_reason"] == "Wrong plan"
    (event,) = await service.emitted()
    assert isinstance(event.data, InvoiceVoided)
    assert event.data.version == voided["version"]
    assert (await drafted(client, service, issue=True))["number"] == "INV-00000002"


async def test_what_is_paid_on_cannot_be_voided(
    client: httpx.AsyncClient, service: Running
) -> None:
    invoice = await drafted(client, service, issue=True)
    await service.deliver(allocation(invoice["id"], 1, 1))

    answer = await client.post(f"/invoices/{invoice['id']}/void", json={"reason": "Mistake"})

    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/invoice-has-allocations")
    assert answer.json()["allocated"] == "0.01 USD"


@pytest.mark.parametrize("reason", [None, "", "   "])
async def test_voiding_takes_a_reason(
    client: httpx.AsyncClient, service: Running, reason: str | None
) -> None:
    invoice = await drafted(client, service, issue=True)

    answer = await client.post(f"/invoices/{invoice['id']}/void", json={"reason": reason})

    assert answer.status_code == 422


async def test_a_draft_is_not_voided_but_discarded(
    client: httpx.AsyncClient, service: Running
) -> None:
    draft = await drafted(client, service)

    answer = await client.post(f"/invoices/{draft['id']}/void", json={"reason": "x"})

    assert answer.status_code == 409
    assert answer.json()["current_status"] == "draft"


async def test_an_unknown_customer_is_refused_with_advice(client: httpx.AsyncClient) -> None:
    answer = await client.post("/invoices", json=body(new_id()))

    assert answer.status_code == 404
    assert answer.json()["type"].endswith("/customer-unknown")


async def test_a_customer_heard_of_while_the_request_waits_is_fine(
    client: httpx.AsyncClient, service: Running
) -> None:
    customer_id = new_id()
    asking = asyncio.create_task(client.post("/invoices", json=body(customer_id)))
    await asyncio.sleep(0.1)
    assert not asking.done()
    await service.deliver(customer(customer_id))

    assert (await asking).status_code == 201


async def test_an_inactive_customer_gets_no_invoice_not_even_from_an_old_draft(
    client: httpx.AsyncClient, service: Running
) -> None:
    draft = await drafted(client, service)
    gone = customer(draft["customer_id"], CustomerDeactivated, version=2, active=False)
    await service.deliver(gone)

    issued = await client.post(f"/invoices/{draft['id']}/issue")
    created = await client.post("/invoices", json=body(draft["customer_id"]))

    assert issued.status_code == created.status_code == 409
    assert created.json()["type"].endswith("/customer-inactive")


async def test_a_line_must_be_the_customers(client: httpx.AsyncClient, service: Running) -> None:
    mine, other = await known_customer(service), await known_customer(service)
    line_id = new_id()
    await service.deliver(line(line_id, mine))

    good = await client.post("/invoices", json=body(mine, line_id=str(line_id)))
    wrong = await client.post("/invoices", json=body(other, line_id=str(line_id)))
    unknown = await client.post("/invoices", json=body(mine, line_id=str(new_id())))

    assert good.status_code == 201
    assert good.json()["line_id"] == str(line_id)
    assert wrong.status_code == 409
    assert wrong.json()["type"].endswith("/line-of-another-customer")
    assert unknown.status_code == 404
    assert unknown.json()["type"].endswith("/line-unknown")


async def test_another_currency_is_refused(client: httpx.AsyncClient, service: Running) -> None:
    items = [{"description": "x", "unit_price": {"amount": "5.00", "currency": "EUR"}}]

    answer = await client.post(
        "/invoices", json={"customer_id": str(await known_customer(service)), "items": items}
    )

    assert answer.status_code == 422


async def test_more_than_an_invoice_may_ask_for_is_refused(
    client: httpx.AsyncClient, service: Running
) -> None:
    huge = {"description": "x", "quantity": "1000000", "unit_price": {"amount": "9" * 15}}

    answer = await client.post("/invoices", json=body(await known_customer(service), items=[huge]))

    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/invoice-too-large")


async def test_an_invoice_issued_past_its_due_date_is_announced_overdue_by_its_issue(
    client: httpx.AsyncClient, service: Running
) -> None:
    await drafted(client, service, issue=True, due_on="2026-11-19")

    issued, overdue = await service.emitted()

    assert isinstance(issued.data, InvoiceIssued)
    assert isinstance(overdue.data, InvoiceOverdue)
    assert overdue.data.open_minor == 11_500


async def test_a_repeated_post_with_its_key_repeats_its_answer(
    client: httpx.AsyncClient, service: Running
) -> None:
    sent = body(await known_customer(service), issue=True)
    headers = {"Idempotency-Key": "november-1"}

    first = await client.post("/invoices", json=sent, headers=headers)
    second = await client.post("/invoices", json=sent, headers=headers)

    assert first.json() == second.json()
    assert len(await service.emitted()) == 1


async def test_a_collector_may_read_and_not_write(service: Running) -> None:
    async with service.client(Role.COLLECTOR) as collector:
        read = await collector.get("/invoices")
        written = await collector.post("/invoices", json=body(new_id()))

    assert read.status_code == 200
    assert written.status_code == 403


async def test_another_organization_sees_and_changes_nothing(
    client: httpx.AsyncClient, service: Running
) -> None:
    invoice = await drafted(client, service, issue=True)
    path = f"/invoices/{invoice['id']}"

    async with service.client(organization=service.other_organization) as stranger:
        answers = [
            await stranger.get(path),
            await stranger.patch(path, json={"memo": "x"}),
            await stranger.delete(path),
            await stranger.post(f"{path}/issue"),
            await stranger.post(f"{path}/void", json={"reason": "x"}),
        ]
        listed = await stranger.get("/invoices")

    assert [answer.status_code for answer in answers] == [404] * 5
    assert listed.json()["items"] == []


async def test_terms_decide_the_default_due_date(
    client: httpx.AsyncClient, service: Running
) -> None:
    before = await client.get("/invoices/terms")
    after = await client.put(
        "/invoices/terms", json={"due_days": 30, "due_soon_days": 5}, headers={"If-Match": '"0"'}
    )
    issued = await drafted(client, service, issue=True)

    quiet = {"deliver_bill_runs": False, "auto_bill": False}
    assert before.json() == {"due_days": 15, "due_soon_days": 3, "version": 0} | quiet
    assert after.json() == {"due_days": 30, "due_soon_days": 5, "version": 1} | quiet
    expected = NOON.date() + timedelta(days=30)
    assert issued["due_on"] == expected.isoformat()


async def test_a_clerk_does_not_set_terms(service: Running) -> None:
    async with service.client(Role.CLERK) as clerk:
        answer = await clerk.put("/invoices/terms", json={"due_days": 1, "due_soon_days": 1})

    assert answer.status_code == 403
