"""A bill run's invoices -> deliveries, where the organization wants them sent."""

from collections.abc import Sequence
from uuid import UUID

from services.billing.deliveries import store
from services.billing.terms import store as terms_store
from shared.bus.handlers import on
from shared.contracts.billing import InvoicesBilled
from shared.contracts.event import Event
from shared.db import Connection


@on(InvoicesBilled)
async def deliver_bill_runs(tx: Connection, events: Sequence[Event[InvoicesBilled]]) -> None:
    """Have what was billed delivered once; an invoice that has a delivery gets no other."""
    billed: dict[UUID, list[UUID]] = {}
    for event in events:
        ids = [invoice.invoice_id for invoice in event.data.invoices]
        billed.setdefault(event.organization, []).extend(ids)
    terms = await terms_store.load(tx, billed)
    for organization_id, ids in billed.items():
        if terms[organization_id].deliver_bill_runs:
            await store.ask(tx, organization_id, ids, again=False)
