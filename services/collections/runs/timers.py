"""Runs: everybody in an organization who owes or is off, judged anew, a page at a time.

A page is one transaction with its place and its counts, so a run survives its worker. A
page that fails is tried again at half its length until the line that cannot be judged
stands alone; that one is recorded, the run goes past it, and pages grow again.
"""

from datetime import timedelta
from typing import Final

import structlog

from services.collections.enforcement.locks import Customers, fence, hold
from services.collections.enforcement.operations import assess
from services.collections.enforcement.rules import Cause, Concern, Push
from services.collections.policies import store as policies
from services.collections.runs import store
from services.collections.runs.rules import RunStatus
from services.collections.runs.store import Progress, RunLine
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


async def _judge(tx: Connection, run: Progress, lines: list[RunLine]) -> int:
    """Judge a page of lines, each by itself, and count it."""
    cause = Cause(CAUSE, run_id=run.id)
    concerns = [
        Concern(run.organization_id, line.customer_id, line.line_id, Push.EITHER, cause)
        for line in lines
    ]
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
        log.error(
            "line-not-judged", run_id=str(run.id), line_id=str(lines[0].line_id), exc_info=cause
        )
