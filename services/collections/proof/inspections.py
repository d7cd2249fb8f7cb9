"""Whoever is judged again stays as they are.

What a line deserves is a function of facts, policy, day and moment. So judging everybody once
more must change nothing: no order, no stage, no end of an episode, and whoever waits for a
moment has an appointment with it. The rules are those that judged in the first place, the
facts those of now; what was concluded from them before is not looked at. So damage on either
side shows: a fact that was changed behind the service's back, or an order that was.

Left out is what is still to be worked through: whoever has an appointment whose moment has
come, and what an organization's day or run in hand, stopped or dismissed would change.

Nobody is locked, and an administrator only reads. A fact may come between one statement and
the next; so those who seem wrong are looked at again, and are wrong if they seem so twice.
"""

from collections.abc import AsyncGenerator, Iterator
from typing import Any, Final
from uuid import UUID

from services.collections.decisions.rules import Outcome
from services.collections.enforcement.operations import Weighed, weigh
from services.collections.enforcement.rules import Cause, Concern, Push
from services.collections.proof import store
from services.collections.proof.store import UnderWay
from shared import clock
from shared.db import Connection
from shared.runtime import Inspection

PAGE: Final = 500
NOBODY: Final = UUID(int=0)
CAUSE: Final = Cause("collections.proof")

Whose = tuple[UUID, UUID]
Row = dict[str, Any]


async def find_wrong(tx: Connection) -> AsyncGenerator[Row, None]:
    """Everybody who would not stay as they are, with what would change."""
    last = NOBODY
    while page := await store.customers_after(tx, last, PAGE):
        last = page[-1][0]
        seeming = await _judge_again(tx, page)
        customer_ids = {row["customer_id"] for row in seeming}
        again = [whose for whose in page if whose[0] in customer_ids]
        for row in await _judge_again(tx, again) if again else ():
            if row in seeming:
                yield row


async def _judge_again(tx: Connection, customers: list[Whose]) -> list[Row]:
    now = clock.now()
    waiting = await store.due(tx, [each[0] for each in customers], now)
    states = await store.under_way(tx, {each[1] for each in customers}, now)
    concerns = [
        Concern(organization_id, customer_id, None, Push.EITHER, CAUSE, whole=True)
        for customer_id, organization_id in customers
        if customer_id not in waiting
        and (state := states.get(organization_id)) is not None
        and not state.run
    ]
    weighed = await weigh(tx, concerns)
    found = [*_orders(weighed, states), *_stages(weighed, states)]
    for appointment in await store.without_appointment(tx, weighed.appointments):
        at = appointment.at.isoformat()
        found.append(_row(*appointment[:3], f"waits for {at} without an appointment"))
    return found


def _orders(weighed: Weighed, states: dict[UUID, UnderWay]) -> Iterator[Row]:
    for made in weighed.decided:
        organization_id, customer_id, line_id, *_ = made.concern
        if made.outcome is Outcome.REACTIVATE:
            yield _row(organization_id, customer_id, line_id, "is off, and is to be on")
        elif made.outcome is Outcome.SUSPEND and not _may_wait(states[organization_id]):
            yield _row(organization_id, customer_id, line_id, "is on, and is to be off")


def _stages(weighed: Weighed, states: dict[UUID, UnderWay]) -> Iterator[Row]:
    for climbed in weighed.climbed:
        subject = climbed.subject
        owner = subject.organization_id, subject.customer_id, subject.line_id
        if climbed.cured:
            yield _row(*owner, "owes nothing overdue, and has not left its ladder")
        elif not _may_wait(states[subject.organization_id]):
            for stage in climbed.stages:
                yield _row(*owner, f"has come to stage {stage.code}, which is not recorded")
            for stage, debt in climbed.fees:
                yield _row(*owner, f"has no late fee {stage.code} ordered for {debt.number}")


def _may_wait(state: UnderWay) -> bool:
    return state.day or state.dismissed


def _row(organization_id: UUID, customer_id: UUID, line_id: UUID | None, wrong: str) -> Row:
    return {
        "organization_id": organization_id,
        "customer_id": customer_id,
        "line_id": line_id,
        "wrong": wrong,
    }


INSPECTIONS: Final = (
    Inspection(name="whoever is judged again stays as they are", find=find_wrong),
)
