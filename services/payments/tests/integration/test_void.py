"""An annulled invoice gives back the money put against it."""

from services.payments.tests.integration import facts
from services.payments.tests.integration.desk import Desk
from shared.contracts.payments import AllocationReversed, CreditChanged
from shared.ids import new_id


async def test_money_put_against_a_voided_invoice_becomes_account_credit(desk: Desk) -> None:
    invoice = await desk.invoice()
    paid = await desk.pay(invoice_id=invoice.invoice_id, amount="30.00")
    await desk.emitted()

    await desk.running.deliver(facts.voided(invoice))

    row = await desk.receivable(invoice.invoice_id)
    assert (row["voided"], row["allocated_minor"], row["open_minor"]) == (True, 0, 0)
    (credit,) = (await desk.get("/credits", customer_id=invoice.customer_id)).json()["items"]
    assert credit["balance"]["amount"] == "30.00"
    payment = (await desk.get(f"/payments/{paid.json()['id']}")).json()
    assert payment["allocated"]["amount"] == "0.00"
    assert payment["credited"]["amount"] == "30.00"
    made, reversed_ = payment["allocations"]
    assert reversed_["amount"]["amount"] == "-30.00"
    assert reversed_["reverses"] == made["id"]


async def test_each_reversal_is_said_with_the_state_that_all_of_them_leave(desk: Desk) -> None:
    invoice = await desk.invoice()
    for amount in ("10.00", "20.00", "5.00"):
        await desk.pay(invoice_id=invoice.invoice_id, amount=amount)
    await desk.emitted()

    await desk.running.deliver(facts.voided(invoice))

    *reversals, changed = await desk.emitted(AllocationReversed, CreditChanged)
    said = [event.data for event in reversals]
    assert [each.amount_minor for each in said] == [1000, 2000, 500]
    assert [each.allocated_minor for each in said] == [0, 0, 0]
    assert [each.receivable_version for each in said] == [5, 6, 7]
    assert {each.open_minor for each in said} == {0}
    assert (changed.data.balance_minor, changed.data.version) == (3500, 1)
    assert (await desk.receivable(invoice.invoice_id))["version"] == 7


async def test_a_reversal_names_the_annulment_as_its_cause(desk: Desk) -> None:
    invoice = await desk.invoice()
    await desk.pay(invoice_id=invoice.invoice_id)
    await desk.emitted()
    cause = new_id()

    await desk.running.deliver(facts.voided(invoice), ids=[cause])

    (reversal,) = await desk.emitted(AllocationReversed)
    assert reversal.causationid == cause


async def test_an_annulment_heard_again_gives_nothing_back_twice(desk: Desk) -> None:
    invoice = await desk.invoice()
    await desk.pay(invoice_id=invoice.invoice_id)

    for _ in range(3):
        await desk.running.deliver(facts.voided(invoice), facts.voided(invoice))

    (credit,) = await desk.rows("SELECT balance_minor, version FROM account_credit")
    assert credit == {"balance_minor": 4500, "version": 1}


async def test_annulments_of_many_customers_are_handled_as_one_batch(desk: Desk) -> None:
    shared_customer = new_id()
    invoices = [
        await desk.invoice(**({"customer_id": shared_customer} if each < 3 else {}))
        for each in range(8)
    ]
    for invoice in invoices[:6]:
        await desk.pay(invoice_id=invoice.invoice_id, amount="10.00")
        await desk.pay(invoice_id=invoice.invoice_id, amount="1.50")

    await desk.running.deliver(*(facts.voided(invoice) for invoice in invoices))

    credits = await desk.rows(
        "SELECT customer_id, balance_minor FROM account_credit ORDER BY balance_minor"
    )
    assert [each["balance_minor"] for each in credits] == [1150, 1150, 1150, 3450]
    assert credits[-1]["customer_id"] == shared_customer


async def test_an_annulment_without_payments_moves_no_money(desk: Desk) -> None:
    invoice = await desk.invoice()

    await desk.running.deliver(facts.voided(invoice))

    assert await desk.emitted() == []
    assert await desk.rows("SELECT FROM account_credit") == []


async def test_credit_of_a_reversal_adds_to_what_is_there(desk: Desk) -> None:
    invoice = await desk.invoice()
    await desk.pay(invoice_id=invoice.invoice_id, amount="50.00", surplus="credit")

    await desk.running.deliver(facts.voided(invoice))

    movements = await desk.get("/credits/movements", customer_id=invoice.customer_id)
    said = [(each["reason"], each["amount"]["amount"]) for each in movements.json()["items"]]
    assert said == [("reversal", "45.00"), ("surplus", "5.00")]
    (credit,) = (await desk.get("/credits")).json()["items"]
    assert (credit["balance"]["amount"], credit["version"]) == ("50.00", 2)
