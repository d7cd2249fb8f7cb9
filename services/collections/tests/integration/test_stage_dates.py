"""Stage dates and holds follow from facts, whatever order events and jobs come in."""

import random
from datetime import timedelta
from typing import Any

import httpx

from services.collections.agenda.timers import keep_agenda
from services.collections.clock.timers import assess_due
from services.collections.pauses.operations import end_pauses, put_pauses
from services.collections.pauses.rules import PauseKind
from services.collections.pauses.store import Ending, NewPause
from services.collections.runs.timers import execute_runs
from services.collections.tests.integration.scene import Line, Scene
from services.collections.tests.integration.test_disputes import credited
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


async def finish(scene: Scene, pause: NewPause) -> None:
    """End a pause before its day."""
    async with scene.running.db.transaction(None) as tx:
        await end_pauses(tx, [Ending(*pause[:4])])


async def test_stage_dates_do_not_depend_on_the_order_of_events_and_jobs(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    """The same facts, told of each customer in another order, give the same dates.

    Part is paid and part credited; a pause until day 18 ends on day 11; the first invoice is
    paid on day 17, the second is late from day 7 on. Customers of a segment have more grace.
    """
    slow = {
        "name": "slow",
        "when": {"fact": "tag", "op": "in", "value": "slow"},
        "overrides": {"grace_days": 4},
    }
    stages = [STAGES[0], STAGES[2], STAGES[3]]
    await publish(scene, client, stages=stages, grace_days=1, segments=[slow])
    chance = random.Random(7)
    groups: dict[tuple[str, ...], list[Line]] = {(): [], ("slow",): []}
    for tags, group in groups.items():
        for _ in range(CUSTOMERS // 2):
            group += await scene.customer(tags=tags)
    lines = [line for group in groups.values() for line in group]
    stories: list[dict[int, list[Any]]] = []
    for line in lines:
        first, second = scene.invoice(line, 0), scene.invoice(line, -6, total_minor=900)
        part, rest = first.paid(1000), first.paid(3000)
        stories.append(
            {
                0: [first.issued(), part],
                1: [first.overdue(), second.issued()],
                8: [credited(first, 500)],
                17: [rest],
            }
        )
    pauses: list[NewPause] = []
    for day in range(38):
        told = [(place, each) for place, story in enumerate(stories) for each in story.get(day, ())]
        chance.shuffle(told)
        for _, each in told:
            await scene.say(*([each] * chance.randint(1, 2)))
            if chance.random() < 0.3:
                await jobs(scene, chance)
        if day == 6:
            pauses = [await put(scene, line, 12) for line in chance.sample(lines, k=CUSTOMERS)]
        if day == 11:
            for pause in chance.sample(pauses, k=CUSTOMERS):
                await finish(scene, pause)
                if chance.random() < 0.3:
                    await jobs(scene, chance)
        await jobs(scene, chance)
        await scene.pass_days(1)
    start = scene.today - timedelta(days=38)
    rows = await scene.rows(
        "SELECT c.line_id, s.stage, s.reached_on FROM case_stage AS s"
        " JOIN dunning_case AS c ON c.id = s.case_id"
    )
    found: dict[Any, list[tuple[int, str]]] = {line.id: [] for line in lines}
    for row in rows:
        found[row["line_id"]].append(((row["reached_on"] - start).days, row["stage"]))
    usual, slowly = ([sorted(found[line.id]) for line in group] for group in groups.values())
    assert usual == [[(3, "warn"), (11, "cut"), (36, "desk")]] * (CUSTOMERS // 2)
    assert slowly == [[(5, "warn"), (11, "cut"), (36, "desk")]] * (CUSTOMERS // 2)
    assert await scene.broken_invariants() == {}
