"""Having an invoice delivered, and learning what became of it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.clock import store as clock_store
from services.billing.deliveries import store
from services.billing.deliveries.model import Delivery
from services.billing.deliveries.problems import DeliveryNotSent
from services.billing.deliveries.rules import State
from services.billing.invoices import operations as invoices
from services.billing.invoices import store as invoices_store
from services.billing.invoices.model import Invoice
from services.billing.invoices.problems import InvoiceNotDraft, InvoiceNotIssued
from services.billing.invoices.rules import Document
from shared import clock
from shared.contracts.billing import InvoiceBounced
from shared.db import raw
from shared.http import expect_version
from shared.outbox import Outgoing, emit
from shared.tenancy import Organization


async def send(
    session: AsyncSession,
    organization: Organization,
    invoice_id: UUID,
    seen: int | None,
    due_on: date | None,
) -> tuple[Invoice, Delivery]:
    """Issue a draft, and have it delivered; what is issued already is delivered once more."""
    connection, today = await raw(session), organization.today()
    await clock_store.share(connection, [organization.id])
    invoice = await invoices_store.lock(session, organization.id, invoice_id)
    if invoice.document == Document.VOID:
        raise InvoiceNotIssued(invoice_id, invoice.seen_on(today).status, "it is not sent any more")
    if invoice.document == Document.DRAFT:
        invoice = await invoices.issue(session, organization, invoice_id, seen, due_on)
    else:
        _require_resendable(invoice, seen, due_on, today)
    (delivery_id,) = await store.ask(connection, organization.id, [invoice.id], again=True)
    return invoice, await store.read(session, organization.id, delivery_id)


def _require_resendable(
    invoice: Invoice, seen: int | None, due_on: date | None, today: date
) -> None:
    expect_version(seen, invoice.version)
    if due_on is not None:
        status = invoice.seen_on(today).status
        raise InvoiceNotDraft(invoice.id, status, "its due date stands; leave due_on out")


async def report_bounce(
    session: AsyncSession, organization: Organization, delivery_id: UUID, reason: str
) -> Delivery:
    """A mail came back after its server had taken it in; saying so twice changes nothing."""
    delivery = await store.lock(session, organization.id, delivery_id)
    if delivery.state == State.BOUNCED:
        return delivery
    if delivery.state != State.SENT:
        raise DeliveryNotSent(delivery_id, delivery.state)
    delivery.state, delivery.reason = State.BOUNCED.value, reason
    delivery.bounced_at = clock.now()
    found = await invoices_store.read(await raw(session), organization.id, delivery.invoice_id)
    invoice = found.invoice
    await emit(session, [_bounced(delivery, invoice, delivery.bounced_at, reason)])
    await session.flush()
    return delivery


def _bounced(delivery: Delivery, invoice: Invoice, at: datetime, reason: str) -> Outgoing:
    facts = InvoiceBounced(
        invoice_id=invoice.id,
        customer_id=invoice.customer_id,
        delivery_id=delivery.id,
        number=str(invoice.number),
        recipient=str(delivery.recipient),
        attempt=delivery.attempt,
        at=at,
        reason=reason,
    )
    return Outgoing(facts, invoice.organization_id, invoice.id)
