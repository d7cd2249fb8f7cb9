"""What the billing service announces: invoices and their due dates."""

from datetime import date
from uuid import UUID

from pydantic import Field

from shared.contracts.customers import RowRefusal
from shared.contracts.event import Contract, EventData


class InvoiceFacts(Contract):
    """What an issued invoice asks for; never changes after the issue."""

    invoice_id: UUID
    customer_id: UUID
    line_id: UUID | None
    version: int
    number: str
    currency: str
    total_minor: int = Field(gt=0)
    issued_on: date
    due_on: date


class InvoiceIssued(EventData, InvoiceFacts, type="billing.invoice-issued.v1"):
    """An invoice was issued: frozen, numbered, owed."""


class InvoicesImported(EventData, type="billing.invoices-imported.v1"):
    """A page of open debts taken in from a file, as invoices issued at once."""

    import_id: UUID
    invoices: tuple[InvoiceFacts, ...]


class InvoiceVoided(EventData, type="billing.invoice-voided.v1"):
    """An issued invoice was annulled; nothing is owed on it any more."""

    invoice_id: UUID
    customer_id: UUID
    line_id: UUID | None
    version: int
    reason: str


class InvoiceSettled(EventData, type="billing.invoice-settled.v1"):
    """Allocations cover the whole invoice."""

    invoice_id: UUID
    customer_id: UUID
    line_id: UUID | None
    version: int
    settled_on: date


class DueFacts(Contract):
    """An open invoice against the calendar of its organization."""

    invoice_id: UUID
    customer_id: UUID
    line_id: UUID | None
    number: str
    currency: str
    open_minor: int
    due_on: date


class InvoiceDueSoon(EventData, DueFacts, type="billing.invoice-due-soon.v1"):
    """An open invoice falls due in the organization's due-soon window. Once per invoice."""


class InvoiceDueToday(EventData, DueFacts, type="billing.invoice-due-today.v1"):
    """An open invoice falls due today. Once per invoice."""


class InvoiceOverdue(EventData, DueFacts, type="billing.invoice-overdue.v1"):
    """The due date of an open invoice has passed on the local calendar. Once per invoice."""


class DebtRowsApplied(EventData, type="billing.debt-rows-applied.v1"):
    """The answer to one page of accepted debt rows. Exactly one per page."""

    import_id: UUID
    page: int
    created: int
    unchanged: int
    refused: tuple[RowRefusal, ...]
