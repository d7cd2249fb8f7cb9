"""What a bill run asks for reaches every service: it is paid, or the line is suspended."""

from typing import Any
from uuid import UUID

from shared.contracts.billing import (
    BillRunFinished,
    InvoiceOverdue,
    InvoicesBilled,
    InvoiceSettled,
)
from shared.contracts.customers import LineStatus
from shared.contracts.payments import AllocationMade, PaymentReceived
from tests.flow.story import Subscriber, line_status, pay, subscriber
from tests.flow.world import World


async def subscribed(world: World) -> list[Subscriber]:
    """Two customers whose lines are subscribed to their plan from today."""
    owners = [await subscriber(world, "Ana Torres"), await subscriber(world, "Luis Vega")]
    plan = {"code": "F300", "name": "Fibra 300", "price": {"amount": "30.00"}, "tax_rate": "15"}
    made = await world.call("billing", "POST", "/plans", status=201, json=plan)
    adopted = await world.call("billing", "POST", f"/plans/{made['id']}/adopt", status=202, json={})
    assert adopted["subscribed"] == 2
    await world.settle()
    return owners


async def bill(world: World) -> dict[str, Any]:
    """A bill run up to today, worked off."""
    run = await world.call("billing", "POST", "/bill-runs", status=202, json={})
    await world.tick()
    over: dict[str, Any] = await world.call("billing", "GET", f"/bill-runs/{run['id']}")
    assert over["state"] == "finished"
    return over


async def test_a_billed_line_is_paid_or_suspended(world: World) -> None:
    ana, luis = await subscribed(world)

    run = await bill(world)

    await world.settle(expect=[InvoicesBilled, BillRunFinished])
    assert (run["invoices"], run["total"]["amount"]) == (2, "69.00")
    path = f"/invoices?line_id={ana.line_id}"
    (owed,) = (await world.call("billing", "GET", path))["items"]
    await pay(world, owed["id"], "34.50")
    await world.settle(expect=[PaymentReceived, AllocationMade, InvoiceSettled])
    await world.advance(14)
    await world.advance(2)
    await world.settle()
    assert [event.data.line_id for event in world.events if event.type == InvoiceOverdue.type] == [
        UUID(luis.line_id)
    ]
    assert await line_status(world, ana.line_id) is LineStatus.ACTIVE
    assert await line_status(world, luis.line_id) is LineStatus.SUSPENDED


async def test_billing_again_asks_nobody_twice(world: World) -> None:
    await subscribed(world)
    await bill(world)
    await world.settle()

    again = await bill(world)

    await world.settle(expect=[BillRunFinished])
    assert again["invoices"] == 0
