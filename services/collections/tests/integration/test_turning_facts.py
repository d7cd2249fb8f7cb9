"""What lines are judged by beside debts: when it turns, they are judged again, on that day."""

from datetime import timedelta
from typing import Any

import httpx

from services.collections.tests.integration.scene import Line, Scene
from services.collections.tests.integration.test_policies import day_by_day, publish
from shared.contracts.customers import CustomerUpdated, LineUpdated


async def describe(scene: Scene, line: Line, version: int, **described: Any) -> None:
    """The customer of a line is described anew."""
    facts: dict[str, Any] = {"name": "Ana", "national_id": None, "external_ref": None}
    facts |= {"active": True, "email": None, "phone": None} | described
    await scene.say(CustomerUpdated(customer_id=line.customer_id, version=version, **facts))


async def update(scene: Scene, line: Line, **changes: Any) -> None:
    """Customers says something new of a line."""
    line.version += 1
    await scene.say(LineUpdated(**line.facts() | changes))


def cut(day: int, fact: str, op: str, value: Any) -> dict[str, Any]:
    """A policy that cuts from a day on, on a condition."""
    when = {"fact": fact, "op": op, "value": value}
    return {"stages": [{"code": "cut", "kind": "suspend", "day": day, "when": when}]}


async def test_a_condition_on_days_overdue_turns_on_its_day(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    await publish(scene, client, **cut(3, "days_overdue", "gt", 6))
    line = await scene.line()
    await scene.issue(line, days_overdue=0)
    assert await day_by_day(scene, 8) == [(7, "ordered off")]
    assert await scene.broken_invariants() == {}


async def test_a_condition_on_tenure_turns_on_its_day(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    await publish(scene, client, **cut(1, "tenure_days", "gte", 100))
    line = await scene.line()
    await update(scene, line, installed_on=scene.today - timedelta(days=95))
    await scene.issue(line, days_overdue=0)
    assert await day_by_day(scene, 6) == [(5, "ordered off")]
    assert await scene.broken_invariants() == {}


async def test_a_condition_on_debts_turns_when_one_is_late_whatever_grace_says(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    safety = {"share_percent": 100, "at_least": 50}
    terms = cut(1, "open_debts", "gte", 2) | {"grace_days": 5, "safety": safety}
    await publish(scene, client, **terms)
    line = await scene.line()
    await scene.issue(line, days_overdue=10)
    await scene.issue(line, days_overdue=-1)
    assert await day_by_day(scene, 3) == [(2, "ordered off")]
    assert await scene.broken_invariants() == {}


async def test_a_line_that_becomes_essential_or_another_plan_is_judged_at_once(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    lenient = {"when": {"fact": "plan", "op": "in", "value": "gold"}, "name": "gold"}
    segments = [lenient | {"overrides": {"grace_days": 90}}]
    stages = [{"code": "cut", "kind": "suspend", "day": 1}]
    await publish(
        scene, client, stages=stages, segments=segments, restore={"rule": "below_threshold"}
    )
    first, second = await scene.line(), await scene.line()
    for line in (first, second):
        await scene.issue(line)
    assert len(await scene.obey()) == 2
    await update(scene, first, essential=True)
    await update(scene, second, plan_name="gold")
    assert await scene.orders() == [("reactivate", first.id, 2), ("reactivate", second.id, 2)]
    assert await scene.broken_invariants() == {}


async def test_a_customer_who_gets_a_tag_is_judged_at_once(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    await publish(scene, client, **cut(1, "tag", "not_in", "vip"))
    line = (await scene.customer(tags=("vip",)))[0]
    await scene.issue(line)
    assert await scene.orders() == []
    await describe(scene, line, 2, tags=())
    assert await scene.orders() == [("suspend", line.id, 1)]
    await describe(scene, line, 3, tags=(), name="Eva")
    assert await scene.decisions(line) != []
    assert len(await scene.decisions(line)) == 1, "a name decides nothing"


async def test_a_moratorium_holds_for_whoever_moves_into_its_area_until_its_end(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    line, _ = await scene.off()
    body = {"area": "delta", "reason": "flood", "until_on": str(scene.today + timedelta(days=3))}
    granted = await client.post("/collections/exemptions", json=body)
    assert granted.status_code == 201, granted.text
    await describe(scene, line, 2, area="delta")
    assert await scene.obey() == [("reactivate", line.id, 2)]
    assert await day_by_day(scene, 5) == [(4, "ordered off")]
    assert await scene.broken_invariants() == {}
