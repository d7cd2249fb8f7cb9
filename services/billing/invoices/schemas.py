"""Invoices as the API takes and shows them."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints, model_validator

from services.billing.invoices.model import Invoice, InvoiceItem
from services.billing.invoices.rules import (
    Ageing,
    Bucket,
    Charge,
    Document,
    Settlement,
    Status,
)
from services.billing.invoices.search import Sum
from shared.money import MoneyIn, MoneyOut

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Quantity = Annotated[Decimal, Field(gt=0, le=1_000_000, decimal_places=4, examples=["1"])]
Rate = Annotated[
    Decimal, Field(ge=0, le=100, decimal_places=4, examples=["15"], description="Per cent.")
]


class ItemIn(BaseModel):
    """Something that is charged."""

    description: Text
    quantity: Quantity = Decimal(1)
    unit_price: MoneyIn
    tax_rate: Rate = Decimal(0)

    def charge(self, currency: str) -> Charge:
        """The charge in the organization's currency; raises MoneyError for another one."""
        price_minor = self.unit_price.to_minor(currency)
        return Charge(self.description, self.quantity, price_minor, self.tax_rate)


Items = Annotated[list[ItemIn], Field(min_length=1, max_length=200)]


class InvoiceIn(BaseModel):
    """A new draft."""

    customer_id: UUID
    line_id: UUID | None = None
    items: Items
    due_on: date | None = Field(
        None, description="By the organization's terms, counted from the issue, when left out."
    )
    memo: Text | None = None
    issue: bool = Field(False, description="Issue it at once.")


class InvoicePatch(BaseModel):
    """Changes to a draft; what is left out stays."""

    line_id: UUID | None = None
    items: Items | None = None
    due_on: date | None = None
    memo: Text | None = None

    @model_validator(mode="after")
    def _items_are_replaced_not_removed(self) -> Self:
        if "items" in self.model_fields_set and self.items is None:
            raise ValueError("leave items out to keep them, or give at least one")
        return self


class IssueIn(BaseModel):
    """How to issue a draft."""

    due_on: date | None = Field(None, description="The draft's own, or the terms', when left out.")


class VoidIn(BaseModel):
    """Why an invoice is annulled."""

    reason: Text


class ItemOut(BaseModel):
    """One item with its amounts."""

    position: int
    description: str
    quantity: str = Field(examples=["1", "2.5"])
    unit_price: MoneyOut
    tax_rate: str = Field(examples=["15"], description="Per cent.")
    net: MoneyOut
    tax: MoneyOut

    @classmethod
    def of(cls, item: InvoiceItem, currency: str) -> Self:
        """Show an item."""
        return cls(
            position=item.position,
            description=item.description,
            quantity=plain(item.quantity),
            unit_price=MoneyOut.of(item.unit_price_minor, currency),
            tax_rate=plain(item.tax_rate),
            net=MoneyOut.of(item.net_minor, currency),
            tax=MoneyOut.of(item.tax_minor, currency),
        )


class InvoiceOut(BaseModel):
    """An invoice as it stands today on its organization's calendar."""

    id: UUID
    number: str | None = Field(description="Null while it is a draft.")
    status: Status = Field(description="Computed from document, settlement and ageing.")
    document: Document
    settlement: Settlement
    ageing: Ageing
    customer_id: UUID
    customer_name: str | None
    line_id: UUID | None
    subtotal: MoneyOut
    tax: MoneyOut
    total: MoneyOut
    allocated: MoneyOut
    credited: MoneyOut = Field(description="By credit notes.")
    written_off: MoneyOut = Field(description="Given up, recovered or not.")
    recovered: MoneyOut = Field(description="Of what was written off, what money came for.")
    open: MoneyOut = Field(description="What is still owed.")
    issued_on: date | None
    due_on: date | None
    settled_on: date | None
    days_until_due: int | None = Field(description="Negative when overdue; null: nothing owed.")
    is_overdue: bool
    voided_on: date | None
    void_reason: str | None
    external_ref: str | None
    memo: str | None
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, invoice: Invoice, customer_name: str | None, today: date) -> Self:
        """Show an invoice on a day."""
        return cls(**_facts(invoice, customer_name, today))


class InvoiceDetail(InvoiceOut):
    """An invoice with its items."""

    items: list[ItemOut]

    @classmethod
    def of(cls, invoice: Invoice, customer_name: str | None, today: date) -> Self:
        """Show an invoice and its items on a day."""
        items = [ItemOut.of(item, invoice.currency) for item in invoice.items]
        return cls(**_facts(invoice, customer_name, today), items=items)


def _facts(invoice: Invoice, customer_name: str | None, today: date) -> dict[str, Any]:
    view, currency = invoice.seen_on(today), invoice.currency
    same = (
        "id",
        "number",
        "document",
        "customer_id",
        "line_id",
        "issued_on",
        "due_on",
        "settled_on",
        "voided_on",
        "void_reason",
        "external_ref",
        "memo",
        "version",
        "created_at",
        "updated_at",
    )
    return {name: getattr(invoice, name) for name in same} | {
        "status": view.status,
        "settlement": view.settlement,
        "ageing": view.ageing,
        "customer_name": customer_name,
        "subtotal": MoneyOut.of(invoice.subtotal_minor, currency),
        "tax": MoneyOut.of(invoice.tax_minor, currency),
        "total": MoneyOut.of(invoice.total_minor, currency),
        "allocated": MoneyOut.of(invoice.allocated_minor, currency),
        "credited": MoneyOut.of(invoice.credited_minor, currency),
        "written_off": MoneyOut.of(invoice.written_off_minor, currency),
        "recovered": MoneyOut.of(invoice.recovered_minor, currency),
        "open": MoneyOut.of(view.open_minor, currency),
        "days_until_due": view.days_until_due,
        "is_overdue": view.ageing is Ageing.OVERDUE,
    }


def plain(value: Decimal) -> str:
    """A decimal without exponent and without trailing zeros: 2.5000 is "2.5", 100 "100"."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


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


class SummaryOut(BaseModel):
    """Invoices in figures, as of today on the organization's calendar."""

    as_of: date
    count: int
    total: MoneyOut
    open: MoneyOut
    overdue: MoneyOut
    by_status: dict[Status, StatusSum]
    ageing: list[BucketSum]

    @classmethod
    def of(cls, sums: Sequence[Sum], currency: str, today: date) -> Self:
        """Fold the sums of status and bucket; every status and bucket is shown, also empty."""

        def money(minor: int) -> MoneyOut:
            return MoneyOut.of(minor, currency)

        by_status = {}
        for status in Status:
            mine = [each for each in sums if each.status is status]
            by_status[status] = StatusSum(
                count=sum(each.count for each in mine),
                total=money(sum(each.total_minor for each in mine)),
                open=money(sum(each.open_minor for each in mine)),
            )
        ageing = []
        for bucket in Bucket:
            mine = [each for each in sums if each.bucket is bucket]
            owed = money(sum(each.open_minor for each in mine))
            ageing.append(
                BucketSum(bucket=bucket, count=sum(each.count for each in mine), open=owed)
            )
        return cls(
            as_of=today,
            count=sum(each.count for each in sums),
            total=money(sum(each.total_minor for each in sums)),
            open=money(sum(each.open_minor for each in sums)),
            overdue=by_status[Status.OVERDUE].open,
            by_status=by_status,
            ageing=ageing,
        )
