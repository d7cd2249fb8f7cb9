"""Facts of billing and customers, as payments hears them."""

from datetime import date
from typing import Any
from uuid import UUID

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
from shared.contracts.customers import CustomerRegistered
from shared.ids import new_id

DUE_ON = date(2026, 11, 1)


def invoice_facts(**changes: Any) -> dict[str, Any]:
    """An invoice of 45.00 USD."""
    facts = {
        "invoice_id": new_id(),
        "customer_id": new_id(),
        "line_id": new_id(),
        "version": 2,
        "number": "INV-000001",
        "currency": "USD",
        "total_minor": 4500,
        "issued_on": date(2026, 10, 15),
        "due_on": DUE_ON,
    }
    return facts | changes


def issued(**changes: Any) -> InvoiceIssued:
    """An invoice that was issued by itself."""
    return InvoiceIssued(**invoice_facts(**changes))


def imported(*invoices: dict[str, Any]) -> InvoicesImported:
    """Invoices that came from a file."""
    return InvoicesImported(
        import_id=new_id(), invoices=tuple(InvoiceFacts(**each) for each in invoices)
    )


def billed(*invoices: dict[str, Any]) -> InvoicesBilled:
    """Invoices that a bill run issued."""
    return InvoicesBilled(
        bill_run_id=new_id(), invoices=tuple(InvoiceFacts(**each) for each in invoices)
    )


def _adjustment(invoice: InvoiceIssued, **sums: Any) -> dict[str, Any]:
    facts = {
        "invoice_id": invoice.invoice_id,
        "customer_id": invoice.customer_id,
        "line_id": invoice.line_id,
        "version": invoice.version + 1,
        "adjustment_id": new_id(),
        "number": None,
        "amount_minor": 1,
        "currency": invoice.currency,
        "credited_minor": 0,
        "written_off_minor": 0,
        "adjusted_on": date(2026, 11, 20),
        "reason": "agreed",
    }
    return facts | sums


def credited(
    invoice: InvoiceIssued,
    credited_minor: int,
    settlement: CreditSettlement = CreditSettlement.CREDIT,
    **changes: Any,
) -> InvoiceCredited:
    """A credit note, after which an invoice has that much credited."""
    facts = _adjustment(
        invoice, credited_minor=credited_minor, settlement=settlement, number="CN-000001"
    )
    return InvoiceCredited(**(facts | changes))


def written_off(
    invoice: InvoiceIssued, written_off_minor: int, **changes: Any
) -> InvoiceWrittenOff:
    """A write-off, after which an invoice has that much written off."""
    facts = _adjustment(invoice, written_off_minor=written_off_minor)
    return InvoiceWrittenOff(**(facts | changes))


def voided(invoice: InvoiceIssued) -> InvoiceVoided:
    """The annulment of an issued invoice."""
    return InvoiceVoided(
        invoice_id=invoice.invoice_id,
        customer_id=invoice.customer_id,
        line_id=invoice.line_id,
        version=invoice.version + 1,
        reason="entered twice",
    )


def customer(customer_id: UUID, *, version: int = 1, active: bool = True) -> CustomerRegistered:
    """A customer that was taken on."""
    return CustomerRegistered(
        customer_id=customer_id,
        version=version,
        name="Rosa Quispe",
        national_id=None,
        email=None,
        phone=None,
        external_ref=None,
        active=active,
    )
