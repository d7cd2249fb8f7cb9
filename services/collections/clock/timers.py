"""The clock of due dates: judges whom the days concern that have passed.

Overdue is derived from the due date, so a new day rewrites nothing: when an organization's
calendar advances, the open debts that became late by as many days as grace or a stage of
the policy takes are paged through by index, one number of days after the other, and whom
they concern is judged. Billing's invoice-overdue says the same of the first day; whichever
comes second finds the line ordered off already and does not even read its debts.

A day that does something leaves a record among the runs. Under a policy with a safety stop
the day is weighed before its first line, and may have to wait for two people.
"""

from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from services.collections.clock import store
from services.collections.clock.store import AssessmentClock
from services.collections.enforcement.apart import assess_apart
from services.collections.enforcement.locks import Customers, fence, hold
from services.collections.enforcement.operations import weigh
from services.collections.enforcement.rules import Cause, Concern, Push
from services.collections.policies import store as policies
from services.collections.policies.store import Terms
from services.collections.runs import store as runs
from services.collections.runs.rules import RunReason, RunStatus
from services.collections.safety import store as safety
from services.collections.safety.rules import is_too_many
from shared import clock
from shared.db import Connection, Database
from shared.timers import every

PAGE: Final = 1000
CAUSE: Final = "collections.grace-ended"
LOOK_AGAIN: Final = timedelta(days=36_500)


@every(seconds=1.0)
async def assess_due(db: Database) -> int:
    """Follow every organization's calendar to today; how many orders that gave.

    Short transactions: one opens a day, each page of debts is one, the last closes the day.
    A worker that dies leaves its place, and the next goes on from there. The clock's row is
    locked meanwhile, so two workers never do the same page.
    """
    changed = 0
    while True:
        async with db.transaction(None) as tx:
            due = await store.due(tx, clock.now())
            if due is None:
                return changed
            terms = (await policies.terms(tx, [due.organization_id])).get(due.organization_id)
            if terms is None:
                await store.postpone(tx, due.organization_id, clock.now() + timedelta(minutes=1))
            elif due.target is None:
                await _open_day(tx, due, terms)
            else:
                changed += await _judge_page(tx, due, terms)


async def _open_day(tx: Connection, due: AssessmentClock, terms: Terms) -> None:
    """Begin the new day behind the fence, so that its pages see every debt of the old one."""
    if terms.today <= due.watermark:
        next_at = terms.organization.instant_of(due.watermark + timedelta(days=1))
        soon = clock.now() + timedelta(seconds=1)
        await store.postpone(tx, due.organization_id, max(next_at, soon))
    elif due.cleared or not await _is_stopped(tx, due, terms):
        await fence(tx, due.organization_id)
        await store.open_day(tx, due.organization_id, terms.today)


async def _is_stopped(tx: Connection, due: AssessmentClock, terms: Terms) -> bool:
    """Whether the day would cut too many; then it waits, and nothing of it is done."""
    limits = terms.policy.safety
    if limits is None:
        return False
    would = await _would_cut(tx, due, terms)
    found = await safety.forecast(tx, due.organization_id, len(would), due.watermark, terms.today)
    if not is_too_many(limits, found):
        return False
    run_id = due.run_id or await runs.keep_record(
        tx, due.organization_id, RunReason.DAY, terms.today, RunStatus.STOPPED
    )
    await runs.set_status(tx, run_id, RunStatus.STOPPED)
    await store.keep_run(tx, due.organization_id, run_id)
    await safety.stop(tx, due.organization_id, run_id, limits, found)
    await store.postpone(tx, due.organization_id, clock.now() + LOOK_AGAIN)
    return True


async def _would_cut(tx: Connection, due: AssessmentClock, terms: Terms) -> set[UUID]:
    """The lines that the day would cut, nothing of it done."""
    found: set[UUID] = set()
    for offset in terms.policy.offsets:
        place = AssessmentClock(
            due.organization_id, due.watermark, terms.today, offset, None, None, None, False
        )
        while page := await store.crossed(tx, place, terms.today, offset, PAGE):
            weighed = await weigh(tx, _concerns(due.organization_id, page, Cause(CAUSE)))
            found |= weighed.would_cut()
            last = page[-1]
            place = store.place_after(place, last)
    return found


async def _judge_page(tx: Connection, due: AssessmentClock, terms: Terms) -> int:
    """Judge the lines of one page of debts; after the last page, close the day.

    What stays as it is gets a record where this clock alone brings it up: of the first day
    late, invoice-overdue has said so.
    """
    assert due.target is not None
    offsets = terms.policy.offsets
    offset = due.at_offset or offsets[0]
    page = await store.crossed(tx, due, due.target, offset, PAGE)
    if not page:
        await _go_on(tx, due, terms, [each for each in offsets if each > offset])
        return 0
    run_id = due.run_id
    if run_id is None:
        run_id = await runs.keep_record(
            tx, due.organization_id, RunReason.DAY, due.target, RunStatus.RUNNING
        )
        await store.keep_run(tx, due.organization_id, run_id)
    cause = Cause(CAUSE, run_id=run_id, keep=offset > 1)
    await hold(tx, Customers((due.organization_id, debt.customer_id) for debt in page))
    concerns = _concerns(due.organization_id, page, cause)
    tally, failures = await assess_apart(tx, concerns)
    await runs.count(tx, run_id, tally, failures)
    await store.move_on(tx, due.organization_id, page[-1])
    return tally.suspended + tally.reactivated


async def _go_on(tx: Connection, due: AssessmentClock, terms: Terms, offsets: list[int]) -> None:
    """Turn to debts that are later, or close the day when there are none left."""
    assert due.target is not None
    if offsets:
        await store.next_offset(tx, due.organization_id, offsets[0])
        return
    if due.run_id is not None:
        await runs.set_status(tx, due.run_id, RunStatus.FINISHED)
    await store.close_day(tx, due.organization_id, midnight_after(terms, due.target))


def midnight_after(terms: Terms, day: date) -> datetime:
    """The instant at which the organization's calendar has left a day."""
    return terms.organization.instant_of(day + timedelta(days=1))


def _concerns(organization_id: UUID, page: list[store.Crossed], cause: Cause) -> list[Concern]:
    return [
        Concern(organization_id, debt.customer_id, debt.line_id, Push.OFF, cause) for debt in page
    ]
