"""A projection made anew from the event log equals the live one, and mends a broken one."""

import asyncio

import pytest

from shared.bus.rebuild import rebuild
from tests.flow.story import invoice, pay, subscriber
from tests.flow.world import SERVICES, World

PROJECTIONS = [(s.name, p.name) for s in SERVICES for p in s.projections]


async def busy(world: World) -> None:
    """Something of everything."""
    ana, ben = await subscriber(world, "Ana"), await subscriber(world, "Ben")
    paid = await invoice(world, ana, due_in=1)
    await invoice(world, ben, due_in=1)
    voided = await invoice(world, ben, due_in=3)
    await world.advance(2)
    await pay(world, paid["id"], "20.00")
    await world.call("billing", "POST", f"/invoices/{voided['id']}/void", json={"reason": "x"})
    await world.settle()


@pytest.mark.parametrize(("service", "name"), PROJECTIONS)
async def test_a_rebuilt_projection_differs_in_no_row(
    world: World, service: str, name: str
) -> None:
    await busy(world)
    member = world.members[service]
    [projection] = [p for p in member.service.projections if p.name == name]

    events, differing = await rebuild(member.db, world.amqp_url, projection)

    assert events > 0
    assert differing == 0


async def test_a_damaged_projection_is_mended_while_events_arrive(world: World) -> None:
    await busy(world)
    payments = world.members["payments"]
    [projection] = [p for p in payments.service.projections if "receivable" in p.tables]
    before = await payments.rows("SELECT * FROM receivable ORDER BY invoice_id")
    async with payments.db.transaction(None) as tx:
        await tx.execute("UPDATE receivable SET total_minor = total_minor + 1, number = 'wrong'")

    ana = await subscriber(world, "Late")
    _, (_, differing) = await asyncio.gather(
        invoice(world, ana), rebuild(payments.db, world.amqp_url, projection)
    )
    await world.settle()

    assert differing >= len(before)
    after = await payments.rows("SELECT * FROM receivable ORDER BY invoice_id")
    assert [
        row for row in after if row["invoice_id"] in {b["invoice_id"] for b in before}
    ] == before
    assert len(after) == len(before) + 1
