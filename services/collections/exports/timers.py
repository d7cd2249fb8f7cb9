"""Exports made: page by page, each a transaction that leaves its place behind."""

from typing import Final

import structlog

from services.collections.analytics.debts import Scope
from services.collections.exports import store
from services.collections.exports.rules import MOST_ROWS, ExportKind, header, lines
from services.collections.exports.store import Job
from shared import clock
from shared.bus.apply import is_conflict, is_outage
from shared.db import Connection, Database
from shared.tenancy import load_organization
from shared.timers import every

log = structlog.get_logger(__name__)

PAGE: Final = 2000


class PageFailed(Exception):
    """A page of an export could not be made; `__cause__` says why."""

    def __init__(self, job: Job) -> None:
        super().__init__(f"export {job.id}")
        self.job = job


@every(seconds=1.0)
async def make_exports(db: Database) -> int:
    """Make the exports that are asked for, first come first served; how many pages."""
    async with db.transaction(None) as tx:
        await store.forget_expired(tx, clock.now())
    made = 0
    while True:
        try:
            async with db.transaction(None) as tx:
                job = await store.lock_next(tx)
                if job is None:
                    return made
                await _step(tx, job)
                made += 1
        except PageFailed as failure:
            cause = failure.__cause__
            log.error("export-failed", export_id=str(failure.job.id), exc_info=cause)
            async with db.transaction(None) as tx:
                await store.end(tx, failure.job, clock.now(), type(cause).__name__)


async def _step(tx: Connection, job: Job) -> None:
    try:
        if job.pieces == 0:
            await _begin(tx, job)
            return
        rows = await store.page(tx, job, min(PAGE, MOST_ROWS - job.rows))
        if rows:
            text = lines(ExportKind(job.kind), rows)
            await store.add_piece(tx, job, text, len(rows), rows[-1]["id"])
        else:
            await store.end(tx, job, clock.now())
    except Exception as error:
        if is_outage(error) or is_conflict(error):
            raise
        raise PageFailed(job) from error


async def _begin(tx: Connection, job: Job) -> None:
    if job.kind in store.FILLED:
        organization = await load_organization(tx, job.organization_id)
        scope = Scope(organization.id, organization.currency, organization.today())
        await store.fill(tx, job, scope)
    await store.add_piece(tx, job, header(ExportKind(job.kind)), 0, None)
