"""What is announced about an open invoice and its due date, as events."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from services.billing.clock.rules import Kind, Marks, said_by_issuer
from shared.contracts.billing import InvoiceDueSoon, InvoiceDueToday, InvoiceOverdue
from shared.contracts.event import Event
from shared.outbox import Outgoing

EVENTS: Final[dict[Kind, type[InvoiceOverdue | InvoiceDueToday | InvoiceDueSoon]]] = {
    Kind.OVERDUE: InvoiceOverdue,
    Kind.DUE_TODAY: InvoiceDueToday,
    Kind.DUE_SOON: InvoiceDueSoon,
    Kind.OWN_SOON: InvoiceDueSoon,
}


@dataclass(frozen=True, slots=True)
class OpenInvoice:
    """An issued invoice on which something is owed."""

    organization_id: UUID
    invoice_id: UUID
    customer_id: UUID
    line_id: UUID | None
    number: str
    currency: str
    open_minor: int
    due_on: date
    due_soon_days: int | None = None
    """Its own window; None: the one of the terms."""


def announcement(kind: Kind, invoice: OpenInvoice, cause: Event[Any] | None = None) -> Outgoing:
    """The event of one kind about one invoice."""
    facts = EVENTS[kind](
        invoice_id=invoice.invoice_id,
        customer_id=invoice.customer_id,
        line_id=invoice.line_id,
        number=invoice.number,
        currency=invoice.currency,
        open_minor=invoice.open_minor,
        due_on=invoice.due_on,
    )
    return Outgoing(facts, invoice.organization_id, invoice.invoice_id, cause=cause)


def passed_by(
    marks: Marks, today: date, invoices: Iterable[OpenInvoice], cause: Event[Any] | None = None
) -> list[Outgoing]:
    """What to say of invoices that become owed where the clock has already been.

    The caller holds the clock (see store.hold) until it commits both.
    """
    said = ((_said(marks, today, invoice), invoice) for invoice in invoices)
    return [announcement(kind, invoice, cause) for kind, invoice in said if kind is not None]


def _said(marks: Marks, today: date, invoice: OpenInvoice) -> Kind | None:
    own_days = invoice.due_soon_days
    return said_by_issuer(marks, today, invoice.due_on, invoice.invoice_id, own_days)
