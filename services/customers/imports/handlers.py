"""Pages of rows out of files, heard."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from psycopg.errors import UniqueViolation

from services.customers.imports import rules, store
from services.customers.imports.rules import Outcome, ReadRow
from shared.bus.handlers import Transient, on
from shared.contracts.customers import CustomerRowsApplied, CustomersImported, RowRefusal
from shared.contracts.event import Event
from shared.contracts.ingestion import CustomerRowsAccepted
from shared.db import Connection
from shared.outbox import Outgoing, emit
from shared.tenancy import Organization, require_organizations

ATTEMPTS: Final = 3
"""How often a page is tried when others store the same customers at the same moment."""


@on(CustomerRowsAccepted)
async def apply_pages(tx: Connection, events: Sequence[Event[CustomerRowsAccepted]]) -> None:
    """Merge each page into what is stored, say what is new or changed, and answer the page.

    A page is a set of a few hundred rows and is applied by a constant number of
    statements; pages of one batch follow each other, so that a later one sees an earlier.
    """
    organizations = await require_organizations(tx, {event.organization for event in events})
    outgoing: list[Outgoing] = []
    for event in events:
        organization = organizations[event.organization]
        outcome = await _apply(tx, organization, event.data)
        outgoing += _answers(event, outcome)
    await emit(tx, outgoing)


async def _apply(tx: Connection, organization: Organization, page: CustomerRowsAccepted) -> Outcome:
    if page.currency != organization.currency:
        return _refused(page, f"the amounts are in {page.currency}, not {organization.currency}")
    rows = rules.read_rows(page.rows, organization.country)
    for _ in range(ATTEMPTS):
        try:
            async with tx.transaction():
                return await _merge(tx, organization, page.import_id, rows)
        except UniqueViolation as error:
            overtaken = error
    raise Transient(f"others keep storing the same customers: {overtaken}")


async def _merge(
    tx: Connection, organization: Organization, import_id: UUID, rows: Sequence[ReadRow]
) -> Outcome:
    known = await store.read_known(tx, organization.id, rows)
    outcome = rules.apply_rows(rows, known, currency=organization.currency)
    await store.write(tx, organization.id, import_id, outcome)
    return outcome


def _answers(event: Event[CustomerRowsAccepted], outcome: Outcome) -> list[Outgoing]:
    """The facts that are new, if any, and the answer to the page."""
    page = event.data
    said: list[Outgoing] = []
    if outcome.customers or outcome.lines:
        imported = CustomersImported(
            import_id=page.import_id,
            customers=tuple(outcome.customers.values()),
            lines=tuple(facts for facts, _ in outcome.lines.values()),
        )
        said.append(Outgoing(imported, event.organization, page.import_id, cause=event))
    applied = CustomerRowsApplied(
        import_id=page.import_id,
        page=page.page,
        created=outcome.created,
        updated=outcome.updated,
        unchanged=outcome.unchanged,
        refused=tuple(outcome.refused),
    )
    return [*said, Outgoing(applied, event.organization, page.import_id, cause=event)]


def _refused(page: CustomerRowsAccepted, message: str) -> Outcome:
    """Every row of a page refused for the same reason."""
    return Outcome(
        refused=[RowRefusal(row=row.row, column=None, message=message) for row in page.rows]
    )
