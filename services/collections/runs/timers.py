"""Runs: everybody in an organization who owes or is off, judged anew, a page at a time.

A page is one transaction with its place and its counts, so a run survives its worker. A
page that fails is tried again at half its length until the line that cannot be judged
stands alone; that one is recorded, the run goes past it, and pages grow again. Under a
policy with a safety stop a run is weighed before its first line.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog

from services.collections.enforcement.locks import Customers, fence, hold
from services.collections.enforcement.operations import assess, weigh
from services.collections.enforcement.rules import Cause, Concern, Push
from services.collections.policies import store as policies
from services.collections.runs import store
from services.collections.runs.rules import RunStatus
from services.collections.runs.store import Progress, RunLine
from services.collections.safety import store as safety
from services.collections.safety.rules import is_too_many
from shared import clock
from shared.bus.apply import is_conflict, is_outage
from shared.db import Connection, Database
from shared.timers import every

log = structlog.get_logger(__name__)

CAUSE: Final = "collections.run"
LOST_AFTER: Final = timedelta(minutes=10)


class PageFailed(Exception):
    """A page of a run could not be judged; `__cause__` says why."""

    def __init__(self, run: Progress, lines: list[RunLine]) -> None:
        super().__init__(f"{len(lines)} lines of run {run.id}")
        self.run = run
        self.lines = lines


@every(seconds=1.0)
async def execute_runs(db: Database) -> int:
    """Carry out the runs that are asked for, first come first served; how many orders they gave."""
    changed = 0
    while True:
        try:
            async with db.transaction(None) as tx:
                run = await store.lock_next(tx)
                if run is None:
                    return changed
                changed += await _step(tx, run)
        except PageFailed as failure:
            await _set_aside(db, failure)


async def _step(tx: Connection, run: Progress) -> int:
    """Begin a run (behind the fence: its pages see all that came before), or judge a page."""
    if run.status == RunStatus.PENDING:
        if not run.cleared and await _is_stopped(tx, run):
            return 0
        await fence(tx, run.organization_id)
        await store.start(tx, run)
        return 0
    terms = (await policies.terms(tx, [run.organization_id])).get(run.organization_id)
    lines = await store.lines_after(tx, run, terms.today) if terms else []
    if not lines:
        await store.finish(tx, run)
        return 0
    try:
        return await _judge(tx, run, lines)
    except Exception as error:
        if is_outage(error) or is_conflict(error):
            raise
        raise PageFailed(run, lines) from error


async def _is_stopped(tx: Connection, run: Progress) -> bool:
    """Whether the run would cut too many; then it waits, and nothing of it is done."""
    terms = (await policies.terms(tx, [run.organization_id])).get(run.organization_id)
    if terms is None or terms.policy.safety is None:
        return False
    would: set[UUID] = set()
    place = replace(run, page_size=store.MOST_LINES)
    while lines := await store.lines_after(tx, place, terms.today):
        weighed = await weigh(tx, _concerns(run, lines, Cause(CAUSE)), widen=False)
        would |= weighed.would_cut()
        last = lines[-1]
        place = replace(place, after_customer_id=last.customer_id, after_line_id=last.line_id)
    found = await safety.forecast(tx, run.organization_id, len(would), terms.today, terms.today)
    if not is_too_many(terms.policy.safety, found):
        return False
    await safety.stop(tx, run.organization_id, run.id, terms.policy.safety, found)
    await store.set_status(tx, run.id, RunStatus.STOPPED)
    return True


def _concerns(run: Progress, lines: list[RunLine], cause: Cause) -> list[Concern]:
    return [
        Concern(
            run.organization_id,
            line.customer_id,
            None if line.line_id == store.NOBODY else line.line_id,
            Push.EITHER,
            cause,
        )
        for line in lines
    ]


async def _judge(tx: Connection, run: Progress, lines: list[RunLine]) -> int:
    """Judge a page of lines, each by itself, and count it."""
    cause = Cause(CAUSE, run_id=run.id)
    concerns = _concerns(run, lines, cause)
    await hold(tx, Customers((run.organization_id, line.customer_id) for line in lines))
    lost_before = clock.now() - LOST_AFTER
    tally = await assess(tx, concerns, widen=False, lost_before=lost_before)
    await store.advance(tx, run, lines[-1], tally)
    return tally.suspended + tally.reactivated


async def _set_aside(db: Database, failure: PageFailed) -> None:
    """Halve the page; when it is one line already, record that line and go past it."""
    run, lines = failure.run, failure.lines
    async with db.transaction(None) as tx:
        if len(lines) > 1:
            await store.shorten_page(tx, run, len(lines))
            return
        cause = failure.__cause__
        await store.skip(tx, run, lines[0], f"{type(cause).__name__}: {cause}")
        log.error("line-not-judged", run_id=str(run.id), line_id=str(lines[0].id), exc_info=cause)
