"""Paying one invoice over HTTP."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.payments.payments.answers import PaymentOut
from services.payments.tests.integration import facts
from services.payments.tests.integration.desk import Desk
from shared import clock
from shared.auth import Role
from shared.contracts.payments import AllocationMade, CreditChanged, PaymentReceived
from shared.ids import new_id


async def test_a_full_payment_leaves_nothing_open(desk: Desk) -> None:
    invoice = await desk.invoice()

    answer = await desk.pay(invoice_id=invoice.invoice_id, reference="slip 9")

    assert answer.status_code == 201
    body = answer.json()
    assert answer.headers["location"] == f"/payments/{body['id']}"
    assert body["amount"] == body["allocated"] == {"amount": "45.00", "currency": "USD"}
    assert body["credited"]["amount"] == "0.00"
    assert body["customer_id"] == str(invoice.customer_id)
    assert (body["method"], body["reference"]) == ("cash", "slip 9")
    (allocation,) = body["allocations"]
    assert allocation["invoice_id"] == str(invoice.invoice_id)
    assert allocation["number"] == invoice.number
    row = await desk.receivable(invoice.invoice_id)
    assert (row["open_minor"], row["allocated_minor"], row["version"]) == (0, 4500, 2)


async def test_the_answer_is_what_reading_the_payment_gives(desk: Desk) -> None:
    invoice = await desk.invoice()
    paid = await desk.pay(invoice_id=invoice.invoice_id, amount="50", surplus="credit")

    read = await desk.get(f"/payments/{paid.json()['id']}")

    assert read.status_code == 200
    assert read.json() == paid.json()
    assert PaymentOut.model_validate(read.json()).model_dump(mode="json") == paid.json()


async def test_partial_payments_add_up(desk: Desk) -> None:
    invoice = await desk.invoice()

    for amount in ("10.00", "0.01", "34.99"):
        assert (await desk.pay(invoice_id=invoice.invoice_id, amount=amount)).status_code == 201

    row = await desk.receivable(invoice.invoice_id)
    assert (row["open_minor"], row["version"]) == (0, 4)


async def test_an_overpayment_is_refused_with_the_open_amount(desk: Desk) -> None:
    invoice = await desk.invoice()
    await desk.pay(invoice_id=invoice.invoice_id, amount="20.00")

    answer = await desk.pay(invoice_id=invoice.invoice_id, amount="25.01")

    assert answer.status_code == 409
    problem = answer.json()
    assert problem["type"].endswith("/overpayment")
    assert problem["open"] == {"amount": "25.00", "currency": "USD"}
    assert problem["customer_id"] == str(invoice.customer_id)
    assert (await desk.receivable(invoice.invoice_id))["open_minor"] == 2500


async def test_a_surplus_becomes_account_credit_when_asked(desk: Desk) -> None:
    invoice = await desk.invoice()

    answer = await desk.pay(invoice_id=invoice.invoice_id, amount="50.00", surplus="credit")

    assert answer.json()["allocated"]["amount"] == "45.00"
    assert answer.json()["credited"]["amount"] == "5.00"
    (credit,) = (await desk.get("/credits", customer_id=invoice.customer_id)).json()["items"]
    assert credit["balance"] == {"amount": "5.00", "currency": "USD"}
    (changed,) = await desk.emitted(CreditChanged)
    assert (changed.data.balance_minor, changed.data.version) == (500, 1)


async def test_money_for_a_settled_invoice_is_all_credit_when_asked(desk: Desk) -> None:
    invoice = await desk.invoice()
    await desk.pay(invoice_id=invoice.invoice_id)

    answer = await desk.pay(invoice_id=invoice.invoice_id, amount="7.00", surplus="credit")

    assert answer.status_code == 201
    assert answer.json()["allocations"] == []
    assert answer.json()["credited"]["amount"] == "7.00"


async def test_a_payment_says_what_was_received_and_what_it_settled(desk: Desk) -> None:
    invoice = await desk.invoice()
    await desk.pay(invoice_id=invoice.invoice_id, amount="40.00", method="card")

    made, received = await desk.emitted()

    assert isinstance(received.data, PaymentReceived)
    assert isinstance(made.data, AllocationMade)
    assert (received.data.amount_minor, received.data.credited_minor) == (4000, 0)
    assert received.data.method == "card"
    assert received.subject == str(received.data.payment_id)
    assert (made.data.amount_minor, made.data.allocated_minor) == (4000, 4000)
    assert (made.data.open_minor, made.data.receivable_version) == (500, 2)
    assert made.data.line_id == invoice.line_id
    assert (made.subject, made.aggregateversion) == (str(invoice.invoice_id), 2)
    assert made.organization == received.organization == desk.organization.id


async def test_events_of_a_payment_continue_the_trace_of_its_request(desk: Desk) -> None:
    invoice = await desk.invoice()
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    async with desk.running.client(
        Role.CLERK, headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    ) as client:
        await client.post(
            "/payments",
            json={
                "invoice_id": str(invoice.invoice_id),
                "amount": {"amount": "45"},
                "method": "cash",
            },
            headers={"Idempotency-Key": "traced"},
        )

    for event in await desk.emitted():
        assert event.traceparent is not None
        assert event.traceparent.split("-")[1] == trace


async def test_each_payment_is_journaled_with_debits_equal_to_credits(desk: Desk) -> None:
    invoice = await desk.invoice()
    paid = await desk.pay(invoice_id=invoice.invoice_id, amount="50.00", surplus="credit")

    entries = await desk.rows(
        "SELECT account, amount_minor, invoice_id FROM journal_entry"
        " WHERE posting_id = %s ORDER BY id",
        UUID(paid.json()["id"]),
    )

    assert [(each["account"], each["amount_minor"]) for each in entries] == [
        ("deposit", 5000),
        ("receivable", -4500),
        ("credit", -500),
    ]
    assert entries[1]["invoice_id"] == invoice.invoice_id


async def test_the_received_date_defaults_to_today_on_the_organizations_calendar(
    desk: Desk,
) -> None:
    invoice = await desk.invoice()
    with clock.frozen(datetime(2026, 11, 21, 3, 0, tzinfo=UTC)):  # still the 20th in Guayaquil
        answer = await desk.pay(invoice_id=invoice.invoice_id, amount="1.00")

    assert answer.json()["received_on"] == "2026-11-20"


async def test_money_cannot_have_arrived_after_today(desk: Desk) -> None:
    invoice = await desk.invoice()
    tomorrow = desk.organization.today() + timedelta(days=1)

    answer = await desk.pay(invoice_id=invoice.invoice_id, received_on=tomorrow.isoformat())

    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/received-in-the-future")
    assert answer.json()["today"] == desk.organization.today().isoformat()


async def test_money_may_have_arrived_earlier(desk: Desk) -> None:
    invoice = await desk.invoice()

    answer = await desk.pay(invoice_id=invoice.invoice_id, received_on="2026-01-31")

    assert answer.json()["received_on"] == "2026-01-31"


async def test_the_currency_may_be_left_out(desk: Desk) -> None:
    invoice = await desk.invoice()

    answer = await desk.pay(invoice_id=invoice.invoice_id, currency=None)

    assert answer.json()["amount"] == {"amount": "45.00", "currency": "USD"}


async def test_money_of_another_currency_is_refused(desk: Desk) -> None:
    invoice = await desk.invoice()

    answer = await desk.pay(invoice_id=invoice.invoice_id, currency="EUR")

    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/currency-mismatch")
    assert answer.json()["currency"] == "USD"


@pytest.mark.parametrize(
    ("currency", "amount", "minor"), [("CLP", "45", 45), ("KWD", "1.234", 1234)]
)
async def test_amounts_have_the_decimals_of_their_currency(
    desk: Desk, currency: str, amount: str, minor: int
) -> None:
    invoice = await desk.invoice(currency=currency, total_minor=minor)

    answer = await desk.pay(invoice_id=invoice.invoice_id, amount=amount, currency=currency)

    assert answer.json()["allocated"] == {"amount": amount, "currency": currency}
    assert (await desk.receivable(invoice.invoice_id))["open_minor"] == 0


@pytest.mark.parametrize(
    "amount", ["0", "0.00", "-1.00", "1.001", "1,00", "1e2", "10000000000000.01", "9" * 40, ""]
)
async def test_an_amount_that_is_no_payment_is_refused(desk: Desk, amount: str) -> None:
    invoice = await desk.invoice()

    answer = await desk.pay(invoice_id=invoice.invoice_id, amount=amount)

    assert answer.status_code == 422


@pytest.mark.parametrize(
    "change",
    [
        {"customer_id": str(new_id())},
        {"invoice_id": None},
        {"method": "barter"},
        {"surplus": "keep"},
        {"received_on": "yesterday"},
        {"reference": "x" * 201},
        {"note": "unknown member"},
    ],
)
async def test_a_body_that_makes_no_sense_is_refused(desk: Desk, change: dict[str, object]) -> None:
    body: dict[str, object] = {"invoice_id": str(new_id())}

    answer = await desk.pay(**(body | change))  # type: ignore[arg-type]  # any body at all

    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/validation-failed")


async def test_a_void_invoice_takes_no_money(desk: Desk) -> None:
    invoice = await desk.invoice()
    await desk.running.deliver(facts.voided(invoice))

    for surplus in ("refuse", "credit"):
        answer = await desk.pay(invoice_id=invoice.invoice_id, surplus=surplus)
        assert answer.status_code == 409
        assert answer.json()["type"].endswith("/receivable-void")


async def test_an_invoice_of_which_only_the_annulment_was_heard_takes_no_money(
    desk: Desk,
) -> None:
    invoice = facts.issued()
    await desk.running.deliver(facts.voided(invoice))

    answer = await desk.pay(invoice_id=invoice.invoice_id)

    assert answer.json()["type"].endswith("/receivable-void")


@pytest.mark.parametrize("role", [Role.COLLECTOR, Role.READ_ONLY])
async def test_only_clerks_take_money(desk: Desk, role: Role) -> None:
    answer = await desk.pay(role=role, invoice_id=new_id())

    assert answer.status_code == 403


async def test_another_organizations_invoice_is_unknown(desk: Desk, impatient: None) -> None:
    invoice = await desk.invoice()

    answer = await desk.pay(
        invoice_id=invoice.invoice_id, organization=desk.running.other_organization
    )

    assert answer.status_code == 404
    assert (await desk.receivable(invoice.invoice_id))["open_minor"] == 4500
