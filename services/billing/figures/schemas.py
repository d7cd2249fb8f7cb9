"""Figures as the API shows them."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Self

from pydantic import BaseModel, Field

from services.billing.figures.store import Sum
from services.billing.invoices.rules import Bucket, InvoiceStatus
from shared.money import MoneyOut


class StatusSum(BaseModel):
    """The invoices of one status."""

    count: int
    total: MoneyOut
    open: MoneyOut


class BucketSum(BaseModel):
    """What is open and has been overdue for so many days."""

    bucket: Bucket
    count: int
    open: MoneyOut


class Revenue(BaseModel):
    """What issued invoices asked for, and what became of it; voids and drafts count nothing."""

    invoiced: MoneyOut
    credited: MoneyOut
    collected: MoneyOut = Field(description="Allocated, recoveries included.")
    written_off: MoneyOut = Field(description="Given up, recovered or not.")
    recovered: MoneyOut


class SummaryOut(BaseModel):
    """Invoices in figures, as of today on the organization's calendar, in one currency."""

    as_of: date
    currency: str
    other_currencies: list[str] = Field(
        description="What else the filters find; ask for it with `currency`."
    )
    count: int
    total: MoneyOut
    open: MoneyOut
    outstanding: MoneyOut = Field(description="Another name for `open`.")
    overdue: MoneyOut
    disputed: MoneyOut = Field(
        description="Always 0 here: disputes, and ageing without them, are shown by collections."
    )
    revenue: Revenue
    by_status: dict[InvoiceStatus, StatusSum]
    ageing: list[BucketSum]

    @classmethod
    def of(cls, found: Sequence[Sum], currency: str, today: date) -> Self:
        """Fold the sums of a currency; every status and bucket is shown, also empty."""
        sums = [each for each in found if each.currency == currency]
        by_status = {}
        for status in InvoiceStatus:
            mine = [each for each in sums if each.status is status]
            by_status[status] = StatusSum(
                count=sum(each.count for each in mine),
                total=_added(mine, "total_minor", currency),
                open=_added(mine, "open_minor", currency),
            )
        ageing = []
        for bucket in Bucket:
            mine = [each for each in sums if each.bucket is bucket]
            owed = _added(mine, "open_minor", currency)
            ageing.append(
                BucketSum(bucket=bucket, count=sum(each.count for each in mine), open=owed)
            )
        issued = [
            each for each in sums if each.status not in (InvoiceStatus.DRAFT, InvoiceStatus.VOID)
        ]
        owed = _added(sums, "open_minor", currency)
        return cls(
            as_of=today,
            currency=currency,
            other_currencies=sorted({each.currency for each in found} - {currency}),
            count=sum(each.count for each in sums),
            total=_added(sums, "total_minor", currency),
            open=owed,
            outstanding=owed,
            overdue=by_status[InvoiceStatus.OVERDUE].open,
            disputed=MoneyOut.of(0, currency),
            revenue=Revenue(
                invoiced=_added(issued, "total_minor", currency),
                credited=_added(issued, "credited_minor", currency),
                collected=_added(issued, "allocated_minor", currency),
                written_off=_added(issued, "written_off_minor", currency),
                recovered=_added(issued, "recovered_minor", currency),
            ),
            by_status=by_status,
            ageing=ageing,
        )


def _added(sums: Iterable[Sum], member: str, currency: str) -> MoneyOut:
    return MoneyOut.of(sum(getattr(each, member) for each in sums), currency)
