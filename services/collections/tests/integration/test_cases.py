"""Episodes of debt: when a case opens, what keeps it current, what cures it."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from services.collections.cases.operations import Reaching, reach_stages
from services.collections.cases.rules import Owner
from services.collections.clock.timers import assess_due
from services.collections.tests.integration.conftest import settled
from services.collections.tests.integration.desk import hire
from services.collections.tests.integration.scene import Invoice, Line, Scene
from shared.contracts.billing import InvoicesImported
from shared.contracts.collections import CaseCured, CaseOpened, CaseStageReached
from shared.ids import new_id


async def cases(scene: Scene) -> list[tuple[UUID | None, str, int]]:
    """Whose the cases are, their status and debt, in the order they opened."""
    rows = await scene.rows("SELECT line_id, status, debt_minor FROM dunning_case ORDER BY id")
    return [(row["line_id"], row["status"], row["debt_minor"]) for row in rows]


async def test_a_case_opens_with_the_first_overdue_debt_and_is_cured_with_the_last(
    scene: Scene,
) -> None:
    line = await scene.line()
    first = await scene.issue(line, days_overdue=3)
    (opened,) = await scene.said()
    assert isinstance(opened, CaseOpened)
    assert (opened.customer_id, opened.line_id) == (line.customer_id, line.id)
    assert (opened.opened_on, opened.currency, opened.debt_minor) == (scene.today, "USD", 4500)

    second = await scene.issue(line, days_overdue=1, total_minor=1000)
    assert await cases(scene) == [(line.id, "new", 5500)]
    await scene.say(first.paid())
    assert await cases(scene) == [(line.id, "new", 1000)]
    assert await scene.said() == []

    await scene.say(second.paid())
    (cured,) = await scene.said()
    assert isinstance(cured, CaseCured)
    assert (cured.case_id, cured.version) == (opened.case_id, 2)
    assert (cured.debt_minor, cured.cured_on) == (0, scene.today)
    assert await cases(scene) == [(line.id, "closed", 0)]

    await scene.issue(line)
    (again,) = await scene.said()
    assert isinstance(again, CaseOpened)
    assert again.case_id != opened.case_id


async def test_a_debt_within_grace_opens_no_case_until_the_clock_takes_it_beyond(
    scene: Scene,
) -> None:
    await scene.put_policy(grace_days=2)
    line = await scene.line()
    await scene.issue(line, days_overdue=1)
    assert await cases(scene) == []
    await scene.pass_days(2)
    await scene.running.run_timer(assess_due)
    assert await cases(scene) == [(line.id, "new", 4500)]


async def test_a_debt_below_the_minimum_opens_no_case(scene: Scene) -> None:
    await scene.put_policy(minimum_debt={"amount": "50.00"})
    line = await scene.line()
    await scene.issue(line, total_minor=4999)
    assert await cases(scene) == []
    await scene.issue(line, total_minor=1)
    assert await cases(scene) == [(line.id, "new", 5000)]


async def test_under_scope_customer_the_lines_of_a_customer_share_a_case(scene: Scene) -> None:
    await scene.put_policy(suspend_scope="customer")
    first, second = await scene.customer(lines=2)
    await scene.issue(first)
    other = await scene.issue(second, total_minor=500)
    assert await cases(scene) == [(None, "new", 5000)]
    await scene.say(other.paid())
    assert await cases(scene) == [(None, "new", 4500)]


async def test_a_debt_without_a_line_is_a_case_of_its_customer(scene: Scene) -> None:
    line = await scene.line()
    owed = Invoice(new_id(), line.customer_id, None, 700, scene.today - timedelta(days=1))
    await scene.say(owed.issued())
    assert await cases(scene) == [(None, "new", 700)]
    await scene.issue(line)
    assert await cases(scene) == [(None, "new", 700), (line.id, "new", 4500)]


async def test_a_change_of_scope_lets_open_episodes_go_on(scene: Scene) -> None:
    line = await scene.line()
    invoice = await scene.issue(line)
    await scene.put_policy(suspend_scope="customer")
    await settled(scene.running, scene)
    assert await cases(scene) == [(line.id, "new", 4500), (None, "new", 4500)]
    await scene.say(invoice.paid())
    assert {status for _, status, _ in await cases(scene)} == {"closed"}


async def test_a_file_of_old_debts_opens_their_cases_as_brought_by_import(scene: Scene) -> None:
    lines = [await scene.line() for _ in range(3)]
    invoices = [scene.invoice(line, days_overdue=40) for line in lines]
    await scene.say(
        InvoicesImported(import_id=new_id(), invoices=tuple(each.imported() for each in invoices))
    )
    rows = await scene.rows("SELECT DISTINCT opened_by FROM dunning_case")
    assert rows == [{"opened_by": "import"}]
    assert len(await scene.said()) == 3


async def test_a_case_closed_by_hand_is_not_opened_again_before_its_debt_is_paid(
    scene: Scene,
) -> None:
    line = await scene.line()
    first = await scene.issue(line)
    async with scene.running.db.transaction(None) as tx:
        await tx.execute(
            "UPDATE dunning_case SET status = 'closed', closed_reason = 'by_hand',"
            " closed_at = now()"
        )
    second = await scene.issue(line)
    assert await cases(scene) == [(line.id, "closed", 9000)]
    await scene.say(first.paid(), second.paid())
    (row,) = await scene.rows("SELECT closed_reason, cured_on FROM dunning_case")
    assert row == {"closed_reason": "by_hand", "cured_on": scene.today}
    await scene.issue(line)
    assert [status for _, status, _ in await cases(scene)] == ["closed", "new"]


async def test_a_foreign_debt_opens_a_case_that_owes_nothing_in_our_currency(scene: Scene) -> None:
    line = await scene.line()
    invoice = scene.invoice(line, currency="EUR")
    await scene.say(invoice.issued())
    assert await cases(scene) == [(line.id, "new", 0)]
    await scene.say(invoice.paid())
    assert await cases(scene) == [(line.id, "closed", 0)]


def reaching(scene: Scene, line: Line, stage: str, kind: str = "warn") -> Reaching:
    owner = Owner(scene.organization.id, line.customer_id, line.id)
    return Reaching(owner, stage, kind, scene.today)


async def test_a_stage_is_reached_once_and_each_has_a_version_of_its_own(scene: Scene) -> None:
    line, other = await scene.line(), await scene.line()
    await scene.issue(line)
    await scene.say()
    await scene.said()
    async with scene.running.db.transaction(None) as tx:
        asked = [
            reaching(scene, line, "first"),
            reaching(scene, line, "second"),
            reaching(scene, other, "first"),
        ]
        assert await reach_stages(tx, asked) == asked[:2]
        assert await reach_stages(tx, asked) == []
    said = await scene.said()
    assert all(isinstance(event, CaseStageReached) for event in said)
    assert [(event.stage, event.version) for event in said] == [  # type: ignore[attr-defined]
        ("first", 2),
        ("second", 3),
    ]
    (row,) = await scene.rows("SELECT stage, version FROM dunning_case")
    assert row == {"stage": "second", "version": 3}


async def test_a_stage_that_assigns_gives_cases_to_collectors_in_turn(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    lines = [await scene.line() for _ in range(3)]
    for line in lines:
        await scene.issue(line)
    small, big = await hire(client, capacity=1), await hire(client, capacity=1)
    async with scene.running.db.transaction(None) as tx:
        await reach_stages(tx, [reaching(scene, line, "agent", "assign") for line in lines])
    rows = await scene.rows("SELECT status, collector_id FROM dunning_case ORDER BY id")
    assert [row["status"] for row in rows] == ["assigned", "assigned", "new"]
    assert {str(row["collector_id"]) for row in rows[:2]} == {small.id, big.id}
    async with scene.running.db.transaction(None) as tx:
        assert await reach_stages(tx, [reaching(scene, lines[0], "agent", "assign")]) == []


@pytest.mark.parametrize("rounds", [1, 2])
async def test_the_same_facts_again_change_nothing(scene: Scene, rounds: int) -> None:
    line = await scene.line()
    invoice = await scene.issue(line)
    paid = invoice.paid()
    for _ in range(rounds):
        await scene.say(paid)
        await scene.say(invoice.issued())
    assert [type(event) for event in await scene.said()] == [CaseOpened, CaseCured]
