"""The clock of grace days: what time alone brings about."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from services.collections.clock import timers
from services.collections.clock.timers import assess_due
from services.collections.runs.timers import execute_runs
from services.collections.tests.integration.conftest import settled
from services.collections.tests.integration.scene import Scene
from services.collections.tests.integration.test_why import grant
from shared import clock


async def tick(scene: Scene) -> int:
    return await scene.running.run_timer(assess_due)


async def test_a_line_is_suspended_on_the_day_after_its_grace_without_any_event(
    scene: Scene,
) -> None:
    await scene.put_policy(grace_days=3)
    await settled(scene.running, scene)
    line = await scene.line()
    await scene.issue(line, days_overdue=0)
    for _ in range(3):
        await scene.pass_days(1)
        assert await tick(scene) == 0
    await scene.pass_days(1)
    assert await tick(scene) == 1
    assert await tick(scene) == 0
    assert await scene.orders() == [("suspend", line.id, 1)]
    (decision,) = await scene.decisions(line)
    assert decision["cause_type"] == "collections.grace-ended"
    assert decision["today"] == scene.today


async def test_days_that_nobody_watched_are_made_up_for(scene: Scene) -> None:
    lines = [await scene.line() for _ in range(5)]
    for place, line in enumerate(lines):
        await scene.issue(line, days_overdue=-place)
    await scene.pass_days(400)
    assert await tick(scene) == 5


async def test_the_real_midnight_of_the_organization_starts_its_day(scene: Scene) -> None:
    """America/Guayaquil is five hours behind: its day begins at 05:00 UTC."""
    line = await scene.line()
    with clock.frozen(datetime(2027, 3, 10, 12, tzinfo=UTC)) as frozen:
        await tick(scene)
        await scene.issue(line, days_overdue=0)
        frozen.move_to(datetime(2027, 3, 11, 4, 59, 59, tzinfo=UTC))
        assert await tick(scene) == 0
        frozen.move_to(datetime(2027, 3, 11, 5, 0, 0, tzinfo=UTC))
        assert await tick(scene) == 1


async def test_what_the_clock_leaves_on_has_a_record_where_only_the_clock_could_say_it(
    scene: Scene,
) -> None:
    await scene.put_policy(grace_days=2, minimum_debt={"amount": "100.00"})
    await settled(scene.running, scene)
    line = await scene.line()
    await scene.issue(line, days_overdue=0)
    await scene.pass_days(3)
    assert await tick(scene) == 0
    assert await scene.outcomes(line) == ["keep_active"]


async def test_overdue_events_and_the_clock_order_each_line_once(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timers, "PAGE", 7)
    lines = await scene.customer(lines=60)
    invoices = [scene.invoice(line, days_overdue=0) for line in lines]
    await scene.import_invoices(*invoices)
    await scene.pass_days(1)
    await asyncio.gather(
        *(scene.say(*(each.overdue() for each in invoices[at : at + 9])) for at in range(0, 60, 9)),
        *(tick(scene) for _ in range(3)),
    )
    await tick(scene)
    assert sorted(await scene.orders()) == sorted(("suspend", line.id, 1) for line in lines)
    assert await scene.outcomes() == ["suspend"] * 60


async def test_a_clock_that_died_in_the_middle_goes_on_where_it_was(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timers, "PAGE", 4)
    lines = await scene.customer(lines=10)
    await scene.import_invoices(*(scene.invoice(line, days_overdue=0) for line in lines))
    await scene.pass_days(1)
    pages = 0
    judge_page = timers._judge_page

    async def die_on_the_third(*arguments: object) -> int:
        nonlocal pages
        pages += 1
        if pages == 3:
            raise RuntimeError("killed")
        return await judge_page(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(timers, "_judge_page", die_on_the_third)
    with pytest.raises(RuntimeError):
        await tick(scene)
    assert len(await scene.orders()) == 8
    assert await tick(scene) == 2


async def test_debts_heard_of_before_their_organization_are_judged_when_it_comes(
    scene: Scene,
) -> None:
    late = await scene.line()
    async with scene.running.db.transaction(None) as tx:
        await tx.execute("DELETE FROM assessment_clock")
        await tx.execute("DELETE FROM organization")
    await scene.issue(late, days_overdue=3)
    assert await scene.orders() == []
    await scene.change_organization()
    assert await tick(scene) == 1


async def test_a_calendar_that_went_back_has_everybody_judged_again(scene: Scene) -> None:
    """From Kiritimati (14 hours ahead) to Pago Pago (11 behind): always the day before."""
    await scene.change_organization(time_zone="Pacific/Kiritimati")
    await settled(scene.running, scene)
    line = await scene.line()
    await scene.issue(line, days_overdue=1)
    assert await scene.obey() == [("suspend", line.id, 1)]
    await scene.change_organization(time_zone="Pacific/Pago_Pago")
    await scene.running.run_timer(execute_runs)
    assert await scene.obey() == [("reactivate", line.id, 2)]
    await scene.pass_days(2)
    assert await tick(scene) == 1


async def test_a_pause_ends_with_its_day_in_the_zone_that_was_moved_to(scene: Scene) -> None:
    """From Guayaquil to Pago Pago, where the same day ends six hours later."""
    line, _ = await scene.off()
    made = await grant(scene, line, 2)
    assert await scene.obey() == [("reactivate", line.id, 2)]
    assert made.until_on is not None
    before = scene.organization.instant_of(made.until_on + timedelta(days=1))
    await scene.change_organization(time_zone="Pacific/Pago_Pago")
    await settled(scene.running, scene)
    after = scene.organization.instant_of(made.until_on + timedelta(days=1))
    for instant, expected in ((before, []), (after, [("suspend", line.id, 3)])):
        ahead = instant + timedelta(minutes=5) - clock.now()
        await scene.change_organization(clock_offset_seconds=int(ahead.total_seconds()))
        await settled(scene.running, scene)
        assert await scene.obey() == expected


async def test_an_idle_tick_reads_one_row_by_index(scene: Scene) -> None:
    await tick(scene)
    (plan,) = await scene.rows(
        "EXPLAIN (FORMAT JSON) SELECT organization_id FROM assessment_clock"
        " WHERE next_at <= now() ORDER BY next_at LIMIT 1"
    )
    assert "assessment_clock" in str(plan)
    (row,) = await scene.rows(
        "SELECT next_at, watermark FROM assessment_clock WHERE organization_id = %s",
        scene.organization.id,
    )
    assert row["watermark"] == scene.today
    assert row["next_at"] == scene.organization.instant_of(scene.today + timedelta(days=1))
