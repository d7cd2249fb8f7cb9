"""Time -> bill runs: those that are queued are worked off, those of each day are started."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

import structlog

from services.billing.bill_runs import operations, store
from services.billing.bill_runs.operations import MOST_PER_PAGE
from shared import clock
from shared.bus.apply import is_conflict, is_outage
from shared.db import Database
from shared.timers import every

log = structlog.get_logger(__name__)

MOST_CONFLICTS: Final = 8


@every(seconds=1.0)
async def bill_runs(db: Database) -> int:
    """Start the runs of the day; work off every open run, page by page, turn by turn.

    An organization whose run fails is tried again next time and stops no other.
    """
    async with db.transaction(None) as tx:
        due = await store.daily(tx, clock.now())
    examined, failed = 0, dict[UUID, Exception]()
    for organization_id in due:
        with _noting(failed, organization_id):
            async with db.transaction(None) as tx:
                await operations.start_daily(tx, organization_id)
    while True:
        async with db.transaction(None) as tx:
            runs = [run for run in await store.open_runs(tx) if run[1] not in failed]
        if not runs:
            break
        for run_id, organization_id in runs:
            with _noting(failed, organization_id):
                examined += await advance(db, organization_id, run_id)
    if failed:
        raise ExceptionGroup(f"bill runs of {len(failed)} organizations failed", [*failed.values()])
    return examined


@contextmanager
def _noting(failed: dict[UUID, Exception], organization_id: UUID) -> Iterator[None]:
    """Note what fails for an organization; an outage is everybody's and ends the pass."""
    try:
        yield
    except Exception as failure:
        if is_outage(failure):
            raise
        log.exception("bill-run-failed", organization=str(organization_id))
        failed[organization_id] = failure


async def advance(
    db: Database, organization_id: UUID, run_id: UUID, most: int = MOST_PER_PAGE
) -> int:
    """One page of a run; how many subscriptions were examined.

    A page that cannot be stored is halved until the culprit stands alone; that one is set aside
    with its error, and the run goes on.
    """
    conflicts = 0
    while True:
        try:
            async with db.transaction(None) as tx:
                examined, _ = await operations.bill_page(tx, organization_id, run_id, most)
            return examined
        except Exception as error:
            if is_outage(error):
                raise
            if is_conflict(error) and conflicts < MOST_CONFLICTS:
                conflicts += 1
            elif most > 1:
                most //= 2
            else:
                log.exception("subscription-set-aside", bill_run=str(run_id))
                async with db.transaction(None) as tx:
                    await operations.set_aside(tx, organization_id, run_id, error)
                return 1
