"""From a debt to an order: what suspends a line, what brings it back, what is recorded."""

from datetime import timedelta

import pytest

from services.collections.tests.integration.scene import Scene, jinx
from shared.contracts.billing import InvoiceIssued
from shared.contracts.customers import (
    HoldReason,
    LineActivated,
    LineStatus,
    LineSuspended,
    LineUpdated,
)
from shared.ids import new_id


async def test_an_overdue_invoice_suspends_its_line_once(scene: Scene) -> None:
    line = await scene.line()
    invoice = await scene.issue(line, days_overdue=0)
    assert await scene.orders() == []

    await scene.pass_days(1)
    await scene.say(invoice.overdue())
    await scene.say(invoice.overdue())
    assert await scene.orders() == [("suspend", line.id, 1)]
    assert await scene.outcomes(line) == ["suspend"]


async def test_an_invoice_imported_overdue_suspends_at_once(scene: Scene) -> None:
    lines = await scene.customer(lines=3)
    await scene.import_invoices(*(scene.invoice(line, days_overdue=40) for line in lines))
    assert sorted(await scene.orders()) == sorted(("suspend", line.id, 1) for line in lines)


async def test_paying_brings_the_line_back_once(scene: Scene) -> None:
    line, (invoice,) = await scene.off()
    paid, event_id = invoice.paid(), new_id()
    for _ in range(100):
        await scene.say(paid, ids=[event_id])
    await scene.say(paid)
    assert await scene.obey() == [("reactivate", line.id, 2)]
    assert line.status is LineStatus.ACTIVE
    assert await scene.outcomes(line) == ["suspend", "reactivate"]
    assert await scene.broken_invariants() == {}


async def test_the_line_comes_back_with_the_last_overdue_invoice(scene: Scene) -> None:
    line, (first, second) = await scene.off(invoices=2)
    await scene.say(first.paid())
    assert await scene.obey() == []
    await scene.say(second.paid(4499))
    assert await scene.obey() == []
    await scene.say(second.paid())
    assert await scene.obey() == [("reactivate", line.id, 2)]
    assert await scene.outcomes(line) == [
        "suspend",
        "keep_suspended",
        "keep_suspended",
        "reactivate",
    ]


async def test_an_order_rests_on_its_decision_and_carries_its_trace(scene: Scene) -> None:
    line = await scene.line()
    invoice, event_id = scene.invoice(line, days_overdue=3), new_id()
    await scene.say(invoice.issued(), ids=[event_id])
    (event,) = await scene.emitted()
    (decision,) = await scene.decisions(line)
    assert event.data.decision_id == event.id == decision["id"]
    assert event.causationid == decision["cause_id"] == event_id
    assert event.subject == str(line.id)
    assert event.aggregateversion == event.data.generation == decision["generation"] == 1
    assert event.data.customer_id == line.customer_id
    assert decision["cause_type"] == InvoiceIssued.type
    assert decision["policy_version"] == 1
    assert decision["today"] == scene.today
    assert decision["debts"] == [
        [str(invoice.id), invoice.number, "USD", 4500, invoice.due_on.isoformat()]
    ]
    assert decision["conditions"] == {
        "policy_active": [True, True],
        "overdue": [1, True],
        "beyond_grace": [3, True],
        "minimum_debt": [{"USD": 4500}, True],
    }


async def test_paying_in_time_leaves_no_decision(scene: Scene) -> None:
    line = await scene.line()
    invoice = await scene.issue(line, days_overdue=-5)
    await scene.say(invoice.paid())
    assert await scene.decisions(line) == []
    assert await scene.orders() == []


async def test_voiding_the_only_overdue_invoice_brings_the_line_back(scene: Scene) -> None:
    line, (invoice,) = await scene.off()
    await scene.say(invoice.voided())
    assert await scene.obey() == [("reactivate", line.id, 2)]


async def test_a_payment_taken_back_suspends_again(scene: Scene) -> None:
    line, (invoice,) = await scene.off()
    await scene.say(invoice.paid())
    await scene.obey()
    await scene.say(invoice.taken_back(4500))
    assert await scene.obey() == [("suspend", line.id, 3)]


async def test_a_debt_of_one_line_leaves_the_others_on(scene: Scene) -> None:
    owing, other = await scene.customer(lines=2)
    await scene.issue(owing)
    assert await scene.obey() == [("suspend", owing.id, 1)]
    assert other.status is LineStatus.ACTIVE


async def test_a_debt_without_a_line_suspends_nobody_by_line(scene: Scene) -> None:
    line = await scene.line()
    invoice = scene.invoice(line)
    invoice.line_id = None
    await scene.say(invoice.issued())
    assert await scene.orders() == []


async def test_by_customer_any_debt_suspends_all_lines_and_the_last_payment_frees_all(
    scene: Scene,
) -> None:
    await scene.put_policy(suspend_scope="customer")
    lines = await scene.customer(lines=3)
    stranger = await scene.line()
    invoice, loose = await scene.issue(lines[0]), scene.invoice(lines[0], days_overdue=9)
    loose.line_id = None
    await scene.say(loose.issued())
    assert sorted(await scene.obey()) == sorted(("suspend", line.id, 1) for line in lines)
    await scene.say(invoice.paid())
    assert await scene.obey() == []
    await scene.say(loose.paid())
    assert sorted(await scene.obey()) == sorted(("reactivate", line.id, 2) for line in lines)
    assert stranger.status is LineStatus.ACTIVE
    assert await scene.broken_invariants() == {}


async def test_below_the_minimum_the_line_stays_on_and_the_decision_says_why(
    scene: Scene,
) -> None:
    await scene.put_policy(minimum_debt={"amount": "50.00"})
    line = await scene.line()
    invoice = await scene.issue(line, total_minor=4999)
    await scene.say(invoice.overdue())
    assert await scene.orders() == []
    (decision,) = await scene.decisions(line)
    assert decision["outcome"] == "keep_active"
    assert decision["conditions"]["minimum_debt"] == [{"USD": 4999}, False]
    await scene.issue(line, total_minor=1)
    assert await scene.orders() == [("suspend", line.id, 1)]


async def test_within_grace_the_line_stays_on_and_the_decision_says_why(scene: Scene) -> None:
    await scene.put_policy(grace_days=3)
    line = await scene.line()
    invoice = await scene.issue(line, days_overdue=3)
    await scene.say(invoice.overdue())
    assert await scene.orders() == []
    (decision,) = await scene.decisions(line)
    assert (decision["outcome"], decision["conditions"]["beyond_grace"]) == (
        "keep_active",
        [3, False],
    )


@pytest.mark.parametrize("status", [LineStatus.NOT_INSTALLED, LineStatus.CANCELLED])
async def test_a_line_out_of_service_is_not_ordered_off(scene: Scene, status: LineStatus) -> None:
    line = await scene.line(status)
    invoice = await scene.issue(line)
    await scene.say(invoice.overdue())
    assert await scene.orders() == []
    assert await scene.broken_invariants() == {}


async def test_a_line_activated_with_old_debts_is_suspended_then(scene: Scene) -> None:
    line = await scene.line(LineStatus.NOT_INSTALLED)
    await scene.issue(line, days_overdue=8)
    line.status, line.version = LineStatus.ACTIVE, 2
    await scene.say(LineActivated(**line.facts()))
    assert await scene.orders() == [("suspend", line.id, 1)]


async def test_a_line_held_from_the_start_meets_its_old_debts_too(scene: Scene) -> None:
    """Activated while a hold was on it: customers says line-suspended."""
    line = await scene.line(LineStatus.NOT_INSTALLED)
    await scene.issue(line, days_overdue=8)
    line.status, line.holds, line.version = LineStatus.SUSPENDED, (HoldReason.ADMIN,), 2
    await scene.say(LineSuspended(**line.facts()))
    assert await scene.orders() == [("suspend", line.id, 1)]


async def test_a_line_held_for_fraud_is_held_for_its_debt_too_and_freed_of_that_alone(
    scene: Scene,
) -> None:
    line = await scene.line()
    line.status, line.holds, line.version = LineStatus.SUSPENDED, (HoldReason.FRAUD,), 2
    await scene.say(LineUpdated(**line.facts()))
    invoice = await scene.issue(line)
    assert await scene.obey() == [("suspend", line.id, 1)]
    await scene.say(invoice.paid())
    assert await scene.obey() == [("reactivate", line.id, 2)]
    assert line.status is LineStatus.SUSPENDED
    assert line.holds == (HoldReason.FRAUD,)


async def test_a_cancelled_line_is_left_alone_whatever_is_paid(scene: Scene) -> None:
    line, (invoice,) = await scene.off()
    await scene.cancel(line)
    await scene.say(invoice.paid())
    assert await scene.orders() == []
    assert await scene.broken_invariants() == {}


async def test_a_line_that_lost_its_hold_gets_it_again(scene: Scene) -> None:
    """A customers database put back to an older state, say."""
    line, _ = await scene.off()
    line.status, line.holds, line.version = LineStatus.ACTIVE, (), line.version + 1
    await scene.say(LineUpdated(**line.facts()))
    assert await scene.obey() == [("suspend", line.id, 2)]


async def test_a_hold_nobody_here_ordered_is_lifted_when_nothing_is_due(scene: Scene) -> None:
    line = await scene.line()
    line.status, line.holds = LineStatus.SUSPENDED, (HoldReason.NON_PAYMENT,)
    line.version, line.generation = 2, 7
    await scene.say(LineUpdated(**line.facts()))
    assert await scene.obey() == [("reactivate", line.id, 8)]


async def test_debts_in_a_currency_of_their_own_are_not_added_to_the_others(scene: Scene) -> None:
    await scene.put_policy(minimum_debt={"amount": "50.00"})
    line = await scene.line()
    await scene.issue(line, total_minor=4999)
    assert await scene.orders() == []
    await scene.say(scene.invoice(line, currency="EUR", total_minor=1).issued())
    assert await scene.orders() == [("suspend", line.id, 1)]


async def test_what_has_not_been_heard_of_yet_waits_for_its_other_half(scene: Scene) -> None:
    """A debt may be heard of before its line, an allocation before its invoice."""
    known = await scene.line()
    stranger = type(known)(new_id(), new_id())
    early, late = scene.invoice(stranger), scene.invoice(stranger, days_overdue=2)
    await scene.say(early.paid(4500), late.paid(1000))
    await scene.say(early.issued(), late.issued(), late.overdue())
    assert await scene.orders() == []
    await scene.say(LineActivated(**stranger.facts()))
    assert await scene.orders() == [("suspend", stranger.id, 1)]


async def test_organizations_are_judged_each_by_its_own_calendar(scene: Scene) -> None:
    other = Scene(scene.running, scene.running.other_organization)
    ours, theirs = await scene.line(), await other.line()
    mine, yours = await scene.issue(ours, 0), await other.issue(theirs, 0)
    await other.pass_days(1)
    await scene.say(mine.overdue())
    await other.say(yours.overdue())
    assert await scene.orders() == [("suspend", theirs.id, 1)]
    assert other.today - scene.today == timedelta(days=1)


async def test_a_line_that_cannot_be_judged_is_set_aside_alone_and_with_its_reason(
    scene: Scene,
) -> None:
    lines = await scene.customer(lines=9)
    invoices = [scene.invoice(line) for line in lines]
    jinx(scene, lines[4])
    result = await scene.running.deliver(*(invoice.issued() for invoice in invoices))
    (failure,) = result.failures
    assert result.applied == 8
    assert failure.event.data.invoice_id == invoices[4].id
    assert "jinxed" in str(failure.error)
    assert len(await scene.orders()) == 8
