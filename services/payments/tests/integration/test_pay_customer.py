"""Paying all that a customer owes, oldest due first."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from services.payments.tests.integration import facts
from services.payments.tests.integration.desk import Desk
from shared.contracts.payments import AllocationMade, CreditChanged, PaymentReceived
from shared.ids import new_id


async def owe(desk: Desk, *debts: tuple[str, int]) -> tuple[UUID, dict[str, UUID]]:
    """A customer who owes; each debt is a due date and an amount. Invoices by due date."""
    customer_id = new_id()
    invoices = [
        facts.invoice_facts(
            customer_id=customer_id,
            due_on=date.fromisoformat(due_on),
            total_minor=minor,
            number=f"INV-{due_on}",
        )
        for due_on, minor in debts
    ]
    await desk.running.deliver(facts.imported(*invoices))
    by_due_date = zip((due_on for due_on, _ in debts), invoices, strict=True)
    return customer_id, {due_on: each["invoice_id"] for due_on, each in by_due_date}


def shares(body: dict[str, Any]) -> list[tuple[str, str]]:
    """What each invoice got, in the order of the answer."""
    return [(each["number"], each["amount"]["amount"]) for each in body["allocations"]]


async def test_the_oldest_debt_is_served_first(desk: Desk) -> None:
    customer_id, invoices = await owe(
        desk, ("2026-11-01", 1000), ("2026-09-01", 1000), ("2026-10-01", 1000)
    )

    answer = await desk.pay(customer_id=customer_id, amount="15.00")

    assert answer.status_code == 201
    assert shares(answer.json()) == [("INV-2026-09-01", "10.00"), ("INV-2026-10-01", "5.00")]
    assert answer.json()["customer_id"] == str(customer_id)
    opens = {day: (await desk.receivable(each))["open_minor"] for day, each in invoices.items()}
    assert opens == {"2026-11-01": 1000, "2026-09-01": 0, "2026-10-01": 500}


async def test_the_answer_is_what_reading_the_payment_gives(desk: Desk) -> None:
    customer_id, _ = await owe(desk, ("2026-11-01", 1000), ("2026-09-01", 1000))
    paid = await desk.pay(customer_id=customer_id, amount="25.00", surplus="credit")

    read = await desk.get(f"/payments/{paid.json()['id']}")

    assert read.json() == paid.json()


async def test_more_than_all_that_is_open_is_refused_with_the_open_amount(desk: Desk) -> None:
    customer_id, _ = await owe(desk, ("2026-11-01", 1000), ("2026-09-01", 1050))

    answer = await desk.pay(customer_id=customer_id, amount="20.51")

    assert answer.status_code == 409
    assert answer.json()["open"] == {"amount": "20.50", "currency": "USD"}
    assert await desk.rows("SELECT FROM payment") == []


async def test_a_surplus_becomes_credit_when_asked(desk: Desk) -> None:
    customer_id, _ = await owe(desk, ("2026-11-01", 1000))

    answer = await desk.pay(customer_id=customer_id, amount="12.00", surplus="credit")

    assert answer.json()["credited"]["amount"] == "2.00"
    (changed,) = await desk.emitted(CreditChanged)
    assert changed.data.balance_minor == 200


async def test_one_payment_says_each_of_its_allocations(desk: Desk) -> None:
    customer_id, invoices = await owe(desk, ("2026-11-01", 1000), ("2026-09-01", 1000))
    await desk.pay(customer_id=customer_id, amount="20.00")

    events = await desk.emitted(PaymentReceived, AllocationMade)

    *made, received = (event.data for event in events)
    assert isinstance(received, PaymentReceived)  # last: a line may wait for an allocation
    assert {each.invoice_id for each in made} == set(invoices.values())
    assert {each.open_minor for each in made} == {0}


async def test_a_known_customer_who_owes_nothing_can_only_give_credit(desk: Desk) -> None:
    customer_id = new_id()
    await desk.running.deliver(facts.customer(customer_id))

    refused = await desk.pay(customer_id=customer_id, amount="5.00")
    kept = await desk.pay(customer_id=customer_id, amount="5.00", surplus="credit")

    assert refused.json()["open"]["amount"] == "0.00"
    assert kept.json()["credited"]["amount"] == "5.00"


async def test_void_and_settled_invoices_get_nothing(desk: Desk) -> None:
    customer_id, invoices = await owe(
        desk, ("2026-07-01", 1000), ("2026-08-01", 1000), ("2026-09-01", 1000)
    )
    void = facts.issued(invoice_id=invoices["2026-07-01"], customer_id=customer_id)
    await desk.running.deliver(facts.voided(void))
    await desk.pay(invoice_id=invoices["2026-08-01"], amount="10.00")

    answer = await desk.pay(customer_id=customer_id, amount="10.00")

    assert shares(answer.json()) == [("INV-2026-09-01", "10.00")]


async def test_a_customer_pays_in_the_organizations_currency_only(desk: Desk) -> None:
    customer_id, _ = await owe(desk, ("2026-11-01", 1000))

    answer = await desk.pay(customer_id=customer_id, currency="EUR", surplus="credit")

    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/currency-mismatch")


async def test_an_unknown_customer_is_a_404(desk: Desk, impatient: None) -> None:
    answer = await desk.pay(customer_id=new_id())

    assert answer.status_code == 404
    assert answer.json()["type"].endswith("/customer-unknown")
    assert answer.headers["retry-after"] == "1"


async def test_money_for_a_customer_cannot_have_arrived_after_today(desk: Desk) -> None:
    customer_id, _ = await owe(desk, ("2026-11-01", 1000))
    tomorrow = desk.organization.today() + timedelta(days=1)

    answer = await desk.pay(customer_id=customer_id, received_on=tomorrow.isoformat())

    assert answer.json()["type"].endswith("/received-in-the-future")
