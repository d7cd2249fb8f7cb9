"""A key moves money once."""

from services.payments.tests.integration import facts
from services.payments.tests.integration.desk import Desk
from shared.auth import Role
from shared.ids import new_id


async def test_a_repeated_key_repeats_the_answer_and_nothing_else(desk: Desk) -> None:
    invoice = await desk.invoice()

    first = await desk.pay(key="k", invoice_id=invoice.invoice_id, amount="20.00")
    again = await desk.pay(key="k", invoice_id=invoice.invoice_id, amount="20.00")

    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotent-replay"] == "true"
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["content-type"] == first.headers["content-type"]
    assert (await desk.receivable(invoice.invoice_id))["allocated_minor"] == 2000


async def test_a_repeated_full_payment_is_no_overpayment(desk: Desk) -> None:
    invoice = await desk.invoice()

    first = await desk.pay(key="k", invoice_id=invoice.invoice_id)
    again = await desk.pay(key="k", invoice_id=invoice.invoice_id)

    assert (again.status_code, again.content) == (201, first.content)


async def test_an_answer_outlives_the_annulment_of_its_invoice(desk: Desk) -> None:
    invoice = await desk.invoice()
    first = await desk.pay(key="k", invoice_id=invoice.invoice_id)
    await desk.running.deliver(facts.voided(invoice))

    again = await desk.pay(key="k", invoice_id=invoice.invoice_id)

    assert (again.status_code, again.content) == (201, first.content)


async def test_a_key_does_not_serve_another_body(desk: Desk) -> None:
    invoice = await desk.invoice()
    await desk.pay(key="k", invoice_id=invoice.invoice_id, amount="20.00")

    other = await desk.pay(key="k", invoice_id=invoice.invoice_id, amount="20.01")

    assert other.status_code == 422
    assert other.json()["type"].endswith("/idempotency-key-reused")


async def test_a_key_of_a_refused_payment_may_be_used_again(desk: Desk) -> None:
    invoice = await desk.invoice()

    refused = await desk.pay(key="k", invoice_id=invoice.invoice_id, amount="45.01")
    taken = await desk.pay(key="k", invoice_id=invoice.invoice_id, amount="45.00")

    assert (refused.status_code, taken.status_code) == (409, 201)


async def test_two_organizations_may_use_the_same_key(desk: Desk) -> None:
    other = desk.running.other_organization
    invoice, theirs = facts.issued(), facts.issued()
    await desk.running.deliver(invoice)
    await desk.running.deliver(theirs, organization=other.id)

    first = await desk.pay(key="k", invoice_id=invoice.invoice_id)
    second = await desk.pay(key="k", invoice_id=theirs.invoice_id, organization=other)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] != second.json()["id"]


async def test_a_payment_without_a_key_is_refused(desk: Desk) -> None:
    async with desk.running.client(Role.CLERK) as client:
        answer = await client.post(
            "/payments",
            json={"invoice_id": str(new_id()), "amount": {"amount": "1"}, "method": "cash"},
        )

    assert answer.status_code == 400
    assert answer.json()["type"].endswith("/idempotency-key-missing")


async def test_a_customers_payment_is_taken_once_per_key(desk: Desk) -> None:
    invoice = await desk.invoice()

    first = await desk.pay(key="k", customer_id=invoice.customer_id)
    again = await desk.pay(key="k", customer_id=invoice.customer_id)

    assert (again.status_code, again.content) == (201, first.content)
    assert len(await desk.rows("SELECT FROM payment")) == 1
