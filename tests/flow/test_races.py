"""Whatever races, repeats or comes late: once things are quiet, the facts decide."""

import asyncio
import random

from deploy.verify import verify
from shared.bus.pack import SINGLE
from shared.bus.topology import queue_name
from shared.contracts.customers import LineStatus, LineSuspended
from shared.contracts.flow import FLOW
from shared.ids import new_id
from tests.flow.books import WorldBooks
from tests.flow.story import add_line, invoice, line_status, pay, subscriber, today
from tests.flow.world import LISTENERS, World

RACES = 1000
CUSTOMERS = 20


async def test_payment_against_suspension_a_thousand_times(world: World) -> None:
    """Due dates pass and suspensions run while every invoice is being paid."""
    lines, invoices = [], []
    due = await today(world)
    for _ in range(CUSTOMERS):
        ana = await subscriber(world)
        lines += [ana.line_id]
        lines += [await add_line(world, ana.customer_id) for _ in range(4)]
    owners = await world.members["customers"].rows("SELECT id, customer_id FROM line")
    gate = asyncio.Semaphore(8)

    async def bill(line_id: str, customer_id: str) -> None:
        async with gate:
            made = await world.call(
                "billing",
                "POST",
                "/invoices",
                status=201,
                json={
                    "customer_id": customer_id,
                    "line_id": line_id,
                    "due_on": due.isoformat(),
                    "items": [{"description": "x", "unit_price": {"amount": "1.00"}}],
                    "issue": True,
                },
            )
            invoices.append(made["id"])

    per_line = RACES // len(owners)
    await asyncio.gather(
        *(bill(str(o["id"]), str(o["customer_id"])) for o in owners for _ in range(per_line))
    )
    await world.calm()

    async def pay_soon(invoice_id: str) -> None:
        async with gate:
            await asyncio.sleep(random.random() / 10)
            await pay(world, invoice_id, "1.00")

    path = f"/organizations/{world.organization_id}/clock"
    await asyncio.gather(
        world.call("customers", "POST", path, json={"advance_days": 2}),
        *(pay_soon(invoice_id) for invoice_id in invoices),
        *(_tick_a_while(world) for _ in range(2)),
    )
    await world.settle()
    await world.tick()
    await world.settle()

    statuses = await world.members["customers"].rows("SELECT status, holds FROM line")
    assert {row["status"] for row in statuses} == {"active"}
    assert any(event.type == LineSuspended.type for event in world.events), "nothing raced"
    assert await verify(WorldBooks(world), pause=0.0) == []


async def _tick_a_while(world: World) -> None:
    for _ in range(20):
        await asyncio.sleep(0.2)
        await world.tick()


async def test_the_whole_log_again_shuffled_and_repeated_changes_nothing(world: World) -> None:
    ana, ben = await subscriber(world, "Ana"), await subscriber(world, "Ben")
    paid = await invoice(world, ana, due_in=1)
    await invoice(world, ben, due_in=1)
    voided = await invoice(world, ben, due_in=3)
    await world.advance(2)
    await pay(world, paid["id"], "34.50")
    await world.call("billing", "POST", f"/invoices/{voided['id']}/void", json={"reason": "x"})
    await world.settle()
    before = await _states(world)

    log = [event for event in world.events for _ in range(5)]
    random.shuffle(log)
    publisher = world.publisher
    for event in log:
        again = event.model_copy(update={"id": new_id()})  # past the inbox: facts must decide
        body = again.model_dump_json().encode()
        for listener in LISTENERS[event.type]:
            await publisher.to_queue(queue_name(listener), body, SINGLE, {})
            await publisher.to_queue(queue_name(listener), body, SINGLE, {})
    await asyncio.sleep(1.0)
    await world.settle()

    assert await _states(world) == before
    assert await line_status(world, ana.line_id) is LineStatus.ACTIVE
    assert await line_status(world, ben.line_id) is LineStatus.SUSPENDED
    assert await verify(WorldBooks(world), pause=0.0) == []


async def _states(world: World) -> dict[str, list[dict[str, object]]]:
    """What every service believes, by its books."""
    return {
        f"{name}.{book.name}": await member.rows(book.sql)
        for name, member in world.members.items()
        for book in member.service.books
    }


def test_every_event_somebody_hears_has_a_listener_in_the_world() -> None:
    assert set(LISTENERS) == {data.type for data in FLOW}
