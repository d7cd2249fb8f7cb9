"""Stage dates and holds follow from facts, whatever order events and jobs come in."""

import random
from datetime import timedelta
from typing import Any

import httpx

from services.collections.agenda.timers import keep_agenda
from services.collections.clock.timers import assess_due
from services.collections.pauses.operations import put_pauses
from services.collections.pauses.rules import PauseKind
from services.collections.pauses.store import NewPause
from services.collections.runs.timers import execute_runs
from services.collections.tests.integration.scene import Line, Scene
from services.collections.tests.integration.test_policies import STAGES, publish
from shared.ids import new_id

CUSTOMERS = 6


async def put(scene: Scene, line: Line, days: int, **more: Any) -> NewPause:
    """Pause what a customer owes for some days from today."""
    made = NewPause(
        scene.organization.id,
        line.customer_id,
        PauseKind.MANUAL,
        new_id(),
        from_on=scene.today,
        until_on=scene.today + timedelta(days=days),
        **more,
    )
    async with scene.running.db.transaction(None) as tx:
        await put_pauses(tx, [made])
    return made


async def jobs(scene: Scene, chance: random.Random) -> None:
    """Every timer, in some order, some of them twice."""
    timers = [assess_due, keep_agenda, execute_runs]
    for timer in chance.sample(timers + timers[: chance.randint(0, 2)], k=3):
        await scene.running.run_timer(timer)
    for timer in timers:
        await scene.running.run_timer(timer)


async def test_stage_dates_do_not_depend_on_the_order_of_events_and_jobs(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    """The same facts, told of each customer in another order, give the same dates."""
    await publish(scene, client, stages=[STAGES[0], STAGES[2], STAGES[3]], grace_days=1)
    chance = random.Random(7)
    lines = [await scene.line() for _ in range(CUSTOMERS)]
    stories: list[dict[int, list[Any]]] = []
    for line in lines:
        first, second = scene.invoice(line, 0), scene.invoice(line, -6, total_minor=900)
        part, rest = first.paid(1000), first.paid()
        stories.append(
            {0: [first.issued(), part], 1: [first.overdue(), second.issued()], 17: [rest]}
        )
    for day in range(40):
        told = [(place, each) for place, story in enumerate(stories) for each in story.get(day, ())]
        chance.shuffle(told)
        for _, each in told:
            await scene.say(*([each] * chance.randint(1, 2)))
            if chance.random() < 0.3:
                await jobs(scene, chance)
        if day == 6:
            for line in chance.sample(lines, k=CUSTOMERS):
                await put(scene, line, 6)
        await jobs(scene, chance)
        await scene.pass_days(1)
    start = scene.today - timedelta(days=40)
    rows = await scene.rows(
        "SELECT c.line_id, s.stage, s.reached_on FROM case_stage AS s"
        " JOIN dunning_case AS c ON c.id = s.case_id"
    )
    found: dict[Any, list[tuple[int, str]]] = {}
    for row in rows:
        days = (row["reached_on"] - start).days
        found.setdefault(row["line_id"], []).append((days, row["stage"]))
    dates = {line_id: sorted(steps) for line_id, steps in found.items()}
    assert set(dates) == {line.id for line in lines}
    assert len({tuple(steps) for steps in dates.values()}) == 1, dates
    assert dates[lines[0].id] == [(3, "warn"), (13, "cut"), (36, "desk")]
