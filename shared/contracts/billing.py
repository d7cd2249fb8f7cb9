"""What the billing service announces: invoices and their due dates."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from shared.contracts.customers import RowRefusal
from shared.contracts.event import Contract, EventData


class InvoiceKind(StrEnum):
    """What an invoice is for: what was sold, or a fee for paying late or by a payment plan."""

    CHARGE = "charge"
    LATE_FEE = "late_fee"
    PLAN_FEE = "plan_fee"


class CreditSettlement(StrEnum):
    """What becomes of money that a credit note leaves on its invoice in excess.

    `offset`: put against the customer's other open invoices, oldest due first, the rest kept
    as credit; `credit`: kept as account credit; `refund`: given back.
    """

    OFFSET = "offset"
    CREDIT = "credit"
    REFUND = "refund"


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
    kind: InvoiceKind = InvoiceKind.CHARGE
    refers_to: UUID | None = Field(None, description="The invoice that a late fee is for.")
    due_soon_days: int | None = Field(
        None, description="Its own window before the due date; the organization's when none."
    )


class InvoiceIssued(EventData, InvoiceFacts, type="billing.invoice-issued.v1"):
    """An invoice was issued: frozen, numbered, owed."""


class InvoicesImported(EventData, type="billing.invoices-imported.v1"):
    """A page of open debts taken in from a file, as invoices issued at once."""

    import_id: UUID
    invoices: tuple[InvoiceFacts, ...]


class InvoicesBilled(EventData, type="billing.invoices-billed.v1"):
    """A page of invoices issued by a bill run."""

    bill_run_id: UUID
    invoices: tuple[InvoiceFacts, ...]


class AdjustmentFacts(Contract):
    """One document that lowered what an issued invoice asks for, and where that leaves it.

    `credited_minor` and `written_off_minor` are sums over all such documents of the invoice:
    a reader keeps the state with the highest version and ignores the rest. A write-off is
    never lowered; money that comes for it is a recovery, which payments counts (see
    payments' AllocationFacts).
    """

    invoice_id: UUID
    customer_id: UUID
    line_id: UUID | None
    version: int
    adjustment_id: UUID = Field(description="The credit note or the write-off.")
    number: str | None = Field(description="Of the credit note; a write-off has none.")
    amount_minor: int = Field(gt=0)
    currency: str
    credited_minor: int = Field(ge=0)
    written_off_minor: int = Field(ge=0)
    adjusted_on: date
    reason: str


class InvoiceCredited(EventData, AdjustmentFacts, type="billing.invoice-credited.v1"):
    """A credit note was issued for an invoice."""

    settlement: CreditSettlement = CreditSettlement.CREDIT


class InvoiceWrittenOff(EventData, AdjustmentFacts, type="billing.invoice-written-off.v1"):
    """What was open of an invoice, or a part of it, was given up."""


class DeliveryFacts(Contract):
    """One attempt to bring an invoice to its customer."""

    invoice_id: UUID
    customer_id: UUID
    delivery_id: UUID
    number: str
    recipient: str
    attempt: int = Field(ge=1, description="1 for the first, more when it was sent again.")
    at: datetime


class InvoiceSent(EventData, DeliveryFacts, type="billing.invoice-sent.v1"):
    """The mail server took an invoice in for its customer."""


class InvoiceBounced(EventData, DeliveryFacts, type="billing.invoice-bounced.v1"):
    """An invoice cannot be delivered to its customer's address."""

    reason: str


class BillRunFinished(EventData, type="billing.bill-run-finished.v1"):
    """Every subscription of a bill run has been looked at; the final counts."""

    bill_run_id: UUID
    period_from: date
    period_to: date
    invoices: int
    failed: int
    total_minor: int
    currency: str


class InvoiceVoided(EventData, type="billing.invoice-voided.v1"):
    """An issued invoice was annulled; nothing is owed on it any more."""

    invoice_id: UUID
    customer_id: UUID
    line_id: UUID | None
    version: int
    reason: str


class InvoiceSettled(EventData, type="billing.invoice-settled.v1"):
    """Nothing is open on an invoice any more: it is paid, credited or written off."""

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
