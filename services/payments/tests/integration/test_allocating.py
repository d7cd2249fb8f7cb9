"""Money for several invoices, moved between invoices, and credit put to use."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from services.payments.tests.integration import facts
from services.payments.tests.integration.desk import Desk
from shared.auth import Role
from shared.contracts.billing import InvoiceIssued
from shared.contracts.payments import AllocationMade, AllocationReversed, PaymentReceived
from shared.ids import new_id


def parts(*wanted: tuple[InvoiceIssued, str]) -> list[dict[str, Any]]:
    """What each invoice shall get."""
    return [
        {"invoice_id": str(invoice.invoice_id), "amount": {"amount": amount}}
        for invoice, amount in wanted
    ]


async def two(desk: Desk) -> tuple[InvoiceIssued, InvoiceIssued]:
    """Two invoices of one customer."""
    first = await desk.invoice()
    return first, await desk.invoice(customer_id=first.customer_id)


async def reallocate(desk: Desk, payment_id: str, *wanted: tuple[InvoiceIssued, str]) -> Any:
    """POST where a payment's money shall be."""
    body = {"allocations": parts(*wanted)}
    return await desk.post(f"/payments/{payment_id}/reallocate", body)


async def test_each_invoice_gets_what_the_payment_says(desk: Desk) -> None:
    first, second = await two(desk)

    answer = await desk.pay(
        allocations=parts((first, "5.00"), (second, "45.00")), amount="60.00", surplus="credit"
    )

    assert answer.status_code == 201, answer.text
    assert answer.json() == (await desk.get(f"/payments/{answer.json()['id']}")).json()
    assert await desk.state(first.invoice_id) == (500, 4000, 0)
    assert await desk.state(second.invoice_id) == (4500, 0, 0)
    assert answer.json()["credited"]["amount"] == "10.00"
    assert len(await desk.emitted(AllocationMade)) == 2


async def test_a_rest_is_refused_unless_credit_is_asked_for(desk: Desk) -> None:
    first, second = await two(desk)

    answer = await desk.pay(
        allocations=parts((first, "5.00"), (second, "5.00")), amount="10.01", surplus="refuse"
    )

    assert answer.json()["type"].endswith("/overpayment")
    assert await desk.rows("SELECT FROM payment") == []


async def test_parts_that_cannot_be_paid_are_refused_by_name(desk: Desk, impatient: None) -> None:
    first, second = await two(desk)
    stranger, void = await desk.invoice(), await desk.invoice(customer_id=first.customer_id)
    await desk.running.deliver(facts.voided(void))
    euros = await desk.invoice(customer_id=first.customer_id, currency="EUR")
    unknown = facts.issued()
    cases = {
        "allocation-too-large": parts((first, "45.00"), (second, "45.01")),
        "customers-differ": parts((first, "1.00"), (stranger, "1.00")),
        "receivable-void": parts((first, "1.00"), (void, "1.00")),
        "receivable-unknown": parts((first, "1.00"), (unknown, "1.00")),
        "validation-failed": parts((first, "1.00"), (first, "1.00")),
    }

    for slug, wanted in cases.items():
        answer = await desk.pay(allocations=wanted, amount="99.00", surplus="credit")
        assert answer.json()["type"].endswith(f"/{slug}"), answer.text
    mixed = await desk.pay(
        allocations=[{"invoice_id": str(euros.invoice_id), "amount": {"amount": "1.00"}}]
    )
    assert mixed.json()["type"].endswith("/currency-mismatch")
    more = await desk.pay(allocations=parts((first, "2.00")), amount="1.00")
    assert more.status_code == 422
    assert await desk.rows("SELECT FROM payment") == []


async def test_payers_of_the_same_invoices_in_any_order_never_block_for_good(desk: Desk) -> None:
    first, second = await two(desk)
    orders = [
        parts((first, "3.00"), (second, "3.00")),
        parts((second, "3.00"), (first, "3.00")),
    ]

    answers = await asyncio.gather(
        *(desk.pay(allocations=orders[each % 2], amount="6.00") for each in range(24))
    )

    assert sum(answer.status_code == 201 for answer in answers) == 15
    assert await desk.state(first.invoice_id) == (4500, 0, 0)


async def test_money_moves_to_other_invoices_at_once(desk: Desk) -> None:
    first, second = await two(desk)
    paid = await desk.pay(invoice_id=first.invoice_id)
    await desk.emitted()

    answer = await reallocate(desk, paid.json()["id"], (second, "40.00"), (first, "5.00"))

    assert answer.status_code == 200, answer.text
    assert await desk.state(first.invoice_id) == (500, 4000, 0)
    assert await desk.state(second.invoice_id) == (4000, 500, 0)
    assert answer.json()["allocated"]["amount"] == "45.00"
    assert await desk.balance(first.customer_id) == 0
    events = await desk.emitted(AllocationMade, AllocationReversed)
    assert {each.data.open_minor for each in events} == {500, 4000}
    assert await desk.emitted(PaymentReceived) == []


async def test_what_is_not_named_becomes_credit_and_what_stays_is_not_touched(
    desk: Desk,
) -> None:
    first, second = await two(desk)
    paid = await desk.pay(customer_id=first.customer_id, amount="90.00")
    await desk.emitted()

    answer = await reallocate(desk, paid.json()["id"], (first, "45.00"))

    assert answer.json()["credited"]["amount"] == "45.00"
    assert (await desk.receivable(first.invoice_id))["version"] == 2
    assert await desk.state(second.invoice_id) == (0, 4500, 0)
    again = await reallocate(desk, paid.json()["id"], (first, "45.00"))
    assert again.json() == answer.json()


async def test_reallocations_that_cannot_be_are_refused(desk: Desk) -> None:
    first, second = await two(desk)
    stranger = await desk.invoice()
    paid = (await desk.pay(invoice_id=first.invoice_id, amount="20.00")).json()
    await desk.pay(invoice_id=second.invoice_id, amount="40.00")

    refused = [
        await reallocate(desk, paid["id"], (first, "20.01")),
        await reallocate(desk, paid["id"], (second, "5.01")),
        await reallocate(desk, paid["id"], (stranger, "1.00")),
        await reallocate(desk, str(new_id()), (first, "1.00")),
    ]

    slugs = [answer.json()["type"].rsplit("/")[-1] for answer in refused]
    assert slugs == [
        "return-exceeds-payment",
        "allocation-too-large",
        "customers-differ",
        "not-found",
    ]
    assert await desk.state(first.invoice_id) == (2000, 2500, 0)


async def test_reversing_and_reallocating_at_the_same_moment_stay_exact(desk: Desk) -> None:
    first, second = await two(desk)
    paid = [(await desk.pay(invoice_id=first.invoice_id, amount="5.00")).json() for _ in range(8)]

    answers = await asyncio.gather(
        *(reallocate(desk, each["id"], (second, "5.00")) for each in paid),
        *(desk.post(f"/payments/{each['id']}/reverse", {"reason": "no cover"}) for each in paid),
        *(desk.pay(invoice_id=first.invoice_id, amount="5.00") for _ in range(4)),
    )

    assert {answer.status_code for answer in answers} <= {200, 201, 409}
    reversals = [answer for answer in answers[8:16]]
    assert {answer.status_code for answer in reversals} == {201}
    assert await desk.state(second.invoice_id) == (0, 4500, 0)
    taken = 500 * sum(answer.status_code == 201 for answer in answers[16:])
    assert await desk.state(first.invoice_id) == (taken, 4500 - taken, 0)


async def test_credit_is_put_to_use_first_in_first_out(desk: Desk) -> None:
    first, second = await two(desk)
    await desk.pay(invoice_id=first.invoice_id, amount="65.00", surplus="credit")
    body = {"customer_id": str(first.customer_id), "amount": {"amount": "15.00"}}

    answers = await asyncio.gather(*(desk.post("/credits/apply", body, key="k") for _ in range(6)))
    again = await desk.post("/credits/apply", body, key="k")

    assert {answer.status_code for answer in answers} <= {200, 409}
    assert again.json()["applied"]["amount"] == "15.00"
    assert again.json()["balance"]["amount"] == "5.00"
    assert [each["invoice_id"] for each in again.json()["allocations"]] == [str(second.invoice_id)]
    assert await desk.state(second.invoice_id) == (1500, 3000, 0)
    assert await desk.balance(first.customer_id) == 500


async def test_no_credit_is_used_twice_by_all_who_apply_it_at_once(desk: Desk) -> None:
    first, second = await two(desk)
    await desk.pay(invoice_id=first.invoice_id, amount="65.00", surplus="credit")
    body = {
        "customer_id": str(first.customer_id),
        "invoice_ids": [str(second.invoice_id)],
        "amount": {"amount": "3.00"},
    }

    answers = await asyncio.gather(*(desk.post("/credits/apply", body) for _ in range(10)))

    applied = [answer.json()["applied"]["amount"] for answer in answers]
    assert sorted(applied) == ["0.00", "0.00", "0.00", "2.00"] + ["3.00"] * 6
    assert await desk.state(second.invoice_id) == (2000, 2500, 0)


@pytest.fixture
async def generous(desk: Desk) -> Desk:
    """An organization that keeps a surplus and leaves credit to people."""
    body = {
        "surplus": "credit",
        "apply_credit_on_issue": False,
        "apply_credit_automatically": False,
        "allocation_order": "newest_due",
    }
    async with desk.running.client(Role.ORG_ADMIN) as client:
        answer = await client.put("/payments/settings", json=body)
    assert answer.status_code == 200
    assert answer.json() == body | {"version": 1}
    return desk


async def test_settings_decide_what_a_request_leaves_open(generous: Desk) -> None:
    desk = generous
    older, newer = facts.invoice_facts(due_on="2026-10-01"), facts.invoice_facts()
    newer["customer_id"] = older["customer_id"]
    await desk.running.deliver(facts.imported(older, newer))

    by_customer = await desk.pay(customer_id=older["customer_id"], amount="50.00")
    by_invoice = await desk.pay(invoice_id=newer["invoice_id"], amount="1.00")
    refused = await desk.pay(invoice_id=newer["invoice_id"], amount="1.00", surplus="refuse")

    got = [UUID(each["invoice_id"]) for each in by_customer.json()["allocations"]]
    assert got == [newer["invoice_id"], older["invoice_id"]]
    assert by_invoice.json()["credited"]["amount"] == "1.00"
    assert refused.status_code == 409
    later = await desk.invoice(customer_id=older["customer_id"])
    assert await desk.state(later.invoice_id) == (0, 4500, 0)


async def test_settings_are_changed_by_administrators_who_have_seen_them(generous: Desk) -> None:
    seen = await generous.get("/payments/settings")
    body = {"surplus": "refuse", "apply_credit_on_issue": True, "allocation_order": "oldest_due"}
    async with generous.running.client(Role.ORG_ADMIN) as client:
        stale = await client.put("/payments/settings", json=body, headers={"If-Match": '"7"'})
        changed = await client.put(
            "/payments/settings", json=body, headers={"If-Match": seen.headers["etag"]}
        )
    async with generous.running.client(Role.CLERK) as client:
        forbidden = await client.put("/payments/settings", json=body)

    assert (stale.status_code, changed.status_code, forbidden.status_code) == (412, 200, 403)
    assert changed.json()["version"] == 2
    other = await generous.get("/payments/settings", generous.running.other_organization)
    assert other.json() == {
        "surplus": "refuse",
        "apply_credit_on_issue": True,
        "apply_credit_automatically": False,
        "allocation_order": "oldest_due",
        "version": 0,
    }
