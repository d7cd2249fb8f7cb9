"""Files go when their time has come."""

from services.ingestion.files import store
from shared import clock
from shared.db import Database
from shared.timers import every


@every(seconds=60)
async def purge_files(db: Database) -> int:
    """Delete files past their retention, and uploads that were never completed."""
    deleted = 0
    while True:
        async with db.transaction(None) as tx:
            files = await store.expired(tx, clock.now())
            for file_id in files:
                await store.delete(tx, file_id)
        if not files:
            return deleted
        deleted += len(files)
