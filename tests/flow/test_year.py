"""A year of dunning for one customer under a test clock, told by the events that follow.

Twelve months are billed. The customer pays in time, late, only after the line was cut, after a
fee, after a promise, and in the end not at all.
"""

from collections import Counter
from typing import Any, Final

import pytest

from shared.contracts.customers import LineStatus
from tests.flow.story import Subscriber, invoice, line_status, pay, subscriber
from tests.flow.world import World

LADDER: Final[dict[str, Any]] = {
    "name": "A ladder",
    "document": {
        "stages": [
            {"code": "soon", "kind": "remind", "day": -3},
            {"code": "late", "kind": "remind", "day": 2},
            {"code": "warn", "kind": "warn", "day": 4},
            {"code": "cut", "kind": "suspend", "day": 7},
            {"code": "fee", "kind": "late_fee", "day": 9, "rule": "late"},
            {"code": "loss", "kind": "propose_write_off", "day": 20},
        ]
    },
}
FEE: Final[dict[str, Any]] = {
    "code": "late",
    "name": "Late payment",
    "charge": "flat",
    "amount": {"amount": "2.00"},
    "due_days": 30,
}
DUE_IN: Final = 10


class Year:
    """One customer's year: what happens, in order, each day's events by name."""

    def __init__(self, world: World, ana: Subscriber) -> None:
        self.world = world
        self.ana = ana

    async def bill(self) -> dict[str, Any]:
        """The month's invoice; nothing but its issue follows."""
        made = await invoice(self.world, self.ana, "34.50", due_in=DUE_IN)
        assert await self.heard() == {"invoice-issued": 1}
        return made

    async def pass_days(self, count: int) -> dict[str, int]:
        """Days go by, each looked at twice; what happened beside the clock being moved."""
        for _ in range(count):
            path = f"/organizations/{self.world.organization_id}/clock"
            await self.world.call("customers", "POST", path, json={"advance_days": 1})
            for _ in range(2):
                await self.world.calm()
                await self.world.tick()
        heard = await self.heard()
        assert heard.pop("organization-changed") == count
        return heard

    async def pay(self, invoice_id: str, amount: str = "34.50") -> dict[str, int]:
        """Money comes; what follows from it."""
        await pay(self.world, invoice_id, amount)
        await self.world.calm()
        await self.world.tick()
        return await self.heard()

    async def heard(self) -> dict[str, int]:
        """The events since the last time, counted by name."""
        return dict(Counter(e.type.split(".")[1] for e in await self.world.settle()))


async def begin(world: World) -> Year:
    """A subscriber under the ladder."""
    ana = await subscriber(world)
    await world.call("billing", "POST", "/late-fee-rules", status=201, json=FEE)
    made = await world.call("collections", "POST", "/collections/policies", status=201, json=LADDER)
    await world.call("collections", "POST", f"/collections/policies/{made['id']}/publish")
    await world.tick()
    await world.settle()
    return Year(world, ana)


IN_TIME: Final = {"payment-received": 1, "allocation-made": 1, "invoice-settled": 1}
BACK: Final = {"line-reactivation-ordered": 1, "line-reactivated": 1, "case-cured": 1}
SOON: Final = {"invoice-due-soon": 1, "reminder-created": 1}
OVERDUE: Final = {"invoice-overdue": 1, "case-opened": 1}
REACHED: Final = {"case-stage-reached": 1}
CUT: Final = {"line-suspension-ordered": 1, "line-suspended": 1} | REACHED
CHARGED: Final = {"late-fee-ordered": 1, "invoice-issued": 1} | REACHED


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_a_year_of_dunning(world: World) -> None:
    year = await begin(world)
    ana = year.ana
    for _ in range(8):  # the good months
        owed = await year.bill()
        assert await year.pay(owed["id"]) == IN_TIME
        await world.advance(30)
        await world.settle()

    owed = await year.bill()  # late by three days: reminded, never cut
    assert await year.pass_days(7) == SOON
    assert await year.pass_days(3) == {"invoice-due-today": 1}
    assert await year.pass_days(1) == OVERDUE
    assert await year.pass_days(1) == {"reminder-created": 1}
    assert await year.pass_days(1) == {}
    assert await year.pay(owed["id"]) == IN_TIME | {"case-cured": 1}

    owed = await year.bill()  # cut on the seventh day
    await year.pass_days(13)
    assert await year.pass_days(1) == REACHED
    assert await year.pass_days(2) == {}
    assert await year.pass_days(1) == CUT
    assert await line_status(world, ana.line_id) is LineStatus.SUSPENDED
    assert await year.pay(owed["id"]) == IN_TIME | BACK

    owed = await year.bill()  # charged a fee, which the ladder bears no fee for
    await year.pass_days(17)
    assert await year.pass_days(2) == CHARGED
    assert await year.pay(owed["id"]) == IN_TIME | BACK
    fees = await world.call("billing", "GET", "/invoices?kind=late_fee")
    assert [fee["total"]["amount"] for fee in fees["items"]] == ["2.00"]
    assert await year.pay(fees["items"][0]["id"], "2.00") == IN_TIME

    owed = await year.bill()  # never paid: proposed for write-off, and written off
    await year.pass_days(19)
    assert await year.pass_days(10) == {}
    assert await year.pass_days(1) == REACHED
    path = f"/invoices/{owed['id']}/write-offs"
    await world.call("billing", "POST", path, status=201, json={"reason": "moved away"})
    assert await year.heard() == {"invoice-written-off": 1, "invoice-settled": 1} | BACK

    assert await line_status(world, ana.line_id) is LineStatus.ACTIVE
    assert await world.dead_letters() == []
    assert await world.broken_promises() == []
