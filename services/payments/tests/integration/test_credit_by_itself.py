"""Account credit that comes after an invoice pays it by itself, where the settings say so."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from services.payments.credits.store import MOMENT
from services.payments.credits.timers import apply_credit
from services.payments.receivables.handlers import project_issued
from services.payments.tests.integration import facts
from services.payments.tests.integration.desk import Desk
from shared import clock
from shared.auth import Role
from shared.contracts.billing import InvoiceIssued
from shared.contracts.payments import AllocationMade
from shared.ids import new_id
from shared.testing.bed import envelope


async def settings(desk: Desk, **changes: Any) -> None:
    """Set how the organization takes money."""
    body = {
        "surplus": "credit",
        "apply_credit_on_issue": True,
        "apply_credit_automatically": False,
        "allocation_order": "oldest_due",
    }
    async with desk.running.client(Role.ORG_ADMIN) as client:
        answer = await client.put("/payments/settings", json=body | changes)
    assert answer.status_code == 200, answer.text


async def surplus(
    desk: Desk, customer_id: UUID, minor: int, invoice: InvoiceIssued | None = None
) -> None:
    """Money beyond the one invoice (of 1.00) it comes for: the customer's credit."""
    paid = invoice or await desk.invoice(customer_id=customer_id, total_minor=100)
    amount = f"{(100 + minor) / 100:.2f}"
    answer = await desk.pay(invoice_id=paid.invoice_id, amount=amount)
    assert answer.json()["credited"]["amount"] == f"{minor / 100:.2f}"


async def test_an_issue_and_a_surplus_of_the_same_moment_find_each_other(desk: Desk) -> None:
    await settings(desk)
    customer_id = new_id()
    await desk.invoice(customer_id=customer_id, total_minor=100)
    invoice = facts.issued(customer_id=customer_id)

    async with desk.running.db.transaction(None) as tx:  # neither sees the other's work
        await project_issued(tx, [envelope(invoice, desk.organization.id)])
        paid = await desk.pay(customer_id=customer_id, amount="21.00")
    assert paid.json()["credited"]["amount"] == "20.00"
    before = await desk.state(invoice.invoice_id)
    for _ in range(2):
        await desk.running.run_timer(apply_credit)

    assert (before, await desk.state(invoice.invoice_id)) == ((0, 4500, 0), (2000, 2500, 0))
    assert await desk.balance(customer_id) == 0
    assert await desk.broken_promises() == {}


async def test_what_was_issued_long_before_waits_unless_credit_pays_automatically(
    desk: Desk,
) -> None:
    with clock.frozen(clock.now()) as time:
        await settings(desk)
        invoice = await desk.invoice()
        time.advance(MOMENT + timedelta(seconds=1))
        await surplus(desk, invoice.customer_id, 2000)
        await desk.running.run_timer(apply_credit)
        waiting = await desk.state(invoice.invoice_id)
        time.advance(MOMENT + timedelta(seconds=1))
        await desk.running.run_timer(apply_credit)
        looked = await desk.rows("SELECT FROM account_credit WHERE grown_at IS NOT NULL")

        await settings(desk, apply_credit_automatically=True)
        await desk.running.run_timer(apply_credit)

    assert (waiting, looked) == ((0, 4500, 0), [])
    assert await desk.state(invoice.invoice_id) == (2000, 2500, 0)


async def test_neither_setting_leaves_credit_to_people(desk: Desk) -> None:
    await settings(desk, apply_credit_on_issue=False)
    invoice = await desk.invoice()
    await surplus(desk, invoice.customer_id, 2000)

    await desk.running.run_timer(apply_credit)

    assert await desk.state(invoice.invoice_id) == (0, 4500, 0)


async def test_lots_are_spent_first_in_first_out_on_the_debts_in_their_order(desk: Desk) -> None:
    await settings(desk, apply_credit_on_issue=False, apply_credit_automatically=True)
    customer_id = new_id()
    dues = (date(2026, 12, 1), date(2026, 10, 1))
    later, older = [
        await desk.invoice(customer_id=customer_id, total_minor=1500, due_on=due) for due in dues
    ]
    paid = [await desk.invoice(customer_id=customer_id, total_minor=100) for _ in range(2)]
    for minor, invoice in zip((1000, 800), paid, strict=True):
        await surplus(desk, customer_id, minor, invoice)
    await desk.emitted()

    await desk.running.run_timer(apply_credit)

    made = [
        (each.data.invoice_id, each.data.amount_minor)
        for each in await desk.emitted(AllocationMade)
    ]
    assert made == [
        (older.invoice_id, 1000), (older.invoice_id, 500), (later.invoice_id, 300)
    ]  # fmt: skip
    assert await desk.state(later.invoice_id) == (300, 1200, 0)


async def test_credit_of_a_credit_note_pays_too_and_that_of_a_reallocation_does_not(
    desk: Desk,
) -> None:
    await settings(desk, apply_credit_automatically=True)
    invoice = await desk.invoice()
    other = await desk.invoice(customer_id=invoice.customer_id)
    paid = (await desk.pay(invoice_id=invoice.invoice_id)).json()

    await desk.post(f"/payments/{paid['id']}/reallocate", {"allocations": []})
    await desk.running.run_timer(apply_credit)
    rests = await desk.balance(invoice.customer_id)
    body = [{"invoice_id": str(invoice.invoice_id), "amount": {"amount": "45.00"}}]
    await desk.post(f"/payments/{paid['id']}/reallocate", {"allocations": body})
    await desk.running.deliver(facts.credited(invoice, 1000))
    await desk.running.run_timer(apply_credit)

    assert (rests, await desk.balance(invoice.customer_id)) == (4500, 0)
    assert await desk.state(other.invoice_id) == (1000, 3500, 0)


async def test_many_workers_and_payers_at_once_spend_each_cent_once(desk: Desk) -> None:
    await settings(desk, apply_credit_automatically=True)
    customers = [new_id() for _ in range(6)]
    invoices = [await desk.invoice(customer_id=each) for each in customers]
    for each in customers:
        await surplus(desk, each, 3000)

    await asyncio.gather(
        *(apply_credit(desk.running.db) for _ in range(3)),
        *(desk.pay(invoice_id=each.invoice_id, amount="20.00") for each in invoices),
    )
    await desk.running.run_timer(apply_credit)

    for invoice in invoices:
        allocated, left, _ = await desk.state(invoice.invoice_id)
        assert (allocated, left) == (4500, 0)
        assert await desk.balance(invoice.customer_id) == 500
    assert await desk.broken_promises() == {}
