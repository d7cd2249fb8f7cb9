"""Debt rows -> issued invoices, and the answer to each page."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final
from uuid import UUID

from services.billing.clock import store as clock_store
from services.billing.clock.announcements import OpenInvoice, passed_by
from services.billing.clock.store import ClockState
from services.billing.imports import store
from services.billing.imports.rules import (
    OnRecord,
    Verdicts,
    issue_day,
    judge,
    refuse_currency,
)
from services.billing.imports.store import Imported
from services.billing.numbering import store as numbering
from services.billing.numbering.rules import Number
from shared.bus.handlers import on
from shared.contracts.billing import DebtRowsApplied, InvoiceFacts, InvoicesImported
from shared.contracts.event import Event
from shared.contracts.ingestion import DebtRowsAccepted
from shared.db import Connection
from shared.outbox import Outgoing, emit
from shared.tenancy import Organization, require_organizations

PAGES_AT_ONCE: Final = 20
FIRST_VERSION: Final = 1

Page = Event[DebtRowsAccepted]


@dataclass(slots=True)
class Judged:
    """A page, what becomes of its rows, and the invoices it makes."""

    page: Page
    organization: Organization
    verdicts: Verdicts
    imported: list[Imported]


@on(DebtRowsAccepted)
async def take_in_debts(tx: Connection, pages: Sequence[Page]) -> None:
    """Create the invoices of the rows that are new, and answer each page once.

    Every lock is taken first; then the pages go through in groups, so that a large batch
    stays one transaction without standing in memory twice.
    """
    ids = {page.organization for page in pages}
    organizations = await require_organizations(tx, ids)
    clocks = await clock_store.hold(tx, ids)
    await store.take_turn(tx, ids)
    for start in range(0, len(pages), PAGES_AT_ONCE):
        await _take_in(tx, pages[start : start + PAGES_AT_ONCE], organizations, clocks)


async def _take_in(
    tx: Connection,
    pages: Sequence[Page],
    organizations: Mapping[UUID, Organization],
    clocks: Mapping[UUID, ClockState],
) -> None:
    known = await store.known(tx, [row.invoice_id for page in pages for row in page.data.rows])
    judged = [_judge(page, organizations[page.organization], known) for page in pages]
    wanted = Counter({each.organization.id: 0 for each in judged})
    for each in judged:
        wanted[each.organization.id] += len(each.verdicts.new)
    ranges = await numbering.take_ranges(tx, {id_: n for id_, n in wanted.items() if n})
    numbers = {id_: iter(taken) for id_, taken in ranges.items()}
    for each in judged:
        count = len(each.verdicts.new)
        mine = list(islice(numbers[each.organization.id], count)) if count else []
        each.imported = _number(each, mine)
    await store.insert(tx, [made for each in judged for made in each.imported])
    outgoing: list[Outgoing] = []
    for each in judged:
        outgoing += _answers(each, clocks[each.organization.id])
    await emit(tx, outgoing)


def _judge(page: Page, organization: Organization, known: dict[UUID, OnRecord]) -> Judged:
    data = page.data
    if data.currency != organization.currency:
        refused = refuse_currency(data.rows, data.currency, organization.currency)
        return Judged(page, organization, Verdicts(refused=refused), [])
    return Judged(page, organization, judge(data.rows, known, data.currency), [])


def _number(judged: Judged, numbers: Sequence[Number]) -> list[Imported]:
    """The new rows of a page under their numbers."""
    organization, today = judged.organization, judged.organization.today()
    return [
        Imported(
            organization_id=organization.id,
            import_id=judged.page.data.import_id,
            number=number,
            currency=organization.currency,
            issued_on=issue_day(row, today),
            row=row,
        )
        for row, number in zip(judged.verdicts.new, numbers, strict=True)
    ]


def _answers(judged: Judged, clock: ClockState) -> list[Outgoing]:
    """The invoices of a page, those of them the clock has passed, and the page's answer."""
    data, cause = judged.page.data, judged.page
    organization_id, today = judged.organization.id, judged.organization.today()
    outgoing = []
    if judged.imported:
        facts = tuple(_facts(each) for each in judged.imported)
        made = InvoicesImported(import_id=data.import_id, invoices=facts)
        outgoing.append(Outgoing(made, organization_id, data.import_id, cause=cause))
        opened = [_open(each) for each in judged.imported]
        outgoing += passed_by(clock.marks, today, opened, cause)
    answer = DebtRowsApplied(
        import_id=data.import_id,
        page=data.page,
        created=len(judged.imported),
        unchanged=judged.verdicts.unchanged,
        refused=tuple(judged.verdicts.refused),
    )
    return [*outgoing, Outgoing(answer, organization_id, data.import_id, cause=cause)]


def _facts(imported: Imported) -> InvoiceFacts:
    row = imported.row
    return InvoiceFacts(
        invoice_id=row.invoice_id,
        customer_id=row.customer_id,
        line_id=row.line_id,
        version=FIRST_VERSION,
        number=imported.number.text,
        currency=imported.currency,
        total_minor=row.amount_minor,
        issued_on=imported.issued_on,
        due_on=row.due_on,
    )


def _open(imported: Imported) -> OpenInvoice:
    row = imported.row
    return OpenInvoice(
        organization_id=imported.organization_id,
        invoice_id=row.invoice_id,
        customer_id=row.customer_id,
        line_id=row.line_id,
        number=imported.number.text,
        currency=imported.currency,
        open_minor=row.amount_minor,
        due_on=row.due_on,
    )
