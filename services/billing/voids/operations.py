"""Voiding an invoice: one request's whole effect.

Locks are taken in one order everywhere: the subscription, then the invoice.
"""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.bill_runs import unbilling
from services.billing.invoices import store
from services.billing.invoices.model import Invoice
from shared.db import raw
from shared.http import expect_version
from shared.outbox import Outgoing, emit
from shared.tenancy import Organization


async def void(
    session: AsyncSession,
    organization: Organization,
    invoice_id: UUID,
    seen: int | None,
    reason: str,
) -> Invoice:
    """Annul an issued invoice on which nothing was paid; the period it billed is open again."""
    tx = await raw(session)
    held = await unbilling.hold(tx, organization.id, invoice_id)
    invoice = await store.lock(session, organization.id, invoice_id)
    expect_version(seen, invoice.version)
    invoice.void(reason, on=organization.today())
    if held is not None:
        await unbilling.unbill(tx, held)
    facts = invoice.voided_event()
    await emit(session, [Outgoing(facts, organization.id, invoice.id, invoice.version)])
    await session.flush()
    return invoice
