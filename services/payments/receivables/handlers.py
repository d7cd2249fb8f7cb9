"""What payments learns of invoices."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.payments.cards import refunds
from services.payments.credits import operations as credits
from services.payments.ledger import operations as ledger_operations
from services.payments.ledger import store as ledger_store
from services.payments.ledger.rules import Funds, Ledger, adjust
from services.payments.payments.rules import Debt, in_order
from services.payments.receivables import store
from services.payments.returns.rules import ReturnKind
from shared import clock
from shared.bus.handlers import on
from shared.contracts.billing import (
    CreditSettlement,
    InvoiceCredited,
    InvoiceFacts,
    InvoiceIssued,
    InvoicesBilled,
    InvoicesImported,
    InvoiceVoided,
    InvoiceWrittenOff,
)
from shared.contracts.event import Event
from shared.db import Connection
from shared.tenancy import Organization, require_organizations

Adjustment = Event[InvoiceCredited] | Event[InvoiceWrittenOff]


@on(InvoiceIssued)
async def project_issued(tx: Connection, events: Sequence[Event[InvoiceIssued]]) -> None:
    """Make receivables of invoices issued one by one."""
    await _issue(tx, [(event.organization, (event.data,)) for event in events])


@on(InvoicesImported, InvoicesBilled)
async def project_pages(
    tx: Connection, events: Sequence[Event[InvoicesImported] | Event[InvoicesBilled]]
) -> None:
    """Make receivables of invoices that came from a file or a bill run, a page at a time."""
    await _issue(tx, [(event.organization, event.data.invoices) for event in events])


async def _issue(tx: Connection, pages: Sequence[tuple[UUID, Sequence[InvoiceFacts]]]) -> None:
    """Know the invoices; account credit of their customers pays them where it shall."""
    creditors = await credits.lock_creditors(
        tx, [(organization_id, each) for organization_id, page in pages for each in page]
    )
    fresh = await store.project_issued(tx, pages)
    if creditors:
        await credits.apply_to_issued(tx, creditors, fresh)


@on(InvoiceVoided)
async def annul(tx: Connection, events: Sequence[Event[InvoiceVoided]]) -> None:
    """Annul receivables; money that was put against them becomes account credit."""
    customers = {(event.organization, event.data.customer_id) for event in events}
    await ledger_store.lock_customers(tx, customers)
    allocated = await store.project_voided(
        tx, [(event.organization, event.data) for event in events]
    )
    causes = {
        event.data.invoice_id: event for event in events if allocated.get(event.data.invoice_id)
    }
    if causes:
        ledger = Ledger(
            await ledger_store.lock_positions(tx, causes),
            await ledger_store.load_payers(tx, causes),
        )
        for invoice_id in sorted(causes):
            for standing in ledger.standing_on(invoice_id):
                ledger.release(standing)
        await _commit(tx, ledger, clock.now(), causes)


@on(InvoiceCredited, InvoiceWrittenOff)
async def follow_adjustments(tx: Connection, events: Sequence[Adjustment]) -> None:
    """Ask for less; money that a credit note leaves in excess goes where the note says.

    The sums of the events only grow, so any order and repetition ends alike. A note that is
    overtaken by a later adjustment of its invoice has no excess of its own left to settle:
    that went the later one's way.
    """
    ordered = sorted(events, key=lambda event: event.data.version)
    customers = {(event.organization, event.data.customer_id) for event in events}
    await ledger_store.lock_customers(tx, customers)
    offsetting = {
        (event.organization, event.data.customer_id)
        for event in events
        if _settlement(event) is CreditSettlement.OFFSET
    }
    causes = {event.data.invoice_id: event for event in ordered}
    positions = await ledger_store.lock_positions(tx, causes, offsetting)
    if waiting := causes.keys() - {each.invoice_id for each in positions}:
        unheard = [causes[invoice_id] for invoice_id in waiting]
        await store.await_facts(tx, [(event.organization, event.data) for event in unheard])
        positions += await ledger_store.lock_positions(tx, waiting)
    ledger = Ledger(positions, await ledger_store.load_payers(tx, causes))
    organizations = await require_organizations(tx, {event.organization for event in events})
    at, by_card = clock.now(), list[tuple[Funds, int, str]]()
    for event in ordered:
        position = ledger.positions[event.data.invoice_id]
        freed = adjust(
            ledger, position, event.data.credited_minor, event.data.written_off_minor, at
        )
        by_card += _settle(ledger, event, freed, organizations[event.organization], at)
    await _commit(tx, ledger, at, causes)
    await refunds.request_credited(tx, by_card)


def _settlement(event: Adjustment) -> CreditSettlement:
    data = event.data
    return data.settlement if isinstance(data, InvoiceCredited) else CreditSettlement.CREDIT


def _settle(
    ledger: Ledger,
    event: Adjustment,
    freed: Sequence[tuple[Funds, int]],
    organization: Organization,
    at: datetime,
) -> list[tuple[Funds, int, str]]:
    """Let money that was freed go where the credit note says; otherwise it stays credit.

    Money to be refunded that came through a card processor, with the reason, is the answer: it
    is credit until the processor has given it back.
    """
    settlement, by_card = _settlement(event), list[tuple[Funds, int, str]]()
    for funds, minor in freed:
        if settlement is CreditSettlement.REFUND:
            reason = f"credit note {event.data.number or event.data.adjustment_id}"
            if funds.provider is not None:
                by_card.append((funds, minor, reason))
            else:
                ledger.pay_out(funds, ReturnKind.REFUND, minor, reason, organization.today())
        elif settlement is CreditSettlement.OFFSET:
            _offset(ledger, funds, minor, event.data.invoice_id, at)
    return by_card


def _offset(ledger: Ledger, funds: Funds, minor: int, except_for: UUID, at: datetime) -> None:
    """Put money against the customer's other open invoices, oldest due first."""
    debts = [
        Debt(each.invoice_id, each.due_on, each.open_minor)
        for each in ledger.positions.values()
        if each.due_on is not None
        and each.open_minor
        and each.invoice_id != except_for
        and (each.organization_id, each.customer_id, each.currency)
        == (funds.organization_id, funds.customer_id, funds.currency)
    ]
    for debt in in_order(debts):
        part = min(minor, debt.open_minor)
        if part:
            ledger.apply(funds, debt.invoice_id, part, at)
            minor -= part


async def _commit(
    tx: Connection, ledger: Ledger, at: datetime, causes: Mapping[UUID, Event[Any]]
) -> None:
    organizations = await require_organizations(
        tx, {event.organization for event in causes.values()}
    )
    booked_on = {each.id: each.today() for each in organizations.values()}
    await ledger_operations.commit(tx, ledger, booked_on, at, causes)


async def rebuild(tx: Connection, events: Sequence[Event[Any]]) -> None:
    """The facts alone, for a rebuild of the projection: no money moves."""
    voided, adjusted, pages = [], [], []
    for event in events:
        data = event.data
        if isinstance(data, InvoiceVoided):
            voided.append((event.organization, data))
        elif isinstance(data, InvoiceCredited | InvoiceWrittenOff):
            adjusted.append((event.organization, data))
        else:
            pages.append((event.organization, _invoices(data)))
    await store.project_issued(tx, pages)
    await store.project_voided(tx, voided)
    await store.project_adjusted(tx, adjusted)


def _invoices(data: InvoiceIssued | InvoicesImported | InvoicesBilled) -> Sequence[InvoiceFacts]:
    return (data,) if isinstance(data, InvoiceIssued) else data.invoices
