"""Time moves imports on: whatever has been uploaded or paused is read."""

from datetime import timedelta
from typing import Final

from services.ingestion.imports import store
from services.ingestion.imports.reading import read_on
from services.ingestion.settings import settings
from shared.bus.apply import is_outage
from shared.db import Database
from shared.timers import every

AFTER_FAILURE: Final = timedelta(seconds=30)


@every(seconds=0.25)
async def read_imports(db: Database) -> int:
    """Read every job on as far as its pages in flight allow, the oldest first.

    Woken by uploads and answers; the pace is a backstop. A job that cannot be read on is
    tried again later and does not keep the others waiting.
    """
    limits = settings()
    async with db.transaction(None) as tx:
        jobs = await store.unread(tx, in_flight=limits.pages_in_flight)
    steps, failures = 0, list[Exception]()
    for job in jobs:
        try:
            steps += await read_on(db, job, limits)
        except Exception as error:
            if is_outage(error):
                raise
            async with db.transaction(None) as tx:
                await store.postpone(tx, job.id, AFTER_FAILURE)
            error.add_note(f"while reading import {job.id}")
            failures.append(error)
    if failures:
        raise ExceptionGroup("imports that could not be read on", failures)
    return steps
