"""What invoices come to, aggregated in SQL: one pass over those that match."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.invoices.model import Invoice
from services.billing.invoices.rules import BUCKET_ENDS, Bucket, InvoiceStatus
from services.billing.invoices.search import OPEN, status_conditions

SUMMED: Final = (
    "total_minor",
    "open_minor",
    "allocated_minor",
    "credited_minor",
    "written_off_minor",
    "recovered_minor",
)


@dataclass(frozen=True, slots=True)
class Sum:
    """Invoices of one currency, status and ageing bucket: how many, and what they come to."""

    currency: str
    status: InvoiceStatus
    bucket: Bucket | None
    count: int
    total_minor: int
    open_minor: int
    allocated_minor: int
    credited_minor: int
    written_off_minor: int
    recovered_minor: int


async def sums(
    session: AsyncSession, where: Sequence[ColumnElement[bool]], today: date
) -> list[Sum]:
    """The counts and amounts of the invoices that match."""
    columns: list[Any] = [getattr(Invoice, name) for name in SUMMED]
    inner = (
        select(
            Invoice.currency,
            _status(today).label("status"),
            _bucket(today).label("bucket"),
            *columns,
        )
        .where(*where)
        .subquery()
    )
    groups = (inner.c.currency, inner.c.status, inner.c.bucket)
    added = [func.sum(inner.c[name]) for name in SUMMED]
    query: Any = select(*groups, func.count(), *added).group_by(*groups)
    return [
        Sum(currency, InvoiceStatus(status), bucket and Bucket(bucket), count, *map(int, amounts))
        for currency, status, bucket, count, *amounts in (await session.execute(query)).all()
    ]


def _status(today: date) -> ColumnElement[str]:
    by_status = status_conditions(today)
    return case(*((by_status[status], status.value) for status in InvoiceStatus))


def _bucket(today: date) -> ColumnElement[str | None]:
    days = today - Invoice.due_on
    ends = [(and_(OPEN, days <= last), bucket.value) for last, bucket in BUCKET_ENDS]
    return case(*ends, (OPEN, Bucket.OVER_120.value), else_=None)
