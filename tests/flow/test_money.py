"""Credit notes, write-offs, refunds and what follows from them, over all services."""

import asyncio
import random
from typing import Any

import psycopg

from deploy.verify import verify
from shared.contracts.billing import (
    InvoiceCredited,
    InvoiceIssued,
    InvoiceOverdue,
    InvoiceSettled,
    InvoiceWrittenOff,
)
from shared.contracts.collections import (
    CaseCured,
    CaseOpened,
    LineReactivationOrdered,
    LineSuspensionOrdered,
    ReminderCreated,
)
from shared.contracts.customers import (
    LineReactivated,
    LineStatus,
    LineSuspended,
    OrganizationChanged,
)
from shared.contracts.payments import (
    AllocationMade,
    AllocationReversed,
    CreditChanged,
    PaymentReceived,
    PaymentRefunded,
)
from shared.ids import new_id
from shared.testing.servers import Servers, with_database
from tests.flow.books import WorldBooks
from tests.flow.story import add_line, invoice, line_status, pay, subscriber
from tests.flow.world import World

INVOICES = 60


async def credit(
    world: World, invoice_id: str, amount: str | None = None, settlement: str = "credit"
) -> dict[str, Any]:
    """A credit note for a part of an invoice, or for all of it."""
    body: dict[str, Any] = {"reason": "agreed", "settlement": settlement}
    if amount is not None:
        body["amount"] = {"amount": amount}
    path = f"/invoices/{invoice_id}/credit-notes"
    made: dict[str, Any] = await world.call("billing", "POST", path, status=201, json=body)
    return made


async def write_off(world: World, invoice_id: str) -> dict[str, Any]:
    """Give up whatever is open of an invoice."""
    path = f"/invoices/{invoice_id}/write-offs"
    body = {"reason": "moved away"}
    made: dict[str, Any] = await world.call("billing", "POST", path, status=201, json=body)
    return made


async def refund(world: World, payment_id: str, amount: str) -> dict[str, Any]:
    """Give a part of a payment back."""
    path = f"/payments/{payment_id}/refunds"
    body = {"amount": {"amount": amount}, "reason": "paid twice"}
    made: dict[str, Any] = await world.call("payments", "POST", path, status=201, json=body)
    return made


async def shown(world: World, invoice_id: str) -> dict[str, Any]:
    """An invoice as billing shows it."""
    found: dict[str, Any] = await world.call("billing", "GET", f"/invoices/{invoice_id}")
    return found


async def test_a_credit_note_for_what_suspended_a_line_switches_it_on_again(world: World) -> None:
    ana = await subscriber(world)
    owed = await invoice(world, ana, due_in=1)
    await world.settle()
    await world.advance(
        2,
        expect=[
            OrganizationChanged,
            InvoiceOverdue,
            CaseOpened,
            LineSuspensionOrdered,
            LineSuspended,
            ReminderCreated,
        ],
    )

    await credit(world, owed["id"])
    await world.settle(
        expect=[
            InvoiceCredited,
            InvoiceSettled,
            CaseCured,
            LineReactivationOrdered,
            LineReactivated,
        ]
    )

    assert await line_status(world, ana.line_id) is LineStatus.ACTIVE
    assert await verify(WorldBooks(world), pause=0.0) == []


async def test_what_a_credit_note_frees_pays_the_next_invoice(world: World) -> None:
    ana = await subscriber(world)
    first = await invoice(world, ana, "30.00")
    await world.calm()
    await pay(world, first["id"], "30.00")
    await world.settle()

    await credit(world, first["id"], "12.00")
    await world.settle(expect=[InvoiceCredited, AllocationReversed, AllocationMade, CreditChanged])
    second = await invoice(world, ana, "20.00")
    await world.settle(expect=[InvoiceIssued, AllocationMade, CreditChanged])

    assert (await shown(world, first["id"]))["status"] == "paid"
    assert (await shown(world, second["id"]))["open"]["amount"] == "8.00"
    assert await verify(WorldBooks(world), pause=0.0) == []


async def test_money_for_what_was_written_off_is_a_recovery(world: World) -> None:
    ana = await subscriber(world)
    owed = await invoice(world, ana, "25.00")
    await world.settle()

    await write_off(world, owed["id"])
    await world.settle(expect=[InvoiceWrittenOff, InvoiceSettled])
    assert (await shown(world, owed["id"]))["settlement"] == "written_off"
    await pay(world, owed["id"], "10.00")
    await world.settle(expect=[PaymentReceived, AllocationMade])

    after = await shown(world, owed["id"])
    assert (after["recovered"]["amount"], after["open"]["amount"]) == ("10.00", "0.00")
    assert await verify(WorldBooks(world), pause=0.0) == []


async def test_a_refund_reopens_the_invoice_with_its_original_due_date(world: World) -> None:
    """What was paid in time and given back is overdue at once: the line is suspended."""
    ana = await subscriber(world)
    owed = await invoice(world, ana, due_in=1)
    await world.calm()
    paid = await pay(world, owed["id"], "34.50")
    await world.settle()
    await world.advance(5, expect=[OrganizationChanged])

    await refund(world, paid["id"], "34.50")
    await world.settle(
        expect=[
            PaymentRefunded,
            AllocationReversed,
            InvoiceOverdue,
            CaseOpened,
            LineSuspensionOrdered,
            LineSuspended,
        ]
    )

    assert (await shown(world, owed["id"]))["due_on"] == owed["due_on"]
    assert await line_status(world, ana.line_id) is LineStatus.SUSPENDED
    assert await verify(WorldBooks(world), pause=0.0) == []


async def test_books_agree_after_payers_clerks_and_cashiers_met_on_the_same_invoices(
    world: World,
) -> None:
    """Pay, credit, write off and refund at once; whoever is refused changes nothing."""
    dice = random.Random(11)
    ana = await subscriber(world)
    owners = [ana.line_id] + [await add_line(world, ana.customer_id) for _ in range(2)]
    made = [await invoice(world, ana, "20.00", due_in=dice.randint(0, 9)) for _ in range(INVOICES)]
    await world.calm()
    gate = asyncio.Semaphore(8)

    async def attempt(service: str, path: str, body: dict[str, Any]) -> dict[str, Any] | None:
        async with gate, world.client(service) as client:
            answer = await client.post(path, json=body, headers={"Idempotency-Key": str(new_id())})
        assert answer.status_code in (201, 409, 422), answer.text
        return answer.json() if answer.status_code == 201 else None

    async def payer(invoice_id: str, amount: str) -> None:
        body = {
            "invoice_id": invoice_id,
            "amount": {"amount": amount, "currency": "USD"},
            "method": "cash",
            "surplus": "credit",
        }
        paid = await attempt("payments", "/payments", body)
        if paid is not None and dice.random() < 0.4:
            back = {"amount": {"amount": "5.00"}, "reason": "changed their mind"}
            await attempt("payments", f"/payments/{paid['id']}/refunds", back)

    async def clerk(invoice_id: str) -> None:
        settlement = dice.choice(["credit", "offset", "refund"])
        body = {"amount": {"amount": "8.00"}, "reason": "agreed", "settlement": settlement}
        await attempt("billing", f"/invoices/{invoice_id}/credit-notes", body)

    async def manager(invoice_id: str) -> None:
        await attempt("billing", f"/invoices/{invoice_id}/write-offs", {"reason": "too old"})

    doings = [payer(each["id"], dice.choice(["20.00", "12.50"])) for each in made]
    doings += [clerk(each["id"]) for each in made if dice.random() < 0.7]
    doings += [manager(each["id"]) for each in made if dice.random() < 0.4]
    dice.shuffle(doings)
    await asyncio.gather(*doings)
    await world.advance(15)
    await world.calm()

    assert owners
    assert await world.dead_letters() == []
    assert await verify(WorldBooks(world), pause=0.0) == []


async def test_a_corrupted_row_is_named(world: World, servers: Servers) -> None:
    ana = await subscriber(world)
    owed = await invoice(world, ana, "25.00")
    await world.calm()
    database = with_database(servers.postgres_url, world.members["payments"].urls.name)
    async with await psycopg.AsyncConnection.connect(database) as connection:
        await connection.execute(
            "UPDATE receivable SET credited_minor = 300 WHERE invoice_id = %s", (owed["id"],)
        )

    found = await verify(WorldBooks(world), pause=0.0)

    named = [problem for problem in found if owed["id"] in problem]
    assert any("credited is 0 in billing and 300 in payments" in problem for problem in named)
