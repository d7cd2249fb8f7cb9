"""Due dates pass, lines are suspended; payments bring them back, once and at once."""

from shared.contracts.billing import (
    InvoiceDueSoon,
    InvoiceDueToday,
    InvoiceIssued,
    InvoiceOverdue,
    InvoiceSettled,
    InvoiceVoided,
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
    LineUpdated,
    OrganizationChanged,
)
from shared.contracts.event import EventData
from shared.contracts.payments import AllocationMade, PaymentReceived
from tests.flow.story import add_line, invoice, line_status, pay, subscriber
from tests.flow.world import World

SUSPENDED: list[type[EventData]] = [
    InvoiceOverdue,
    CaseOpened,
    LineSuspensionOrdered,
    LineSuspended,
]
RESTORED: list[type[EventData]] = [
    PaymentReceived,
    AllocationMade,
    InvoiceSettled,
    CaseCured,
    LineReactivationOrdered,
    LineReactivated,
]


async def test_an_overdue_line_is_suspended_and_paying_restores_it_once(world: World) -> None:
    ana = await subscriber(world)
    owed = await invoice(world, ana, due_in=10)
    await world.settle()

    await world.advance(9)
    assert await line_status(world, ana.line_id) is LineStatus.ACTIVE
    await world.advance(1, expect=[OrganizationChanged, InvoiceDueToday, ReminderCreated])
    await world.advance(1, expect=[OrganizationChanged, *SUSPENDED, ReminderCreated])
    assert await line_status(world, ana.line_id) is LineStatus.SUSPENDED

    await pay(world, owed["id"], "34.50")
    await world.settle(expect=RESTORED)
    assert await line_status(world, ana.line_id) is LineStatus.ACTIVE

    await world.advance(30, expect=[OrganizationChanged])


async def test_a_partial_payment_keeps_the_line_suspended(world: World) -> None:
    ana = await subscriber(world)
    owed = await invoice(world, ana, due_in=1)
    await world.advance(2)
    await world.settle()

    await pay(world, owed["id"], "30.00")
    await world.settle(expect=[PaymentReceived, AllocationMade])
    assert await line_status(world, ana.line_id) is LineStatus.SUSPENDED

    await pay(world, owed["id"], "4.50")
    await world.settle(expect=RESTORED)


async def test_a_payment_right_after_the_issue_is_taken(world: World) -> None:
    ana = await subscriber(world)
    await world.settle()
    owed = await invoice(world, ana)
    await pay(world, owed["id"], "34.50")

    await world.settle(expect=[InvoiceIssued, PaymentReceived, AllocationMade, InvoiceSettled])


async def test_voiding_the_overdue_invoice_restores_the_line(world: World) -> None:
    ana = await subscriber(world)
    owed = await invoice(world, ana, due_in=1)
    await world.advance(2)
    await world.settle()

    await world.call("billing", "POST", f"/invoices/{owed['id']}/void", json={"reason": "twice"})

    await world.settle(expect=[InvoiceVoided, CaseCured, LineReactivationOrdered, LineReactivated])
    assert await line_status(world, ana.line_id) is LineStatus.ACTIVE


async def test_a_line_held_for_fraud_stays_suspended_when_the_debt_is_paid(world: World) -> None:
    ana = await subscriber(world)
    owed = await invoice(world, ana, due_in=1)
    await world.advance(2)
    await world.call(
        "customers",
        "POST",
        f"/lines/{ana.line_id}/holds",
        status=201,
        json={"reason": "fraud", "note": "SIM box"},
    )
    await world.settle()

    await pay(world, owed["id"], "34.50")

    await world.settle(expect=[*RESTORED[:-1], LineUpdated])
    assert await line_status(world, ana.line_id) is LineStatus.SUSPENDED


async def test_only_the_line_in_debt_is_suspended(world: World) -> None:
    ana = await subscriber(world)
    other = await add_line(world, ana.customer_id)
    await invoice(world, ana, due_in=1)
    await world.advance(2)

    assert await line_status(world, ana.line_id) is LineStatus.SUSPENDED
    assert await line_status(world, other) is LineStatus.ACTIVE


async def test_an_invoice_falls_due_soon_once(world: World) -> None:
    ana = await subscriber(world)
    await invoice(world, ana, due_in=20)
    await world.settle()

    said = []
    for _ in range(20):
        await world.advance(1)
    said = [event.type for event in world.events]

    assert said.count(InvoiceDueSoon.type) == 1
    assert said.count(InvoiceDueToday.type) == 1
    assert said.count(InvoiceOverdue.type) == 0
    assert said.count(ReminderCreated.type) == 2  # three days before, and on the day


async def test_a_year_of_months_passes_in_seconds(world: World) -> None:
    ana = await subscriber(world)
    for month in range(12):
        owed = await invoice(world, ana, due_in=5)
        await world.advance(20)
        expected = LineStatus.SUSPENDED
        assert await line_status(world, ana.line_id) is expected, month
        await pay(world, owed["id"], "34.50")
        await world.calm()
        assert await line_status(world, ana.line_id) is LineStatus.ACTIVE
        await world.advance(10)
    said = [event.type for event in world.events]
    assert said.count(LineSuspended.type) == said.count(LineReactivated.type) == 12
