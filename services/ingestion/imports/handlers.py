"""The services' answers to pages of rows.

An answer is taken once per page, so repeated and reordered answers change nothing. Rows
that a service refused are reported with what stands in the file; rows that customers
refused never reach billing.
"""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from services.ingestion.files import store as files
from services.ingestion.files.records import Record, RecordReader
from services.ingestion.imports import answers, operations, store
from services.ingestion.imports.answers import AnsweredPage
from services.ingestion.imports.pages import refusals
from services.ingestion.imports.rules import Fault
from shared.bus.handlers import on
from shared.contracts.billing import DebtRowsApplied
from shared.contracts.customers import CustomerRowsApplied, RowRefusal
from shared.contracts.event import Event
from shared.contracts.ingestion import DebtRowsAccepted
from shared.db import Connection
from shared.outbox import Outgoing, emit

PageKey = tuple[UUID, int]


class UnknownPage(Exception):
    """An answer to a page that was never sent."""


@on(CustomerRowsApplied)
async def hand_on_debts(tx: Connection, events: Sequence[Event[CustomerRowsApplied]]) -> None:
    """Hand the debts of answered pages on to billing, those of refused rows excepted."""
    by_page = {(event.data.import_id, event.data.page): event for event in events}
    pages = await answers.take(
        tx,
        answers.FROM_CUSTOMERS,
        [
            {
                "organization_id": event.organization,
                "import_id": event.data.import_id,
                "page": event.data.page,
                "created": event.data.created,
                "updated": event.data.updated,
                "unchanged": event.data.unchanged,
                "refused": len(_rows(event.data.refused)),
            }
            for event in by_page.values()
        ],
    )
    await _check_known(tx, by_page, pages)
    outgoing, sent, counts = list[Outgoing](), list[tuple[AnsweredPage, int]](), _Counts()
    for page in pages:
        event = by_page[page.import_id, page.number]
        refused = _rows(event.data.refused)
        rows = tuple(debt for debt in page.debts if debt.row not in refused)
        sent.append((page, len(rows)))
        if rows:
            data = DebtRowsAccepted(
                import_id=page.import_id, page=page.number, currency=page.currency, rows=rows
            )
            outgoing.append(
                Outgoing(data, page.organization_id, subject=page.import_id, cause=event)
            )
        count = counts.of(page, complete=not rows, part=_first_part(page) if rows else page.bytes)
        count.rows_refused += len(refused)
        count.customers_created += event.data.created
        count.customers_updated += event.data.updated
        count.customers_unchanged += event.data.unchanged
    await answers.note_debts_sent(tx, sent)
    await _report(tx, "customers", pages, {key: by_page[key].data.refused for key in by_page})
    await emit(tx, outgoing)
    await operations.settle(tx, counts.all)


@on(DebtRowsApplied)
async def count_debts(tx: Connection, events: Sequence[Event[DebtRowsApplied]]) -> None:
    """Count what billing made of pages; the last answer ends the import."""
    by_page = {(event.data.import_id, event.data.page): event for event in events}
    pages = await answers.take(
        tx,
        answers.FROM_BILLING,
        [
            {
                "organization_id": event.organization,
                "import_id": event.data.import_id,
                "page": event.data.page,
                "created": event.data.created,
                "unchanged": event.data.unchanged,
                "refused": len(_rows(event.data.refused)),
            }
            for event in by_page.values()
        ],
    )
    await _check_known(tx, by_page, pages)
    counts = _Counts()
    for page in pages:
        data = by_page[page.import_id, page.number].data
        count = counts.of(page, complete=True, part=page.bytes - _first_part(page))
        count.rows_refused += len(_rows(data.refused))
        count.invoices_created += data.created
        count.invoices_unchanged += data.unchanged
    await _report(tx, "billing", pages, {key: by_page[key].data.refused for key in by_page})
    await operations.settle(tx, counts.all)


class _Counts:
    """What a batch of answers adds to each job."""

    def __init__(self) -> None:
        self._by_job: dict[UUID, store.Answered] = {}

    @property
    def all(self) -> list[store.Answered]:
        return list(self._by_job.values())

    def of(self, page: AnsweredPage, *, complete: bool, part: int) -> store.Answered:
        """The job's count, with this page's part of the file added."""
        count = self._by_job.setdefault(page.import_id, store.Answered(page.import_id))
        count.pages += complete
        count.bytes += part
        return count


def _first_part(page: AnsweredPage) -> int:
    """The progress of a page that customers has answered and billing has not."""
    return page.bytes // 2


def _rows(refused: Iterable[RowRefusal]) -> set[int]:
    return {each.row for each in refused}


async def _check_known(
    tx: Connection, asked: Mapping[PageKey, object], taken: Sequence[AnsweredPage]
) -> None:
    """Raise UnknownPage for an answer that fits no page; one taken before is fine."""
    rest = asked.keys() - {(page.import_id, page.number) for page in taken}
    if rest and (unknown := rest - await answers.known(tx, sorted(rest))):
        raise UnknownPage(f"import {min(unknown)[0]} has no page {min(unknown)[1]}")


async def _report(
    tx: Connection,
    source: str,
    pages: Sequence[AnsweredPage],
    refused: Mapping[PageKey, Sequence[RowRefusal]],
) -> None:
    """Keep the rows a service refused, with the fields that stand in the file."""
    concerned = [page for page in pages if refused[page.import_id, page.number]]
    if not concerned:
        return
    spans = [(page.import_id, page.start_offset, page.end_offset) for page in concerned]
    texts = await files.slices(tx, spans)
    for page in concerned:
        faults: dict[int, list[Fault]] = {}
        for each in refused[page.import_id, page.number]:
            faults.setdefault(each.row, []).append(Fault(each.column, each.message))
        text = texts.get((page.import_id, page.start_offset), b"")
        found = {record.line: record for record in _records(page, text) if record.line in faults}
        await store.add_errors(
            tx,
            page.import_id,
            page.organization_id,
            [
                error
                for line, said in faults.items()
                for error in refusals(found.get(line, Record(line, line, [])), source, said)
            ],
        )


def _records(page: AnsweredPage, text: bytes) -> list[Record]:
    """The records of a page, read again from its part of the file."""
    layout = page.layout
    reader = RecordReader(
        delimiter=layout.delimiter,
        newline=layout.newline.encode(),
        offset=page.start_offset,
        line=page.first_line,
    )
    reader.feed(text)
    reader.close()
    return reader.read(len(text) + 1)
