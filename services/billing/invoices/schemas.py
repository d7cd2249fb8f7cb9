"""Invoices as the API takes and shows them."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Self
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints, model_validator

from services.billing.accounts.problems import CurrencyMismatch
from services.billing.invoices.model import Invoice, InvoiceItem
from services.billing.invoices.rules import (
    UNTAXED,
    Ageing,
    Charge,
    Document,
    InvoiceStatus,
    Settlement,
    TaxCategory,
)
from services.billing.invoices.store import Found
from shared.contracts.billing import InvoiceKind
from shared.money import CURRENCY_PATTERN, Money, MoneyIn, MoneyOut

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Quantity = Annotated[Decimal, Field(gt=0, le=1_000_000, decimal_places=4, examples=["1"])]
Rate = Annotated[
    Decimal, Field(ge=0, le=100, decimal_places=4, examples=["15"], description="Per cent.")
]
Soon = Annotated[
    int | None,
    Field(ge=0, le=90, description="Days before the due date; the terms' when left out."),
]
DepositAccount = Annotated[
    str | None,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    Field(description="Where the payer is asked to pay: an account of payments, or a text."),
]
SAME: Final = (
    "id",
    "number",
    "document",
    "kind",
    "refers_to",
    "customer_id",
    "line_id",
    "currency",
    "recurring",
    "suggested_deposit_account",
    "issued_on",
    "issued_at",
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
NO_CATEGORY: Final = UUID(int=0)
MONEY: Final = (
    "subtotal",
    "tax",
    "total",
    "allocated",
    "credited",
    "written_off",
    "recovered",
)


class ItemIn(BaseModel):
    """Something that is charged."""

    description: Text
    quantity: Quantity = Decimal(1)
    unit_price: MoneyIn
    price_includes_tax: bool = Field(False, description="The net follows from the gross.")
    tax_rate: Rate = Decimal(0)
    tax_category: TaxCategory | None = Field(
        None, description="`standard` when left out and there is a rate, else `zero`."
    )
    category_id: UUID | None = Field(None, description="The default category when left out.")

    @model_validator(mode="after")
    def _untaxed_has_no_rate(self) -> Self:
        if self.tax_rate and self.tax_category in UNTAXED:
            raise ValueError(f"what is {self.tax_category} has no tax rate")
        return self

    def charge(self, currency: str) -> Charge:
        """The charge in the invoice's currency; raises CurrencyMismatch for another one."""
        if self.unit_price.currency not in (None, currency):
            raise CurrencyMismatch(str(self.unit_price.currency), currency)
        implied = TaxCategory.STANDARD if self.tax_rate else TaxCategory.ZERO
        return Charge(
            self.description,
            self.quantity,
            self.unit_price.to_minor(currency),
            self.tax_rate,
            self.price_includes_tax,
            self.tax_category or implied,
            self.category_id,
        )


Items = Annotated[list[ItemIn], Field(min_length=1, max_length=200)]


class InvoiceIn(BaseModel):
    """A new draft."""

    customer_id: UUID
    line_id: UUID | None = None
    currency: str | None = Field(
        None,
        pattern=CURRENCY_PATTERN,
        description="The customer's, or else the organization's; no other is taken.",
    )
    items: Items
    due_on: date | None = Field(
        None, description="By the organization's terms, counted from the issue, when left out."
    )
    memo: Text | None = None
    recurring: bool = False
    due_soon_days: Soon = None
    suggested_deposit_account: DepositAccount = None
    issue: bool = Field(False, description="Issue it at once.")


class InvoicePatch(BaseModel):
    """Changes to a draft; what is left out stays."""

    line_id: UUID | None = None
    items: Items | None = None
    due_on: date | None = None
    memo: Text | None = None
    recurring: bool | None = None
    due_soon_days: Soon = None
    suggested_deposit_account: DepositAccount = None

    @model_validator(mode="after")
    def _some_are_replaced_not_removed(self) -> Self:
        if "items" in self.model_fields_set and self.items is None:
            raise ValueError("leave items out to keep them, or give at least one")
        if "recurring" in self.model_fields_set and self.recurring is None:
            raise ValueError("leave recurring out to keep it")
        return self


class IssueIn(BaseModel):
    """How to issue a draft."""

    due_on: date | None = Field(None, description="The draft's own, or the terms', when left out.")


class VoidIn(BaseModel):
    """Why an invoice is annulled."""

    reason: Text


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """From where an invoice is seen: a day, the terms' due-soon window, a locale."""

    today: date
    due_soon_days: int
    locale: str


class ItemOut(BaseModel):
    """One item with its amounts."""

    position: int
    description: str
    quantity: str = Field(examples=["1", "2.5"])
    unit_price: MoneyOut
    price_includes_tax: bool
    tax_rate: str = Field(examples=["15"], description="Per cent.")
    tax_category: TaxCategory | None = Field(description="Null: not said, by a file.")
    net: MoneyOut
    tax: MoneyOut
    category_id: UUID | None
    category_name: str | None

    @classmethod
    def of(cls, item: InvoiceItem, currency: str, category_name: str | None) -> Self:
        """Show an item."""
        return cls(
            position=item.position,
            description=item.description,
            quantity=plain(item.quantity),
            unit_price=MoneyOut.of(item.unit_price_minor, currency),
            price_includes_tax=item.price_includes_tax,
            tax_rate=plain(item.tax_rate),
            tax_category=TaxCategory(item.tax_category) if item.tax_category else None,
            net=MoneyOut.of(item.net_minor, currency),
            tax=MoneyOut.of(item.tax_minor, currency),
            category_id=item.category_id,
            category_name=category_name,
        )


class InvoiceOut(BaseModel):
    """An invoice as it stands today on its organization's calendar."""

    id: UUID
    number: str | None = Field(description="Null while it is a draft.")
    status: InvoiceStatus = Field(description="Computed from document, settlement and ageing.")
    document: Document
    settlement: Settlement
    ageing: Ageing
    kind: InvoiceKind
    refers_to: UUID | None = Field(description="The invoice that a late fee is for.")
    customer_id: UUID
    customer_name: str | None
    line_id: UUID | None
    currency: str
    subtotal: MoneyOut
    tax: MoneyOut
    total: MoneyOut
    allocated: MoneyOut
    credited: MoneyOut = Field(description="By credit notes.")
    written_off: MoneyOut = Field(description="Given up, recovered or not.")
    recovered: MoneyOut = Field(description="Of what was written off, what money came for.")
    open: MoneyOut = Field(description="What is still owed.")
    total_formatted: str = Field(description="As people of the organization's locale write it.")
    open_formatted: str
    recurring: bool
    suggested_deposit_account: str | None
    issued_on: date | None
    issued_at: datetime | None
    due_on: date | None
    settled_on: date | None
    due_soon_days: int = Field(description="Its own, or the terms'.")
    days_until_due: int | None = Field(description="Negative when overdue; null: nothing owed.")
    is_overdue: bool
    is_near_due: bool = Field(description="Due today or within `due_soon_days`.")
    is_paid: bool = Field(description="Issued, and nothing is owed on it any more.")
    voided_on: date | None
    void_reason: str | None
    external_ref: str | None
    memo: str | None
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, invoice: Invoice, customer_name: str | None, seen: Viewpoint) -> Self:
        """Show an invoice from a viewpoint."""
        return cls(**_facts(invoice, customer_name, seen))


class InvoiceDetail(InvoiceOut):
    """An invoice with its items."""

    items: list[ItemOut]

    @classmethod
    def with_items(cls, found: Found, today: date, locale: str) -> Self:
        """Show an invoice and its items on a day."""
        invoice, names = found.invoice, found.categories
        items = [
            ItemOut.of(item, invoice.currency, names.get(item.category_id or NO_CATEGORY))
            for item in invoice.items
        ]
        seen = Viewpoint(today, found.due_soon_days, locale)
        return cls(**_facts(invoice, found.customer_name, seen), items=items)


def _facts(invoice: Invoice, customer_name: str | None, seen: Viewpoint) -> dict[str, Any]:
    view, currency = invoice.seen_on(seen.today), invoice.currency
    soon = seen.due_soon_days if invoice.due_soon_days is None else invoice.due_soon_days
    days = view.days_until_due
    facts: dict[str, Any] = {name: getattr(invoice, name) for name in SAME}
    for name in MONEY:
        facts[name] = MoneyOut.of(getattr(invoice, f"{name}_minor"), currency)
    return facts | {
        "status": view.status,
        "settlement": view.settlement,
        "ageing": view.ageing,
        "customer_name": customer_name,
        "open": MoneyOut.of(view.open_minor, currency),
        "total_formatted": Money(invoice.total_minor, currency).format(seen.locale),
        "open_formatted": Money(view.open_minor, currency).format(seen.locale),
        "due_soon_days": soon,
        "days_until_due": days,
        "is_overdue": view.ageing is Ageing.OVERDUE,
        "is_near_due": days is not None and 0 <= days <= soon,
        "is_paid": view.status is InvoiceStatus.PAID,
    }


def plain(value: Decimal) -> str:
    """A decimal without exponent and without trailing zeros: 2.5000 is "2.5", 100 "100"."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
