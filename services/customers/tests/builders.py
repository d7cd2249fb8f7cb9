"""Customers, lines, rows and orders as tests need them."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from services.customers.lines.model import Line
from shared.contracts.collections import LineReactivationOrdered, LineSuspensionOrdered
from shared.contracts.customers import HoldReason
from shared.contracts.ingestion import CustomerRow, CustomerRowsAccepted, LineRow
from shared.ids import external_id, new_id

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def cedula(index: int) -> str:
    """A valid Ecuadorian cédula; another for each index below 24 000 000."""
    digits = f"{index // 1_000_000 + 1:02d}{index % 1_000_000 // 200_000}{index % 1_000_000:06d}"
    doubled = (int(digit) * (2 if at % 2 == 0 else 1) for at, digit in enumerate(digits))
    total = sum(value - 9 if value > 9 else value for value in doubled)
    return f"{digits}{-total % 10}"


def line(**facts: Any) -> Line:
    """A line in memory: sold, not yet installed, unless the facts say otherwise."""
    base: dict[str, Any] = {
        "id": new_id(),
        "organization_id": new_id(),
        "customer_id": new_id(),
        "version": 1,
        "number": 1,
        "plan_name": "Fibra 300",
        "price_minor": 2_500,
        "currency": "USD",
        "installed_on": None,
        "activated_at": None,
        "cancelled_at": None,
        "holds": [],
        "generation": 0,
        "essential": False,
        "created_at": NOON,
        "updated_at": NOON,
    }
    return Line(**(base | facts))


def active_line(*holds: HoldReason) -> Line:
    """A line in service, with the holds given."""
    return line(activated_at=NOON, installed_on=NOON.date(), holds=list(holds))


def line_row(organization_id: UUID, ref: str, number: int = 1, **facts: Any) -> LineRow:
    """The line of a row: active, at 25.00."""
    base: dict[str, Any] = {
        "line_id": external_id(organization_id, "line", f"{ref}/{number}"),
        "number": number,
        "plan_name": "Fibra 300",
        "price_minor": 2_500,
        "installed_on": date(2024, 1, 5),
        "status": "active",
    }
    return LineRow(**(base | facts))


def row(organization_id: UUID, ref: str, at: int = 2, **facts: Any) -> CustomerRow:
    """One row of a file, about a customer without a line unless the facts have one."""
    base: dict[str, Any] = {
        "row": at,
        "customer_id": external_id(organization_id, "customer", ref),
        "external_ref": ref,
        "name": f"Customer {ref}",
        "national_id": None,
        "email": None,
        "phone": None,
        "line": None,
    }
    return CustomerRow(**(base | facts))


def page(*rows: CustomerRow, number: int = 0, **facts: Any) -> CustomerRowsAccepted:
    """A page of rows in US dollars, of an import of its own."""
    base: dict[str, Any] = {"import_id": new_id(), "page": number, "currency": "USD"}
    return CustomerRowsAccepted(rows=rows, **(base | facts))


def suspend(line_id: UUID, generation: int) -> LineSuspensionOrdered:
    """An order to suspend a line."""
    return LineSuspensionOrdered(
        line_id=line_id, customer_id=new_id(), decision_id=new_id(), generation=generation
    )


def reactivate(line_id: UUID, generation: int) -> LineReactivationOrdered:
    """An order to reactivate a line."""
    return LineReactivationOrdered(
        line_id=line_id, customer_id=new_id(), decision_id=new_id(), generation=generation
    )
