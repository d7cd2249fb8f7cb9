"""The lists: filters, orders and pages."""

from typing import Any

from services.payments.tests.integration import facts
from services.payments.tests.integration.desk import Desk
from shared.auth import Role
from shared.ids import new_id


async def every(desk: Desk, path: str, **query: Any) -> list[dict[str, Any]]:
    """All items of a list, page by page."""
    items: list[dict[str, Any]] = []
    while True:
        page = await desk.get(path, **query)
        assert page.status_code == 200, page.text
        items += page.json()["items"]
        query["cursor"] = page.json()["next"]
        if query["cursor"] is None:
            return items


async def test_payments_come_latest_received_first_page_by_page(desk: Desk) -> None:
    invoice = await desk.invoice(total_minor=100_000)
    days = ["2026-11-03", "2026-11-01", "2026-11-02", "2026-11-03", "2026-11-01"]
    for day in days:
        await desk.pay(invoice_id=invoice.invoice_id, amount="1.00", received_on=day)

    latest_first = await every(desk, "/payments", limit=2)
    oldest_first = await every(desk, "/payments", limit=2, sort="received_on")

    assert [each["received_on"] for each in latest_first] == sorted(days, reverse=True)
    assert latest_first == oldest_first[::-1]
    assert len({each["id"] for each in latest_first}) == 5


async def test_a_listed_payment_is_the_payment_itself(desk: Desk) -> None:
    invoice = await desk.invoice()
    await desk.pay(invoice_id=invoice.invoice_id, amount="50.00", surplus="credit")
    await desk.running.deliver(facts.voided(invoice))

    (listed,) = await every(desk, "/payments")

    assert listed == (await desk.get(f"/payments/{listed['id']}")).json()
    assert len(listed["allocations"]) == 2


async def test_payments_are_found_by_customer_invoice_method_and_day(desk: Desk) -> None:
    first, second = await desk.invoice(), await desk.invoice()
    paid = []
    for invoice, method, day in (
        (first, "cash", "2026-10-01"),
        (first, "card", "2026-10-02"),
        (second, "card", "2026-10-03"),
    ):
        answer = await desk.pay(
            invoice_id=invoice.invoice_id, amount="1.00", method=method, received_on=day
        )
        paid.append(answer.json()["id"])

    async def found(**query: Any) -> list[int]:
        items = await every(desk, "/payments", sort="received_on", **query)
        return [paid.index(each["id"]) for each in items]

    assert await found(customer_id=first.customer_id) == [0, 1]
    assert await found(invoice_id=second.invoice_id) == [2]
    assert await found(method="card") == [1, 2]
    assert await found(received_from="2026-10-02") == [1, 2]
    assert await found(received_to="2026-10-02") == [0, 1]
    assert await found(invoice_id=first.invoice_id, method="card") == [1]
    assert await found(customer_id=new_id()) == []


async def test_receivables_are_the_open_ones_oldest_due_first(desk: Desk) -> None:
    customer_id = new_id()
    days = ["2026-11-02", "2026-11-01", "2026-11-04", "2026-11-03"]
    invoices = [
        facts.invoice_facts(customer_id=customer_id, due_on=day, number=f"INV-{day}")
        for day in days
    ]
    void = facts.issued()
    await desk.running.deliver(facts.imported(*invoices), void, facts.voided(void))
    await desk.pay(invoice_id=invoices[1]["invoice_id"])
    await desk.pay(invoice_id=invoices[0]["invoice_id"], amount="5.00")

    open_ones = await every(desk, "/receivables", limit=1)
    all_of_customer = await every(desk, "/receivables", open=False, customer_id=customer_id)

    assert [each["due_on"] for each in open_ones] == ["2026-11-02", "2026-11-03", "2026-11-04"]
    assert open_ones[0]["open"] == {"amount": "40.00", "currency": "USD"}
    assert open_ones[0]["allocated"]["amount"] == "5.00"
    assert len(all_of_customer) == 4
    assert len(await every(desk, "/receivables", open=False)) == 5


async def test_a_receivable_is_read_with_its_version(desk: Desk) -> None:
    invoice = await desk.invoice()
    await desk.pay(invoice_id=invoice.invoice_id, amount="5.00")

    answer = await desk.get(f"/receivables/{invoice.invoice_id}")

    assert answer.headers["etag"] == '"2"'
    assert answer.json()["open"]["amount"] == "40.00"


async def test_an_invoice_known_only_as_void_is_no_receivable_yet(desk: Desk) -> None:
    invoice = facts.issued()
    await desk.running.deliver(facts.voided(invoice))

    assert await every(desk, "/receivables", open=False) == []
    assert (await desk.get(f"/receivables/{invoice.invoice_id}")).status_code == 404


async def test_credits_of_all_customers_page_by_page(desk: Desk) -> None:
    for _ in range(3):
        invoice = await desk.invoice()
        await desk.pay(invoice_id=invoice.invoice_id, amount="46.00", surplus="credit")

    credits = await every(desk, "/credits", limit=2)

    assert [each["balance"]["amount"] for each in credits] == ["1.00"] * 3


async def test_what_does_not_exist_is_a_404(desk: Desk) -> None:
    for path in (f"/payments/{new_id()}", f"/receivables/{new_id()}"):
        answer = await desk.get(path)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


async def test_an_unknown_order_names_the_known_ones(desk: Desk) -> None:
    for path in ("/payments", "/receivables", "/credits"):
        answer = await desk.get(path, sort="mood")
        assert answer.status_code == 400
        assert answer.json()["allowed"]


async def test_every_role_may_read(desk: Desk) -> None:
    for role in Role:
        async with desk.running.client(role) as client:
            for path in ("/payments", "/receivables", "/credits"):
                assert (await client.get(path)).status_code == 200
