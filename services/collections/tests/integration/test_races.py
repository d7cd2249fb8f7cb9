"""Judging while the facts change: whoever comes last has seen everything."""

import asyncio
import random
from typing import Any

import pytest

from services.collections.enforcement.handlers import reassess
from services.collections.tests.integration.conftest import settled
from services.collections.tests.integration.scene import Line, Scene
from shared.contracts.customers import HoldReason, LineActivated, LineStatus
from shared.contracts.event import EventData
from shared.ids import new_id
from shared.testing.bed import envelope

PAIRS = 150
AT_ONCE = 12


async def race(*contenders: Any) -> None:
    """Start all, a little apart and in any order."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def start(contender: Any) -> None:
        async with slots:
            await asyncio.sleep(random.random() * 0.005)
            await contender

    await asyncio.gather(*(start(each) for each in random.sample(contenders, len(contenders))))


@pytest.mark.parametrize("scope", ["line", "customer"])
async def test_a_payment_raced_against_the_suspension_leaves_nobody_off_with_nothing_due(
    scene: Scene, scope: str
) -> None:
    await scene.put_policy(suspend_scope=scope)
    await settled(scene.running, scene)
    lines = [line for _ in range(PAIRS // 2) for line in await scene.customer(lines=2)]
    invoices = [await scene.issue(line, days_overdue=0) for line in lines]
    await scene.pass_days(1)
    await race(
        *(scene.say(invoice.overdue()) for invoice in invoices),
        *(scene.say(invoice.paid()) for invoice in invoices),
        *(scene.running.run_timer(timer) for timer in scene.running.service.timers),
    )
    await scene.obey()
    assert [line for line in lines if HoldReason.NON_PAYMENT in line.holds] == []
    assert await scene.broken_invariants() == {}


@pytest.mark.parametrize("scope", ["line", "customer"])
async def test_a_line_that_arrives_while_its_customer_pays_or_falls_due_is_not_missed(
    scene: Scene, scope: str
) -> None:
    await scene.put_policy(suspend_scope=scope)
    await settled(scene.running, scene)
    contenders: list[Any] = []
    paying, owing = [], []
    for place in range(PAIRS):
        known = await scene.line()
        arriving = type(known)(new_id(), known.customer_id, 2)
        scene.lines[arriving.id] = arriving
        target = arriving if scope == "line" else known
        contenders.append(scene.say(LineActivated(**arriving.facts())))
        if place % 2:
            invoice = await scene.issue(target)
            contenders.append(scene.say(invoice.paid()))
            paying.append(arriving)
        else:
            contenders.append(scene.say(scene.invoice(target).issued()))
            owing.append(arriving)
    await race(*contenders)
    await scene.obey()
    assert [line for line in paying if line.status is not LineStatus.ACTIVE] == []
    assert [line for line in owing if line.status is not LineStatus.SUSPENDED] == []
    assert await scene.broken_invariants() == {}


async def judge(scene: Scene, data: EventData, done: asyncio.Event | None = None) -> None:
    """Handle one event in a transaction that stays open until `done`."""
    async with scene.running.db.transaction(None) as tx:
        await reassess(tx, [envelope(data, scene.organization.id)])
        if done is not None:
            await done.wait()


async def still_waiting(task: "asyncio.Task[None]") -> bool:
    """Whether the task is held up by somebody's lock."""
    await asyncio.sleep(0.2)
    return not task.done()


async def test_a_payment_waits_for_a_judgement_in_flight_and_countermands_it(scene: Scene) -> None:
    line = await scene.line()
    invoice = await scene.issue(line, days_overdue=0)
    await scene.pass_days(1)
    committed = asyncio.Event()
    suspending = asyncio.create_task(judge(scene, invoice.overdue(), committed))
    await asyncio.sleep(0.1)
    paying = asyncio.create_task(judge(scene, invoice.paid()))
    assert await still_waiting(paying)
    committed.set()
    await asyncio.gather(suspending, paying)
    assert await scene.obey() == [("suspend", line.id, 1), ("reactivate", line.id, 2)]


async def test_a_judgement_that_waited_for_a_payment_has_read_it(scene: Scene) -> None:
    line = await scene.line()
    invoice = await scene.issue(line, days_overdue=0)
    await scene.pass_days(1)
    committed = asyncio.Event()
    paying = asyncio.create_task(judge(scene, invoice.paid(), committed))
    await asyncio.sleep(0.1)
    suspending = asyncio.create_task(judge(scene, invoice.overdue()))
    assert await still_waiting(suspending)
    committed.set()
    await asyncio.gather(suspending, paying)
    assert await scene.orders() == []


async def test_a_new_policy_reaches_the_debt_that_was_judged_by_the_old_one_meanwhile(
    scene: Scene,
) -> None:
    """The run waits at the fence for judgements that may have read the old policy."""
    await scene.put_policy(active=False)
    await settled(scene.running, scene)
    line = await scene.line()
    committed = asyncio.Event()
    old_judgement = asyncio.create_task(judge(scene, scene.invoice(line).issued(), committed))
    await asyncio.sleep(0.1)
    await scene.put_policy(active=True)
    run = asyncio.create_task(settled(scene.running, scene))
    await asyncio.sleep(0.2)
    assert not run.done()
    committed.set()
    await asyncio.gather(old_judgement, run)
    assert await scene.orders() == [("suspend", line.id, 1)]


async def test_customers_held_in_any_order_do_not_deadlock(scene: Scene) -> None:
    lines = [line for _ in range(20) for line in await scene.customer(lines=1)]
    invoices = [scene.invoice(line) for line in lines]
    await race(
        *(
            scene.say(*(invoice.issued() for invoice in random.sample(invoices, 15)))
            for _ in range(40)
        )
    )
    await scene.say(*(invoice.issued() for invoice in invoices))
    assert sorted(await scene.orders()) == sorted(("suspend", line.id, 1) for line in lines)


async def test_no_plan_made_while_the_tables_were_small_reads_them_through(scene: Scene) -> None:
    """The same connection, first with next to nothing in the tables, then with more."""
    async with scene.running.db.transaction(None) as tx:
        for size in (1,) * 15 + (200,) * 3:
            lines = [Line(new_id(), new_id()) for _ in range(size)]
            invoices = [scene.invoice(line) for line in lines]
            story = (
                [LineActivated(**line.facts()) for line in lines],
                [invoice.issued() for invoice in invoices],
                [invoice.overdue() for invoice in invoices],
                [invoice.paid() for invoice in invoices],
            )
            for batch in story:
                await reassess(tx, [envelope(data, scene.organization.id) for data in batch])
        cursor = await tx.execute(
            "SELECT relname FROM pg_stat_xact_user_tables WHERE seq_scan > 0 AND relname IN"
            " ('debtor', 'customer', 'line', 'line_enforcement', 'debt', 'decision', 'policy')"
        )
        assert await cursor.fetchall() == []
