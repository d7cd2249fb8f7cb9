"""The clock of grace days: judges the lines whose debts' grace ended with the last day.

Overdue is derived from the due date, so a new day rewrites nothing: when an organization's
calendar advances, the open debts with `due_on + grace + 1` in (watermark, today] are paged
through by index, and the lines they concern are judged. Billing's invoice-overdue says the
same for a policy without grace; whichever comes second finds the line ordered off already
and does not even read its debts.
"""

from datetime import timedelta
from typing import Final

from services.collections.clock import store
from services.collections.clock.store import AssessmentClock
from services.collections.enforcement.locks import Customers, fence, hold
from services.collections.enforcement.operations import assess
from services.collections.enforcement.rules import Cause, Concern, Push
from services.collections.policies import store as policies
from services.collections.policies.store import Terms
from shared import clock
from shared.db import Connection, Database
from shared.timers import every

PAGE: Final = 1000
CAUSE: Final = "collections.grace-ended"


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
    if terms.today > due.watermark:
        await fence(tx, due.organization_id)
        await store.open_day(tx, due.organization_id, terms.today)
    else:
        next_at = terms.organization.instant_of(due.watermark + timedelta(days=1))
        soon = clock.now() + timedelta(seconds=1)
        await store.postpone(tx, due.organization_id, max(next_at, soon))


async def _judge_page(tx: Connection, due: AssessmentClock, terms: Terms) -> int:
    """Judge the lines of one page of debts; after the last page, close the day.

    What stays as it is gets a record where this clock alone brings it up: without grace,
    invoice-overdue has done so.
    """
    assert due.target is not None
    grace_days = terms.policy.grace_days
    page = await store.crossed(tx, due, due.target, grace_days, PAGE)
    if not page:
        next_at = terms.organization.instant_of(due.target + timedelta(days=1))
        await store.close_day(tx, due.organization_id, next_at)
        return 0
    cause = Cause(CAUSE, keep=grace_days > 0)
    concerns = [
        Concern(due.organization_id, debt.customer_id, debt.line_id, Push.OFF, cause)
        for debt in page
    ]
    await hold(tx, Customers((due.organization_id, debt.customer_id) for debt in page))
    tally = await assess(tx, concerns)
    await store.move_on(tx, due.organization_id, page[-1])
    return tally.suspended + tally.reactivated
