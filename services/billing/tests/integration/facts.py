"""Facts as other services would tell them, with what a test does not care about filled in."""

from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

from shared.contracts.customers import CustomerFacts, CustomerRegistered, LineActivated, LineStatus
from shared.contracts.ingestion import DebtRow, DebtRowsAccepted
from shared.contracts.payments import (
    AllocationMade,
    AllocationReversed,
    PaymentMethod,
    PaymentReceived,
    PaymentRefunded,
    ReturnFacts,
)
from shared.ids import new_id
from shared.testing import Running

NOON: Final = datetime(2026, 11, 20, 17, tzinfo=UTC)
"""Noon of TODAY in Guayaquil, where the organizations of these tests live."""
TODAY: Final = date(2026, 11, 20)


def customer(customer_id: UUID, kind: type[CustomerFacts] = CustomerRegistered, **more: Any) -> Any:
    """A fact about a customer."""
    facts: dict[str, Any] = {
        "version": 1,
        "name": "Rosa Quispe",
        "national_id": None,
        "email": None,
        "phone": None,
        "external_ref": None,
        "active": True,
    }
    return kind(customer_id=customer_id, **(facts | more))


def line(line_id: UUID, customer_id: UUID, kind: Any = LineActivated, **more: Any) -> Any:
    """A fact about a line."""
    facts: dict[str, Any] = {
        "version": 1,
        "number": 1,
        "plan_name": "Fibra 300",
        "price_minor": 2500,
        "currency": "USD",
        "status": LineStatus.ACTIVE,
        "holds": (),
        "installed_on": None,
        "generation": 0,
    }
    return kind(line_id=line_id, customer_id=customer_id, **(facts | more))


async def known_customer(service: Running, organization: UUID | None = None, **more: Any) -> UUID:
    """A customer the service has heard of."""
    customer_id = new_id()
    await service.deliver(customer(customer_id, **more), organization=organization)
    return customer_id


def allocation(
    invoice_id: UUID,
    allocated_minor: int,
    version: int,
    *,
    kind: type[AllocationMade] | type[AllocationReversed] = AllocationMade,
    total_minor: int = 10_000,
    received_on: date = date(2026, 11, 20),
    recovered_minor: int = 0,
) -> Any:
    """A receivable at a version, as payments tells it."""
    return kind(
        allocation_id=new_id(),
        payment_id=new_id(),
        invoice_id=invoice_id,
        customer_id=new_id(),
        line_id=None,
        amount_minor=1,
        currency="USD",
        received_on=received_on,
        allocated_minor=allocated_minor,
        open_minor=max(0, total_minor - allocated_minor),
        receivable_version=version,
        recovered_minor=recovered_minor,
    )


def debt(row: int, **more: Any) -> DebtRow:
    """A debt row of a file."""
    facts: dict[str, Any] = {
        "row": row,
        "invoice_id": new_id(),
        "external_ref": f"D-{row}",
        "customer_id": new_id(),
        "line_id": None,
        "amount_minor": 4500,
        "issued_on": None,
        "due_on": date(2027, 1, 31),
        "description": "Balance",
    }
    return DebtRow(**(facts | more))


def page(*rows: DebtRow, number: int = 1, import_id: UUID | None = None) -> DebtRowsAccepted:
    """A page of debt rows."""
    return DebtRowsAccepted(import_id=import_id or new_id(), page=number, currency="USD", rows=rows)


def payment(customer_id: UUID, amount_minor: int, **more: Any) -> PaymentReceived:
    """Money that has arrived, as payments tells it."""
    facts: dict[str, Any] = {
        "payment_id": new_id(),
        "currency": "USD",
        "method": PaymentMethod.CASH,
        "reference": None,
        "received_on": TODAY,
        "credited_minor": 0,
    }
    return PaymentReceived(customer_id=customer_id, amount_minor=amount_minor, **(facts | more))


def returned(
    of: PaymentReceived, amount_minor: int, kind: type[ReturnFacts] = PaymentRefunded, **more: Any
) -> Any:
    """Money of a payment that went away again, as payments tells it."""
    facts: dict[str, Any] = {
        "return_id": new_id(),
        "payment_id": of.payment_id,
        "customer_id": of.customer_id,
        "currency": of.currency,
        "returned_minor": amount_minor,
        "returned_on": TODAY,
        "reason": "asked for it back",
    }
    return kind(amount_minor=amount_minor, **(facts | more))


def put(
    of: PaymentReceived, invoice_id: Any, amount_minor: int, version: int, **more: Any
) -> AllocationMade | AllocationReversed:
    """A payment put against an invoice (or taken off it, when negative), as payments tells it."""
    facts: dict[str, Any] = {
        "allocation_id": new_id(),
        "payment_id": of.payment_id,
        "invoice_id": invoice_id,
        "customer_id": of.customer_id,
        "line_id": None,
        "currency": of.currency,
        "received_on": of.received_on,
        "allocated_minor": max(amount_minor, 0),
        "open_minor": 0,
        "receivable_version": version,
    }
    kind = AllocationMade if amount_minor > 0 else AllocationReversed
    return kind(amount_minor=abs(amount_minor), **(facts | more))
