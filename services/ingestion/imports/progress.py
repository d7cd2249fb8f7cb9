"""An import's progress as server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sse_starlette import ServerSentEvent

from services.ingestion.imports.model import ImportJob
from services.ingestion.imports.views import ImportOut
from shared.db import Database

LONGEST_STREAM_SECONDS: Final = 900
"""As long as a token lives; who wants to see more connects again."""


async def progress(
    db: Database, organization_id: UUID, import_id: UUID, *, pace_seconds: float
) -> AsyncIterator[ServerSentEvent]:
    """The state of a job whenever it has changed, and `end` once it is over.

    Each event's id is the job's version.
    """
    seen = -1
    for _ in range(int(LONGEST_STREAM_SECONDS / pace_seconds)):
        async with db.read(organization_id) as session:
            job = await session.scalar(
                select(ImportJob).where(
                    ImportJob.id == import_id, ImportJob.organization_id == organization_id
                )
            )
        if job is None:
            return
        if job.version != seen:
            seen = job.version
            yield ServerSentEvent(
                ImportOut.of(job).model_dump_json(),
                event="end" if job.over else "progress",
                id=str(job.version),
            )
        if job.over:
            return
        await asyncio.sleep(pace_seconds)
