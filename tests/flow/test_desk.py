"""A collector's case from its opening to its cure, told by the events that follow."""

from datetime import timedelta
from typing import Any

from shared.contracts.billing import (
    InvoiceDueSoon,
    InvoiceDueToday,
    InvoiceIssued,
    InvoiceSettled,
)
from shared.contracts.collections import (
    CaseCured,
    LineReactivationOrdered,
    LineSuspensionOrdered,
    OfferMade,
    OfferTaken,
    PlanAgreed,
    PlanKept,
    PromiseBroken,
    PromiseMade,
    ReminderCreated,
)
from shared.contracts.customers import (
    LineReactivated,
    LineStatus,
    LineSuspended,
    OrganizationChanged,
)
from shared.contracts.event import EventData
from shared.contracts.payments import AllocationMade, PaymentReceived
from shared.ids import new_id
from tests.flow.story import Subscriber, invoice, line_status, pay, subscriber, today
from tests.flow.test_suspension import RESTORED, SUSPENDED
from tests.flow.world import World

PAID: list[type[EventData]] = [PaymentReceived, AllocationMade]
OFF: list[type[EventData]] = [LineSuspensionOrdered, LineSuspended]
BACK: list[type[EventData]] = [LineReactivationOrdered, LineReactivated]


async def desk(world: World, path: str, status: int = 201, **body: Any) -> Any:
    return await world.call("collections", "POST", f"/collections/{path}", status=status, json=body)


async def assigned_case(world: World, owner: Subscriber) -> str:
    """The case of a subscriber, given to a new collector."""
    path = f"/collections/cases?line_id={owner.line_id}"
    (case,) = (await world.call("collections", "GET", path))["items"]
    rosa = await desk(world, "collectors", user_id=str(new_id()), name="Rosa", capacity=1)
    await desk(world, f"cases/{case['id']}/assign", 200, collector_id=rosa["id"])
    return str(case["id"])


async def test_a_promise_is_broken_then_a_plan_is_kept(world: World) -> None:
    ana = await subscriber(world)
    owed = await invoice(world, ana, "60.00", due_in=1)
    await world.settle()
    await world.advance(1)
    await world.advance(1, expect=[OrganizationChanged, *SUSPENDED, ReminderCreated])
    case = await assigned_case(world, ana)

    promised_for = (await today(world) + timedelta(days=2)).isoformat()
    await desk(world, f"cases/{case}/promises", promised_for=promised_for, reconnect=True)
    await world.settle(expect=[PromiseMade, *BACK])
    await world.advance(2, expect=[OrganizationChanged])
    await world.advance(1, expect=[OrganizationChanged, PromiseBroken, *OFF])

    first_on = (await today(world) + timedelta(days=1)).isoformat()
    schedule = {"count": 2, "first_on": first_on, "every": "month"}
    await desk(world, f"cases/{case}/plans", schedule=schedule)
    await world.settle(expect=[PlanAgreed])
    await pay(world, owed["id"], "30.00")
    await world.settle(expect=[*PAID, *BACK])
    await world.advance(20, expect=[OrganizationChanged])
    await pay(world, owed["id"], "30.00")
    await world.settle(expect=[*RESTORED[:-2], PlanKept])
    assert CaseCured in RESTORED[:-2]

    shown = await world.call("collections", "GET", f"/collections/cases/{case}")
    assert (shown["status"], shown["closed_reason"]) == ("closed", "cured")
    timeline = await world.call("collections", "GET", f"/collections/cases/{case}/timeline")
    told = [each["kind"] for each in reversed(timeline["items"])]
    assert [kind for kind in told if kind not in ("decision", "moved", "reminder")] == [
        "assigned",
        "promise",
        "promise",
        "plan",
        "payment",
        "payment",
        "plan",
    ]
    moves = [each["data"]["to"] for each in timeline["items"] if each["kind"] == "moved"]
    assert moves == ["closed", "payment_plan", "negotiating", "in_contact", "assigned"]
    await world.advance(30, expect=[OrganizationChanged])
    assert await world.broken_promises() == []
    assert await world.dead_letters() == []


async def test_a_plans_fee_is_invoiced_and_paid_with_its_last_instalment(world: World) -> None:
    ana = await subscriber(world)
    owed = await invoice(world, ana, "90.00", due_in=1)
    await world.advance(1)
    await world.advance(1)
    await world.settle()
    path = f"/collections/cases?line_id={ana.line_id}"
    (case,) = (await world.call("collections", "GET", path))["items"]

    first_on = (await today(world) + timedelta(days=1)).isoformat()
    plan = await desk(
        world,
        f"cases/{case['id']}/plans",
        schedule={"count": 2, "first_on": first_on, "every": "week"},
        fee={"amount": "10.00"},
    )
    await world.settle(expect=[PlanAgreed, InvoiceIssued])
    fee = await world.call("billing", "GET", f"/invoices/{plan['fee_invoice_id']}")
    assert (fee["kind"], fee["due_on"]) == ("plan_fee", plan["last_due_on"])
    assert fee["total"] == {"amount": "10.00", "currency": "USD"}

    await world.advance(1, expect=[OrganizationChanged])
    await pay(world, owed["id"], "50.00")
    await world.settle(expect=[*PAID, *BACK])
    await world.advance(4, expect=[OrganizationChanged, InvoiceDueSoon])
    await world.advance(3, expect=[OrganizationChanged, InvoiceDueToday])
    await pay(world, owed["id"], "40.00")
    await world.settle(expect=[*PAID, InvoiceSettled, CaseCured])
    await pay(world, fee["id"], "10.00")
    await world.settle(expect=[*PAID, InvoiceSettled, PlanKept])
    await world.advance(30, expect=[OrganizationChanged])
    assert await line_status(world, ana.line_id) is LineStatus.ACTIVE
    assert await world.broken_promises() == []


async def test_an_offer_is_taken_and_the_line_comes_back(world: World) -> None:
    ana = await subscriber(world)
    owed = await invoice(world, ana, "90.00", due_in=1)
    await world.advance(2)
    case = await assigned_case(world, ana)
    await world.settle()

    until = (await today(world) + timedelta(days=5)).isoformat()
    await desk(world, f"cases/{case}/offers", amount={"amount": "60.00"}, offered_until=until)
    await world.settle(expect=[OfferMade])
    await pay(world, owed["id"], "60.00")
    await world.settle(expect=[*PAID, OfferTaken, *BACK])
    shown = await world.call("collections", "GET", f"/collections/cases/{case}")
    assert shown["status"] == "settled"
    assert shown["debt"] == {"amount": "30.00", "currency": "USD"}
    assert await world.broken_promises() == []
