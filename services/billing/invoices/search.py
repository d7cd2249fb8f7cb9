"""Which invoices a list or a summary is about, in SQL, and what they come to by status.

Status, settlement and ageing are derived from amounts, due date and today, as in rules.py; a
test holds the two against each other. What is open is read off ix_invoice_open_due_on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.customers.model import Customer
from services.billing.invoices.model import Invoice
from services.billing.invoices.rules import BUCKET_ENDS, Bucket, Document, Status
from services.billing.numbering.rules import Number
from shared.ids import external_id

MOST_CUSTOMERS: Final = 200
MOST_DIGITS: Final = 15


class StatusFilter(StrEnum):
    """A status to filter by, or `open`: whatever is still owed."""

    DRAFT = "draft"
    SENT = "sent"
    PARTIAL = "partial"
    PAID = "paid"
    OVERDUE = "overdue"
    VOID = "void"
    OPEN = "open"


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
    )
    found: list[ColumnElement[bool]] = [Invoice.organization_id == organization_id]
    found += [column == value for column, value in equal if value is not None]
    if wanted.statuses:
        found.append(or_(false(), *(by_status[status] for status in wanted.statuses)))
    if wanted.due_from is not None:
        found.append(Invoice.due_on >= wanted.due_from)
    if wanted.due_to is not None:
        found.append(Invoice.due_on <= wanted.due_to)
    if wanted.issued_from is not None:
        found.append(Invoice.issued_on >= wanted.issued_from)
    if wanted.issued_to is not None:
        found.append(Invoice.issued_on <= wanted.issued_to)
    if wanted.q:
        found.append(await _matching(session, organization_id, wanted.q))
    return found


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


@dataclass(frozen=True, slots=True)
class Sum:
    """Invoices of one status and ageing bucket: how many, and what they come to."""

    status: Status
    bucket: Bucket | None
    count: int
    total_minor: int
    open_minor: int


async def sums(
    session: AsyncSession, where: Sequence[ColumnElement[bool]], today: date
) -> list[Sum]:
    """The counts and amounts of the invoices that match, by status and ageing bucket."""
    inner = (
        select(
            _status(today).label("status"),
            _bucket(today).label("bucket"),
            Invoice.total_minor.label("total"),
            Invoice.open_minor.label("owed"),
        )
        .where(*where)
        .subquery()
    )
    query: Select[Any, Any, int, Any, Any] = select(
        inner.c.status,
        inner.c.bucket,
        func.count(),
        func.sum(inner.c.total),
        func.sum(inner.c.owed),
    ).group_by(inner.c.status, inner.c.bucket)
    return [
        Sum(Status(status), bucket and Bucket(bucket), count, int(total), int(owed))
        for status, bucket, count, total, owed in (await session.execute(query)).all()
    ]


def _status(today: date) -> ColumnElement[str]:
    by_status = status_conditions(today)
    return case(*((by_status[status], status.value) for status in Status))


def _bucket(today: date) -> ColumnElement[str | None]:
    days = today - Invoice.due_on
    ends = [(and_(OPEN, days <= last), bucket.value) for last, bucket in BUCKET_ENDS]
    return case(*ends, (OPEN, Bucket.OVER_120.value), else_=None)
