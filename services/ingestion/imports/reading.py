"""Reading a stored file on from the position its job has kept, page by page.

Each page commits in one transaction with the new position, the refused rows, and the event
that hands the good rows on. A worker that dies loses the page it was at and nothing else;
whoever comes next starts at the position, at once. Two workers at one job do no harm: a
page is taken only while the job still stands at its number.
"""

from typing import Final

from services.ingestion.imports import operations, store
from services.ingestion.imports.columns import FileRefused
from services.ingestion.imports.pages import Page, PageMaker, Refused
from services.ingestion.imports.rules import RowCheck
from services.ingestion.imports.store import UnreadJob
from services.ingestion.imports.stream import FileStream, Span
from services.ingestion.settings import IngestionSettings
from shared.contracts.ingestion import CustomerRowsAccepted
from shared.db import Database
from shared.money import exponent
from shared.outbox import Outgoing, emit

NO_ROWS: Final = "The file has a first line and no rows."


async def read_on(db: Database, job: UnreadJob, limits: IngestionSettings) -> int:
    """Read pages of one job until enough of them are in flight; how many steps that took."""
    try:
        stream = await _open(db, job)
    except FileRefused as refusal:
        return await _refuse(db, job, str(refusal))
    maker = PageMaker(job.organization_id, RowCheck(stream.layout, exponent(job.currency)))
    for read in range(limits.pages_in_flight - job.in_flight):
        number = job.pages + read
        span, records = await stream.page(limits.page_rows)
        page = maker.make(records)
        if span.last and number == 0 and page.rows == 0:
            return await _refuse(db, job, NO_ROWS)
        if not await _take(db, job, number, span, page):
            return read
        if span.last:
            return read + 1
    return limits.pages_in_flight - job.in_flight


async def _open(db: Database, job: UnreadJob) -> FileStream:
    """The job's file at its position; the first time that is after the first line."""
    if job.layout is not None:
        return FileStream(db, job.id, job.byte_size, job.layout, job.position)
    stream, warnings = await FileStream.begin(db, job.id, job.byte_size)
    if stream.position.offset == job.byte_size:
        raise FileRefused(NO_ROWS)
    async with db.transaction(None) as tx:
        await store.set_layout(tx, job.id, stream.layout, warnings, stream.position)
    return stream


async def _take(db: Database, job: UnreadJob, number: int, span: Span, page: Page) -> bool:
    """Take a page in and hand its rows on, unless the job has moved on without us."""
    async with db.transaction(None) as tx:
        if not await store.advance(tx, job.id, number, span, page):
            return False
        await store.add_page(tx, job, number, span, page)
        await store.add_errors(tx, job.id, job.organization_id, page.refused)
        if page.customers:
            data = CustomerRowsAccepted.model_validate(
                {
                    "import_id": job.id,
                    "page": number,
                    "currency": job.currency,
                    "rows": page.customers,
                }
            )
            await emit(tx, [Outgoing(data, job.organization_id, subject=job.id)])
        if span.last:
            await operations.finish(tx, [job.id])
    return True


async def _refuse(db: Database, job: UnreadJob, reason: str) -> int:
    """End a job whose file cannot be read as a whole; reported as an error of line 1."""
    async with db.transaction(None) as tx:
        if not await operations.fail(tx, job.id, reason):
            return 0
        error = Refused(line=1, no=0, source="file", column=None, message=reason, fields=None)
        await store.add_errors(tx, job.id, job.organization_id, [error])
    return 1
