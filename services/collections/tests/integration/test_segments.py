"""Segments: whoever belongs to one is reminded, and has a case, by the terms of that one."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import httpx
import pytest

from services.collections.clock.timers import assess_due
from services.collections.reminders.timers import remind_due
from services.collections.tests.integration.conftest import settled
from services.collections.tests.integration.scene import Scene
from services.collections.tests.integration.test_policies import publish
from services.collections.tests.integration.test_without_line import owed_by, pupil, registered
from services.collections.whatif.timers import run_what_ifs
from shared import clock
from shared.clock import FrozenClock
from shared.contracts.collections import CaseOpened, CaseStageReached, ReminderCreated
from shared.ids import new_id
from shared.testing import Running

NINE = datetime(2027, 3, 10, 14, tzinfo=UTC)  # nine in the morning in Guayaquil
BIG: dict[str, Any] = {"fact": "amount_due", "op": "gte", "value": "50.00"}
GOLD: dict[str, Any] = {"fact": "tag", "op": "in", "value": ["gold"]}
REMIND: list[dict[str, Any]] = [
    {"code": "before", "kind": "remind", "day": -1},
    {"code": "big", "kind": "remind", "day": 2, "when": BIG},
    {"code": "late", "kind": "remind", "day": 3},
    {"code": "cut", "kind": "suspend", "day": 90},
]
KIND = {"stages": [{"code": "kind", "kind": "remind", "day": 4}, REMIND[3]]}
EVERY = {"overdue_every_days": 5, "overdue_until_days": 10}


@pytest.fixture
def frozen() -> Iterator[FrozenClock]:
    """It is nine o'clock, before anything is known of the organization."""
    with clock.frozen(NINE) as at:
        yield at


@pytest.fixture
async def scene(frozen: FrozenClock, service: Running) -> Scene:
    """An organization whose calendar has been followed to today."""
    return await settled(service, Scene(service, service.organization))


async def day_of_reminders(scene: Scene, frozen: FrozenClock) -> list[Any]:
    """The customers reminded on the next day."""
    frozen.advance(timedelta(days=1))
    await scene.running.run_timer(assess_due)
    await scene.running.run_timer(remind_due)
    return [each.customer_id for each in await scene.said() if isinstance(each, ReminderCreated)]


async def test_everybody_is_reminded_by_the_schedule_of_their_own_segment(
    scene: Scene, client: httpx.AsyncClient, frozen: FrozenClock
) -> None:
    segments = [
        {"name": "gold", "when": GOLD, "overrides": KIND},
        {
            "name": "old",
            "when": {"fact": "plan", "op": "in", "value": ["fibra-9"]},
            "overrides": KIND,
        },
    ]
    policy = await publish(scene, client, stages=REMIND, segments=segments, reminders=EVERY)
    plain = (await scene.customer(name="plain"))[0]
    gold = (await scene.customer(name="gold", tags=("gold",)))[0]
    child = await pupil(scene, days_overdue=-2)
    for line, total in ((plain, 4500), (gold, 4500)):
        await scene.issue(line, days_overdue=-2, total_minor=total)
    big = (await scene.customer(name="big"))[0]
    await scene.issue(big, days_overdue=-2, total_minor=5000)
    names = {plain.customer_id: "plain", gold.customer_id: "gold", big.customer_id: "big"}
    names[child.customer_id] = "child"
    days: dict[str, list[int]] = {name: [] for name in names.values()}
    for day in range(-1, 13):
        for customer_id in await day_of_reminders(scene, frozen):
            days[names[customer_id]].append(day)
    assert days == {
        "plain": [-1, 3, 8],
        "gold": [4, 9],
        "big": [-1, 2, 3, 7],
        "child": [-1, 3, 8],
    }
    stages = await scene.rows(
        "SELECT DISTINCT stage FROM reminder WHERE customer_id = %s", gold.customer_id
    )
    assert [row["stage"] for row in stages] == ["kind"]
    body = {
        "policy_id": policy["id"],
        "from_on": (scene.today - timedelta(days=30)).isoformat(),
        "to_on": scene.today.isoformat(),
    }
    async with scene.running.client() as later:
        asked = await later.post("/collections/what-ifs", json=body)
        await scene.running.run_timer(run_what_ifs)
        found = (await later.get(asked.headers["Location"])).json()
    assert [
        (each["kind"], each["would"], each["did"], each["same"]) for each in found["summary"]
    ] == [("remind", 12, 12, 12)]


async def test_a_condition_is_judged_on_the_day_by_all_that_is_overdue(
    scene: Scene, client: httpx.AsyncClient, frozen: FrozenClock
) -> None:
    await publish(scene, client, stages=REMIND, scope="customer")
    lines = await scene.customer(lines=2)
    invoices = [await scene.issue(line, days_overdue=0, total_minor=2500) for line in lines]
    assert await day_of_reminders(scene, frozen) == []
    assert await day_of_reminders(scene, frozen) == [lines[0].customer_id] * 2
    await scene.say(invoices[0].paid())
    assert await day_of_reminders(scene, frozen) == [lines[0].customer_id]


SMALL: dict[str, Any] = {
    "name": "small",
    "when": GOLD,
    "overrides": {
        "minimum_debt": {"amount": "5.00"},
        "grace_days": 0,
        "stages": [{"code": "soon", "kind": "warn", "day": 1}],
    },
}
WARN = [{"code": "warn", "kind": "warn", "day": 3}]


async def test_a_case_opens_by_the_grace_and_minimum_of_its_own_segment(
    scene: Scene, client: httpx.AsyncClient, frozen: FrozenClock
) -> None:
    """No sooner than the policy's for others, no later than the segment's stages."""
    await publish(
        scene,
        client,
        stages=WARN,
        segments=[SMALL],
        grace_days=2,
        minimum_debt={"amount": "50.00"},
    )
    gold = (await scene.customer(tags=("gold",)))[0]
    plain, poor = await scene.line(), await scene.line()
    for line, total in ((gold, 1000), (plain, 6000), (poor, 1000)):
        await scene.issue(line, days_overdue=0, total_minor=total)
    child = await pupil(scene, days_overdue=0, tags=("gold",))
    names = {gold.customer_id: "gold", plain.customer_id: "plain", child.customer_id: "child"}
    told: list[tuple[int, str, str]] = []
    for day in range(1, 6):
        frozen.advance(timedelta(days=1))
        await scene.running.run_timer(assess_due)
        for said in await scene.said():
            match said:
                case CaseOpened(customer_id=customer_id):
                    told.append((day, names[customer_id], "opened"))
                case CaseStageReached(customer_id=customer_id, stage=stage):
                    told.append((day, names[customer_id], stage))
    assert sorted(told) == [
        (1, "child", "opened"),
        (1, "child", "soon"),
        (1, "gold", "opened"),
        (1, "gold", "soon"),
        (3, "plain", "opened"),
        (3, "plain", "warn"),
    ]
    rows = await scene.rows("SELECT customer_id, segment FROM dunning_case")
    assert {names[row["customer_id"]]: row["segment"] for row in rows} == {
        "gold": "small",
        "child": "small",
        "plain": None,
    }


async def test_whether_a_case_opens_does_not_depend_on_the_order_of_events(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    await publish(scene, client, stages=WARN, segments=[SMALL], minimum_debt={"amount": "50.00"})
    found = set()
    for tags in ((), ("gold",)):
        for order in permutations(range(4)):
            invoice = owed_by(scene, new_id(), 9, minor=2000)
            story = [
                registered(invoice.customer_id, tags=tags),
                invoice.issued(),
                invoice.overdue(),
                invoice.paid(500),
            ]
            for place in order:
                await scene.say(story[place])
            cases = await scene.rows(
                "SELECT segment, debt_minor, stage FROM dunning_case WHERE customer_id = %s",
                invoice.customer_id,
            )
            found.add((tags, *(tuple(case.values()) for case in cases)))
    assert found == {((),), (("gold",), ("small", 1500, "soon"))}
