"""What payments learns of invoices."""

from collections.abc import Sequence
from typing import Any

from services.payments.receivables import store
from shared import clock
from shared.bus.handlers import on
from shared.contracts.billing import InvoiceFacts, InvoiceIssued, InvoicesImported, InvoiceVoided
from shared.contracts.event import Event
from shared.db import Connection


@on(InvoiceIssued)
async def project_issued(tx: Connection, events: Sequence[Event[InvoiceIssued]]) -> None:
    """Make receivables of invoices issued one by one."""
    await store.project_issued(tx, ((event.organization, (event.data,)) for event in events))


@on(InvoicesImported)
async def project_imported(tx: Connection, events: Sequence[Event[InvoicesImported]]) -> None:
    """Make receivables of invoices that came from a file, a page at a time."""
    await store.project_issued(tx, ((event.organization, event.data.invoices) for event in events))


@on(InvoiceVoided)
async def annul(tx: Connection, events: Sequence[Event[InvoiceVoided]]) -> None:
    """Annul receivables; money that was put against them becomes account credit."""
    allocated = await store.project_voided(
        tx, ((event.organization, event.data) for event in events)
    )
    causes = {
        event.data.invoice_id: (event.id, event.traceparent)
        for event in events
        if allocated.get(event.data.invoice_id)
    }
    if causes:
        await store.reverse_allocations(tx, causes, clock.now())


async def rebuild(tx: Connection, events: Sequence[Event[Any]]) -> None:
    """The facts alone, for a rebuild of the projection: no money moves."""
    pages = [
        (event.organization, _invoices(event.data))
        for event in events
        if not isinstance(event.data, InvoiceVoided)
    ]
    voided = [
        (event.organization, event.data)
        for event in events
        if isinstance(event.data, InvoiceVoided)
    ]
    await store.project_issued(tx, pages)
    await store.project_voided(tx, voided)


def _invoices(data: InvoiceIssued | InvoicesImported) -> Sequence[InvoiceFacts]:
    return data.invoices if isinstance(data, InvoicesImported) else (data,)
