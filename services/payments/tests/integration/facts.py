"""Facts of billing and customers, as payments hears them."""

from datetime import date
from typing import Any
from uuid import UUID

from shared.contracts.billing import InvoiceFacts, InvoiceIssued, InvoicesImported, InvoiceVoided
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
