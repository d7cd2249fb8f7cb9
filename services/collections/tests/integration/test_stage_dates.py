"""Stage dates and holds follow from facts, whatever order events and jobs come in."""

import asyncio
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from services.collections.agenda.timers import keep_agenda
from services.collections.clock.timers import assess_due
from services.collections.pauses.operations import end_pauses, put_pauses
from services.collections.pauses.rules import PauseKind
from services.collections.pauses.store import Ending, NewPause
from services.collections.runs.timers import execute_runs
from services.collections.tests.integration.conftest import settled
from services.collections.tests.integration.scene import Invoice, Line, Scene
from services.collections.tests.integration.test_policies import STAGES, publish
from shared.contracts.customers import HoldReason, LineStatus, LineSuspended
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


class Dunning(RuleBasedStateMachine):
    """Two lines of one customer under a policy of stages; facts and days come as they like."""

    def __init__(self, scene: Scene, run: Callable[[Any], Any]) -> None:
        super().__init__()
        self.scene = scene
        self.run = run
        self.lines: list[Line] = []
        self.invoices: list[Invoice] = []
        self.pauses: list[NewPause] = []

    @initialize()
    def customer(self) -> None:
        """A customer with two lines, and nothing owed."""
        self.lines = self.run(self.scene.customer(lines=2))

    @rule(place=st.integers(0, 1), late=st.integers(-2, 12), total=st.integers(1, 3))
    def issue(self, place: int, late: int, total: int) -> None:
        """An invoice, late already or not yet."""
        made = self.run(self.scene.issue(self.lines[place], late, total))
        self.invoices.append(made)

    @precondition(lambda self: self.invoices)
    @rule(data=st.data(), whole=st.booleans())
    def pay(self, data: st.DataObject, whole: bool) -> None:
        """Money comes for one."""
        invoice = data.draw(st.sampled_from(self.invoices))
        if open_minor := invoice.total_minor - invoice.allocated_minor:
            self.run(self.scene.say(invoice.paid(open_minor if whole else 1)))

    @precondition(lambda self: self.invoices)
    @rule(data=st.data())
    def void(self, data: st.DataObject) -> None:
        """One is annulled."""
        invoice = data.draw(st.sampled_from(self.invoices))
        self.invoices.remove(invoice)
        self.run(self.scene.say(invoice.voided()))

    @rule(place=st.integers(0, 1), days=st.integers(0, 5), amount=st.none() | st.integers(1, 4))
    def pause(self, place: int, days: int, amount: int | None) -> None:
        """As a promise does for everything, or a dispute for an amount."""
        made = put(self.scene, self.lines[place], days, amount_minor=amount)
        self.pauses.append(self.run(made))

    @precondition(lambda self: self.pauses)
    @rule(data=st.data())
    def unpause(self, data: st.DataObject) -> None:
        """One of them ends before its day."""
        pause = data.draw(st.sampled_from(self.pauses))
        self.pauses.remove(pause)
        self.run(self._end(pause))

    async def _end(self, pause: NewPause) -> None:
        async with self.scene.running.db.transaction(None) as tx:
            await end_pauses(tx, [Ending(*pause[:4])])

    @rule(place=st.integers(0, 1))
    def hold(self, place: int) -> None:
        """A line is held for fraud."""
        line = self.lines[place]
        if HoldReason.FRAUD not in line.holds and line.status is not LineStatus.CANCELLED:
            line.holds, line.status = (*line.holds, HoldReason.FRAUD), LineStatus.SUSPENDED
            line.version += 1
            self.run(self.scene.say(LineSuspended(**line.facts())))

    @rule(days=st.integers(1, 9))
    def days_pass(self, days: int) -> None:
        """The calendar moves and the jobs run."""
        self.run(self.scene.pass_days(days))
        self.run(self.obey())

    @rule()
    def orders_are_carried_out(self) -> None:
        """Then what is so must be so."""
        self.run(self.obey())

    async def obey(self) -> None:
        """Carry out every order, and hold the invariants against what is."""
        await settled(self.scene.running, self.scene)
        fraud = [HoldReason.FRAUD in line.holds for line in self.lines]
        await self.scene.obey()
        for line, held in zip(self.lines, fraud, strict=True):
            owed = [
                each
                for each in self.invoices
                if each.line_id == line.id
                and each.total_minor > each.allocated_minor
                and each.due_on < self.scene.today
            ]
            if HoldReason.NON_PAYMENT in line.holds:
                assert owed, "a hold with nothing overdue"
                assert await self.scene.rows(
                    "SELECT id FROM dunning_case WHERE cured_on IS NULL AND customer_id = %s",
                    line.customer_id,
                ), "a hold without a case"
            assert (HoldReason.FRAUD in line.holds) is held
        assert await self.scene.broken_invariants() == {}

    def teardown(self) -> None:
        """Everything is paid: nobody stays off."""
        for invoice in self.invoices:
            if invoice.total_minor > invoice.allocated_minor:
                self.run(self.scene.say(invoice.paid()))
        self.run(self.obey())
        for line in self.lines:
            assert HoldReason.NON_PAYMENT not in line.holds


def test_holds_follow_debts_through_any_history(
    scene: Scene, client: httpx.AsyncClient, loop: asyncio.AbstractEventLoop
) -> None:
    run = loop.run_until_complete
    run(publish(scene, client, stages=[STAGES[0], STAGES[2]], restore={"rule": "zero"}))

    class InThisScene(Dunning):
        def __init__(self) -> None:
            super().__init__(scene, run)

    run_state_machine_as_test(
        InThisScene,
        settings=settings(
            max_examples=8,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
