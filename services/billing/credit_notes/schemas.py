"""Credit notes as the API takes and shows them."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from services.billing.credit_notes.model import CreditNote, CreditNoteItem
from services.billing.credit_notes.operations import Wanted
from services.billing.credit_notes.rules import Wish
from services.billing.invoices.schemas import Quantity, Text, plain
from shared.contracts.billing import CreditSettlement
from shared.money import MoneyIn, MoneyOut


class CreditItemIn(BaseModel):
    """An item to credit: a quantity or an amount of it; what is left of it when neither."""

    position: int = Field(ge=1, le=1000)
    quantity: Quantity | None = None
    amount: MoneyIn | None = Field(None, description="Tax included.")

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        if self.quantity is not None and self.amount is not None:
            raise ValueError("give a quantity or an amount of an item, not both")
        return self


class CreditNoteIn(BaseModel):
    """What to credit; with neither amount nor items, whatever can still be credited."""

    reason: Text
    settlement: CreditSettlement = Field(
        CreditSettlement.CREDIT,
        description="What becomes of money the invoice has then received in excess: `credit` keeps"
        " it for the customer, `offset` puts it to the customer's other open invoices first,"
        " `refund` gives it back.",
    )
    amount: MoneyIn | None = Field(
        None, description="Tax included; spread over the items in proportion to what is left."
    )
    items: Annotated[list[CreditItemIn], Field(min_length=1, max_length=200)] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.amount is not None and self.items is not None:
            raise ValueError("give an amount or items, not both")
        if self.items is not None:
            positions = [item.position for item in self.items]
            if len(set(positions)) < len(positions):
                raise ValueError("name each item once")
        return self

    def wanted(self) -> Wanted:
        """What the operation takes."""
        items = None
        if self.items is not None:
            items = [(Wish(item.position, item.quantity), item.amount) for item in self.items]
        return Wanted(self.reason, self.settlement, self.amount, items)


class CreditNoteOut(BaseModel):
    """A credit note; it never changes."""

    id: UUID
    number: str
    invoice_id: UUID
    invoice_number: str
    customer_id: UUID
    customer_name: str | None
    line_id: UUID | None
    net: MoneyOut
    tax: MoneyOut
    total: MoneyOut
    settlement: CreditSettlement
    reason: str
    issued_on: date
    issued_at: datetime
    issued_by: str

    @classmethod
    def of(cls, note: CreditNote, invoice_number: str, customer_name: str | None) -> Self:
        """Show a credit note."""
        return cls(**_facts(note, invoice_number, customer_name))


class CreditNoteItemOut(BaseModel):
    """What is credited of one item of the invoice."""

    position: int = Field(description="Of the invoice's item.")
    description: str
    quantity: str | None = Field(description="Null when an amount was credited.")
    tax_rate: str = Field(description="Per cent.")
    net: MoneyOut
    tax: MoneyOut

    @classmethod
    def of(cls, item: CreditNoteItem, currency: str) -> Self:
        """Show an item."""
        return cls(
            position=item.item_position,
            description=item.description,
            quantity=None if item.quantity is None else plain(item.quantity),
            tax_rate=plain(item.tax_rate),
            net=MoneyOut.of(item.net_minor, currency),
            tax=MoneyOut.of(item.tax_minor, currency),
        )


class CreditNoteDetail(CreditNoteOut):
    """A credit note with its items."""

    items: list[CreditNoteItemOut]

    @classmethod
    def of(cls, note: CreditNote, invoice_number: str, customer_name: str | None) -> Self:
        """Show a credit note and its items."""
        items = [CreditNoteItemOut.of(item, note.currency) for item in note.items]
        return cls(**_facts(note, invoice_number, customer_name), items=items)


def _facts(note: CreditNote, invoice_number: str, customer_name: str | None) -> dict[str, Any]:
    same = (
        "id",
        "number",
        "invoice_id",
        "customer_id",
        "line_id",
        "settlement",
        "reason",
        "issued_on",
        "issued_at",
        "issued_by",
    )
    return {name: getattr(note, name) for name in same} | {
        "invoice_number": invoice_number,
        "customer_name": customer_name,
        "net": MoneyOut.of(note.net_minor, note.currency),
        "tax": MoneyOut.of(note.tax_minor, note.currency),
        "total": MoneyOut.of(note.total_minor, note.currency),
    }
