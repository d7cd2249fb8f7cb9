"""Money of a payment that goes away: from its credit, then from its allocations."""

import asyncio
from uuid import UUID

import pytest

from services.payments.returns.problems import PaymentReturned, ReturnExceedsPayment
from services.payments.returns.rules import ReturnKind
from services.payments.tests.integration import facts
from services.payments.tests.integration.desk import Desk
from shared.contracts.payments import (
    AllocationMade,
    AllocationReversed,
    PaymentChargedBack,
    PaymentReversed,
)
from shared.ids import new_id
from shared.problems import NotFound


async def test_credit_goes_before_allocations(desk: Desk) -> None:
    invoice = await desk.invoice()
    paid = await desk.pay(invoice_id=invoice.invoice_id, amount="50.00", surplus="credit")

    await desk.give_back(paid.json()["id"], amount_minor=500)

    assert await desk.state(invoice.invoice_id) == (4500, 0, 0)
    assert await desk.balance(invoice.customer_id) == 0


async def test_a_part_of_an_allocation_opens_that_part_again(desk: Desk) -> None:
    invoice = await desk.invoice()
    paid = await desk.pay(invoice_id=invoice.invoice_id)
    await desk.emitted()

    await desk.give_back(paid.json()["id"], amount_minor=1200)

    assert await desk.state(invoice.invoice_id) == (3300, 1200, 0)
    (reversed_,) = await desk.emitted(AllocationReversed)
    assert reversed_.data.open_minor == 1200
    payment = (await desk.get(f"/payments/{paid.json()['id']}")).json()
    assert payment["status"] == "partially_refunded"
    assert [each["amount"]["amount"] for each in payment["allocations"]] == [
        "45.00",
        "-45.00",
        "33.00",
    ]


async def test_the_latest_allocation_gives_way_first_unless_another_is_named(desk: Desk) -> None:
    first = await desk.invoice(total_minor=1000)
    second = await desk.invoice(total_minor=1000, customer_id=first.customer_id)
    paid = await desk.pay(customer_id=first.customer_id, amount="20.00")

    await desk.give_back(paid.json()["id"], amount_minor=1000, first=[first.invoice_id])

    assert await desk.state(first.invoice_id) == (0, 1000, 0)
    assert await desk.state(second.invoice_id) == (1000, 0, 0)


async def test_a_charge_back_opens_the_invoice_with_its_due_date(desk: Desk) -> None:
    invoice = await desk.invoice()
    paid = await desk.pay(invoice_id=invoice.invoice_id, method="card")
    await desk.emitted()

    await desk.give_back(paid.json()["id"], kind=ReturnKind.CHARGEBACK)

    row = await desk.receivable(invoice.invoice_id)
    assert (row["open_minor"], row["due_on"]) == (4500, invoice.due_on)
    (said,) = await desk.emitted(PaymentChargedBack)
    assert said.data.amount_minor == 4500
    payment = (await desk.get(f"/payments/{paid.json()['id']}")).json()
    assert payment["status"] == "charged_back"


async def test_a_reversal_takes_all_that_is_left(desk: Desk) -> None:
    invoice = await desk.invoice()
    paid = await desk.pay(invoice_id=invoice.invoice_id)
    await desk.give_back(paid.json()["id"], amount_minor=500)

    await desk.give_back(paid.json()["id"], kind=ReturnKind.REVERSAL)

    said = [event.data for event in await desk.emitted(PaymentReversed)]
    assert [(each.amount_minor, each.returned_minor) for each in said] == [(4000, 4500)]
    with pytest.raises(PaymentReturned):
        await desk.give_back(paid.json()["id"])


async def test_more_than_is_left_is_refused(desk: Desk) -> None:
    invoice = await desk.invoice()
    paid = await desk.pay(invoice_id=invoice.invoice_id)
    await desk.give_back(paid.json()["id"], amount_minor=500)

    with pytest.raises(ReturnExceedsPayment) as refused:
        await desk.give_back(paid.json()["id"], amount_minor=4001)

    assert refused.value.members["left"].amount == "40.00"
    with pytest.raises(NotFound):
        await desk.give_back(new_id())


async def test_a_recovery_that_goes_back_is_no_recovery_any_more(desk: Desk) -> None:
    invoice = await desk.invoice()
    await desk.running.deliver(facts.written_off(invoice, 4500))
    paid = await desk.pay(invoice_id=invoice.invoice_id, amount="30.00")

    await desk.give_back(paid.json()["id"], amount_minor=1000)

    assert await desk.state(invoice.invoice_id) == (2000, 0, 2000)


async def test_a_reference_of_the_processor_counts_once_per_kind(desk: Desk) -> None:
    invoice = await desk.invoice()
    paid = await desk.pay(invoice_id=invoice.invoice_id)

    results = await asyncio.gather(
        *(
            desk.give_back(paid.json()["id"], amount_minor=100, provider_ref="re_1")
            for _ in range(20)
        )
    )

    assert len({each.id for each in results}) == 1
    assert sum(each.new for each in results) == 1
    assert (await desk.receivable(invoice.invoice_id))["open_minor"] == 100


async def test_of_refunds_at_the_same_moment_no_more_goes_than_there_is(desk: Desk) -> None:
    invoice = await desk.invoice()
    paid = await desk.pay(invoice_id=invoice.invoice_id)

    results = await asyncio.gather(
        *(desk.give_back(paid.json()["id"], amount_minor=1000) for _ in range(16)),
        return_exceptions=True,
    )

    assert sum(not isinstance(each, BaseException) for each in results) == 4
    assert {type(each) for each in results if isinstance(each, BaseException)} == {
        ReturnExceedsPayment
    }
    assert (await desk.receivable(invoice.invoice_id))["open_minor"] == 4000


async def test_what_goes_leaves_the_account_it_landed_in(desk: Desk) -> None:
    invoice = await desk.invoice()
    paid = await desk.pay(invoice_id=invoice.invoice_id)

    returned = await desk.give_back(paid.json()["id"], amount_minor=1000)

    entries = await desk.rows(
        "SELECT account, amount_minor, deposit_account_id, memo FROM journal_entry"
        " WHERE posting_id = %s ORDER BY id",
        returned.id,
    )
    assert [(each["account"], each["amount_minor"]) for each in entries] == [
        ("deposit", -1000),
        ("credit", 1000),
    ]
    assert entries[0]["deposit_account_id"] == UUID(paid.json()["deposit_account_id"])
    assert entries[0]["memo"] == "refund: asked for"


async def test_an_invoice_is_paid_again_after_its_money_went(desk: Desk) -> None:
    invoice = await desk.invoice()
    paid = await desk.pay(invoice_id=invoice.invoice_id)
    await desk.give_back(paid.json()["id"], kind=ReturnKind.REVERSAL)

    again = await desk.pay(invoice_id=invoice.invoice_id)

    assert again.status_code == 201
    made = [event.data for event in await desk.emitted(AllocationMade)]
    assert [each.receivable_version for each in made] == [2, 4]
