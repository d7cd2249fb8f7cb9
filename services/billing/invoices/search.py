"""Which invoices a list or a summary is about, in SQL.

Status, settlement and ageing are derived from amounts, due date and today, as in rules.py; a
test holds the two against each other. What is open is read off ix_invoice_open_due_on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.customers.model import Customer
from services.billing.invoices.model import Invoice, InvoiceItem
from services.billing.invoices.rules import Document
from services.billing.numbering.rules import Number
from shared.contracts.billing import InvoiceKind
from shared.ids import external_id

MOST_CUSTOMERS: Final = 200
MOST_DIGITS: Final = 15


class StatusFilter(StrEnum):
    """A status to filter by; `open`: whatever is still owed; `pending`: owed, not overdue."""

    DRAFT = "draft"
    SENT = "sent"
    PARTIAL = "partial"
    PAID = "paid"
    OVERDUE = "overdue"
    VOID = "void"
    OPEN = "open"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a caller filters by; None filters nothing."""

    statuses: Sequence[StatusFilter] = ()
    customer_id: UUID | None = None
    line_id: UUID | None = None
    number: str | None = None
    q: str | None = None
    due_from: date | None = None
    due_to: date | None = None
    issued_from: date | None = None
    issued_to: date | None = None
    total_from_minor: int | None = None
    total_to_minor: int | None = None
    currency: str | None = None
    recurring: bool | None = None
    kind: InvoiceKind | None = None
    refers_to: UUID | None = None
    category_id: UUID | None = None


ISSUED: Final = Invoice.document == Document.ISSUED.value
OPEN: Final = Invoice.open_minor > 0


def status_conditions(today: date) -> Mapping[str, ColumnElement[bool]]:
    """What each status means for a row, today."""
    not_overdue = and_(OPEN, Invoice.due_on >= today)
    return {
        StatusFilter.DRAFT: Invoice.document == Document.DRAFT.value,
        StatusFilter.VOID: Invoice.document == Document.VOID.value,
        StatusFilter.PAID: and_(ISSUED, Invoice.open_minor == 0),
        StatusFilter.OVERDUE: and_(OPEN, Invoice.due_on < today),
        StatusFilter.PARTIAL: and_(not_overdue, Invoice.open_minor < Invoice.total_minor),
        StatusFilter.SENT: and_(not_overdue, Invoice.open_minor == Invoice.total_minor),
        StatusFilter.OPEN: OPEN,
        StatusFilter.PENDING: not_overdue,
    }


async def conditions(
    session: AsyncSession, organization_id: UUID, wanted: Wanted, today: date
) -> list[ColumnElement[bool]]:
    """The WHERE of a list or a summary."""
    by_status = status_conditions(today)
    equal = (
        (Invoice.customer_id, wanted.customer_id),
        (Invoice.line_id, wanted.line_id),
        (Invoice.number, wanted.number),
        (Invoice.currency, wanted.currency),
        (Invoice.recurring, wanted.recurring),
        (Invoice.kind, wanted.kind),
        (Invoice.refers_to, wanted.refers_to),
    )
    ranges = (
        (Invoice.due_on, wanted.due_from, wanted.due_to),
        (Invoice.issued_on, wanted.issued_from, wanted.issued_to),
        (Invoice.total_minor, wanted.total_from_minor, wanted.total_to_minor),
    )
    found: list[ColumnElement[bool]] = [Invoice.organization_id == organization_id]
    found += [column == value for column, value in equal if value is not None]
    if wanted.statuses:
        found.append(or_(false(), *(by_status[status] for status in wanted.statuses)))
    found += [column >= first for column, first, _ in ranges if first is not None]
    found += [column <= last for column, _, last in ranges if last is not None]
    if wanted.category_id is not None:
        found.append(_of_category(organization_id, wanted.category_id))
    if wanted.q:
        found.append(await _matching(session, organization_id, wanted.q))
    return found


def _of_category(organization_id: UUID, category_id: UUID) -> ColumnElement[bool]:
    """Invoices with an item of the category; served by ix_invoice_item_category_id."""
    return Invoice.id.in_(
        select(InvoiceItem.invoice_id).where(
            InvoiceItem.organization_id == organization_id,
            InvoiceItem.category_id == category_id,
        )
    )


async def _matching(session: AsyncSession, organization_id: UUID, q: str) -> ColumnElement[bool]:
    """A number (or only its digits), an imported reference, or a part of a customer's name.

    The customers are looked up first, so that each part of the OR is an equality with an index.
    """
    named = await session.scalars(
        select(Customer.id)
        .where(
            Customer.organization_id == organization_id, Customer.name.icontains(q, autoescape=True)
        )
        .limit(MOST_CUSTOMERS)
    )
    numbers = [q.upper()]
    if q.isascii() and q.isdigit() and len(q) <= MOST_DIGITS:
        numbers.append(Number(int(q)).text)
    return or_(
        Invoice.number.in_(numbers),
        Invoice.id == external_id(organization_id, "invoice", q),
        Invoice.customer_id.in_(named.all()),
    )
