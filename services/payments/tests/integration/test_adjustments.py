"""Credit notes and write-offs, heard before, after and beside the money."""

import asyncio
from datetime import date
from itertools import permutations

import pytest

from services.payments.tests.integration import facts
from services.payments.tests.integration.desk import Desk
from shared.contracts.billing import CreditSettlement
from shared.contracts.event import EventData
from shared.contracts.payments import AllocationMade, AllocationReversed, PaymentRefunded
from shared.ids import new_id


async def test_a_credit_note_lowers_what_is_open(desk: Desk) -> None:
    invoice = await desk.invoice()

    await desk.running.deliver(facts.credited(invoice, 1500))

    assert await desk.state(invoice.invoice_id) == (0, 3000, 0)
    refused = await desk.pay(invoice_id=invoice.invoice_id, amount="30.01")
    assert refused.json()["open"]["amount"] == "30.00"
    assert (await desk.pay(invoice_id=invoice.invoice_id, amount="30.00")).status_code == 201


async def test_the_excess_of_a_credit_note_becomes_account_credit(desk: Desk) -> None:
    invoice = await desk.invoice()
    await desk.pay(invoice_id=invoice.invoice_id, amount="20.00")
    await desk.pay(invoice_id=invoice.invoice_id, amount="25.00")
    await desk.emitted()

    await desk.running.deliver(facts.credited(invoice, 1500))

    assert await desk.state(invoice.invoice_id) == (3000, 0, 0)
    assert await desk.balance(invoice.customer_id) == 1500
    reversed_, made, _ = await desk.emitted()
    assert isinstance(reversed_.data, AllocationReversed)
    assert isinstance(made.data, AllocationMade)
    assert (reversed_.data.amount_minor, made.data.amount_minor) == (2500, 1000)
    assert {each.data.allocated_minor for each in (reversed_, made)} == {3000}
    assert {each.data.open_minor for each in (reversed_, made)} == {0}
    assert [each.data.receivable_version for each in (reversed_, made)] == [4, 5]


async def test_the_excess_may_be_offset_against_other_invoices(desk: Desk) -> None:
    invoice = await desk.invoice()
    dues = (date(2026, 12, 1), date(2026, 10, 1))
    later, older = [
        await desk.invoice(customer_id=invoice.customer_id, total_minor=2000, due_on=due_on)
        for due_on in dues
    ]
    stranger = await desk.invoice()
    await desk.pay(invoice_id=invoice.invoice_id)

    await desk.running.deliver(facts.credited(invoice, 4500, CreditSettlement.OFFSET))

    assert (await desk.receivable(older.invoice_id))["open_minor"] == 0
    assert (await desk.receivable(later.invoice_id))["open_minor"] == 0
    assert (await desk.receivable(stranger.invoice_id))["open_minor"] == 4500
    assert await desk.balance(invoice.customer_id) == 500


async def test_the_excess_may_be_given_back(desk: Desk) -> None:
    invoice = await desk.invoice()
    paid = await desk.pay(invoice_id=invoice.invoice_id)
    await desk.emitted()

    await desk.running.deliver(facts.credited(invoice, 1000, CreditSettlement.REFUND))

    (refund,) = await desk.emitted(PaymentRefunded)
    assert (refund.data.amount_minor, refund.data.returned_minor) == (1000, 1000)
    assert refund.data.reason == "credit note CN-000001"
    payment = (await desk.get(f"/payments/{paid.json()['id']}")).json()
    assert payment["status"] == "partially_refunded"
    assert payment["returned"]["amount"] == "10.00"
    assert await desk.balance(invoice.customer_id) == 0


async def test_money_for_a_written_off_invoice_is_a_recovery(desk: Desk) -> None:
    invoice = await desk.invoice()
    await desk.pay(invoice_id=invoice.invoice_id, amount="15.00")
    await desk.running.deliver(facts.written_off(invoice, 3000))
    assert await desk.state(invoice.invoice_id) == (1500, 0, 0)
    await desk.emitted()

    refused = await desk.pay(invoice_id=invoice.invoice_id, amount="30.01")
    taken = await desk.pay(invoice_id=invoice.invoice_id, amount="20.00")

    assert refused.json()["open"]["amount"] == "30.00"
    assert taken.status_code == 201
    assert await desk.state(invoice.invoice_id) == (3500, 0, 2000)
    (made,) = await desk.emitted(AllocationMade)
    assert (made.data.open_minor, made.data.recovered_minor) == (0, 2000)


async def test_what_a_write_off_meets_as_paid_is_recovered_at_once(desk: Desk) -> None:
    invoice = await desk.invoice()
    await desk.pay(invoice_id=invoice.invoice_id)

    await desk.running.deliver(facts.written_off(invoice, 4500))

    assert await desk.state(invoice.invoice_id) == (4500, 0, 4500)
    assert await desk.balance(invoice.customer_id) == 0


async def test_written_off_debt_gets_nothing_of_money_for_the_customer(desk: Desk) -> None:
    given_up = await desk.invoice()
    owed = await desk.invoice(customer_id=given_up.customer_id)
    await desk.running.deliver(facts.written_off(given_up, 4500))

    answer = await desk.pay(customer_id=given_up.customer_id, amount="50.00", surplus="credit")

    assert [each["invoice_id"] for each in answer.json()["allocations"]] == [str(owed.invoice_id)]
    assert answer.json()["credited"]["amount"] == "5.00"


@pytest.mark.parametrize("order", list(permutations(range(4))))
async def test_facts_and_adjustments_end_alike_in_any_order(
    desk: Desk, order: tuple[int, ...]
) -> None:
    invoice = facts.issued()
    heard: list[EventData] = [
        invoice,
        facts.credited(invoice, 1000),
        facts.written_off(invoice, 500, credited_minor=1000, version=4),
        facts.credited(invoice, 1700, written_off_minor=500, version=5),
    ]

    for each in order:
        await desk.running.deliver(heard[each])
    await desk.running.deliver(*(heard[each] for each in order))

    row = await desk.receivable(invoice.invoice_id)
    assert (row["credited_minor"], row["written_off_minor"]) == (1700, 500)
    assert await desk.state(invoice.invoice_id) == (0, 2300, 0)


async def test_an_invoice_of_which_only_an_adjustment_was_heard_is_waited_for(
    desk: Desk, impatient: None
) -> None:
    invoice = facts.issued()
    await desk.running.deliver(facts.credited(invoice, 1000))

    early = await desk.pay(invoice_id=invoice.invoice_id, amount="35.00")
    await desk.running.deliver(invoice)
    late = await desk.pay(invoice_id=invoice.invoice_id, amount="35.00")

    assert (early.status_code, late.status_code) == (404, 201)
    assert early.json()["type"].endswith("/receivable-unknown")


async def test_a_note_and_a_payment_at_the_same_moment_never_overpay(desk: Desk) -> None:
    invoices = [await desk.invoice() for _ in range(16)]

    results = await asyncio.gather(
        *(desk.pay(invoice_id=each.invoice_id, amount="40.00") for each in invoices),
        *(desk.running.deliver(facts.credited(each, 1500)) for each in invoices),
    )

    taken = sum(getattr(result, "status_code", 0) == 201 for result in results)
    (sums,) = await desk.rows(
        "SELECT sum(allocated_minor)::int AS allocated, sum(open_minor)::int AS open"
        " FROM receivable"
    )
    (credit,) = await desk.rows(
        "SELECT coalesce(sum(balance_minor), 0)::int AS it FROM account_credit"
    )
    assert sums["allocated"] == taken * 3000
    assert sums["open"] == (16 - taken) * 3000
    assert credit["it"] == taken * 1000


async def test_invoices_of_a_bill_run_become_receivables(desk: Desk) -> None:
    invoices = [facts.invoice_facts(number=f"INV-{each}") for each in range(50)]

    await desk.running.deliver(facts.billed(*invoices), facts.billed(*invoices))

    (found,) = await desk.rows(
        "SELECT count(*) AS rows, sum(open_minor)::int AS it FROM receivable"
    )
    assert found == {"rows": 50, "it": 50 * 4500}


async def test_credit_pays_what_is_issued_first_in_first_out(desk: Desk) -> None:
    customer_id = new_id()
    await desk.running.deliver(facts.customer(customer_id))
    lots = [
        (await desk.pay(customer_id=customer_id, amount=amount, surplus="credit")).json()["id"]
        for amount in ("20.00", "30.00")
    ]

    invoice = await desk.invoice(customer_id=customer_id)

    assert await desk.state(invoice.invoice_id) == (4500, 0, 0)
    assert await desk.balance(customer_id) == 500
    first, second = [(await desk.get(f"/payments/{lot}")).json() for lot in lots]
    assert (first["allocated"]["amount"], first["credited"]["amount"]) == ("20.00", "0.00")
    assert (second["allocated"]["amount"], second["credited"]["amount"]) == ("25.00", "5.00")
