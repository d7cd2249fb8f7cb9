"""What the reader of files, the handlers of answers, and the API share."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from services.ingestion.imports import store
from services.ingestion.settings import settings
from shared.contracts.ingestion import ImportFinished
from shared.db import Connection
from shared.outbox import Outgoing, emit

READING_TIMER: Final = "read-imports"


async def wake_reader(tx: Connection) -> None:
    """Have a worker look for something to read once the transaction has committed."""
    await tx.execute("SELECT pg_notify('duesline_timer', %s)", (READING_TIMER,))


async def settle(tx: Connection, answered: Sequence[store.Answered]) -> None:
    """Count answers in, let reading go on where it paused, and end what is complete."""
    if not answered:
        return
    if await store.count_answers(tx, answered):
        await wake_reader(tx)
    await finish(tx, [each.id for each in answered])


async def finish(tx: Connection, ids: Sequence[UUID]) -> None:
    """End those of the jobs that are read and answered, and say so, once each."""
    over = await store.finish(tx, ids, keep_files=_retention())
    await emit(
        tx,
        [
            Outgoing(
                ImportFinished(
                    import_id=job["id"],
                    file_name=job["file_name"],
                    rows=job["rows"],
                    applied=job["customers_created"]
                    + job["customers_updated"]
                    + job["invoices_created"],
                    unchanged=job["customers_unchanged"] + job["invoices_unchanged"],
                    refused=job["rows_refused"],
                ),
                job["organization_id"],
                subject=job["id"],
                version=job["version"],
            )
            for job in over
        ],
    )


async def fail(tx: Connection, import_id: UUID, reason: str) -> bool:
    """End a job whose file cannot be read; False when it has moved on meanwhile."""
    return await store.fail(tx, import_id, reason, keep_files=_retention())


def _retention() -> timedelta:
    return timedelta(days=settings().keep_files_days)
