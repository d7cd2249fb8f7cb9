"""The credit note and its items; written once, never changed."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.billing.base import Base
from services.billing.invoices.model import Invoice
from shared.contracts.billing import CreditSettlement, InvoiceCredited


class CreditNote(Base):
    """A document that takes back a part of what an invoice asks for."""

    __tablename__ = "credit_note"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    line_id: Mapped[UUID | None]
    invoice_id: Mapped[UUID]
    series: Mapped[str]
    sequence: Mapped[int]
    number: Mapped[str]
    currency: Mapped[str]
    net_minor: Mapped[int]
    tax_minor: Mapped[int]
    total_minor: Mapped[int]
    settlement: Mapped[str]
    reason: Mapped[str]
    issued_on: Mapped[date]
    issued_at: Mapped[datetime]
    issued_by: Mapped[str]
    items: Mapped[list["CreditNoteItem"]] = relationship(
        order_by="CreditNoteItem.item_position", lazy="raise"
    )

    def event(self, invoice: Invoice) -> InvoiceCredited:
        """What the others hear of it; the sums are the invoice's after this note."""
        return InvoiceCredited(
            invoice_id=invoice.id,
            customer_id=self.customer_id,
            line_id=self.line_id,
            version=invoice.version,
            adjustment_id=self.id,
            number=self.number,
            amount_minor=self.total_minor,
            currency=self.currency,
            credited_minor=invoice.credited_minor,
            written_off_minor=invoice.written_off_minor,
            adjusted_on=self.issued_on,
            reason=self.reason,
            settlement=CreditSettlement(self.settlement),
        )


class CreditNoteItem(Base):
    """What a credit note takes back of one item of its invoice."""

    __tablename__ = "credit_note_item"

    organization_id: Mapped[UUID]
    credit_note_id: Mapped[UUID] = mapped_column(ForeignKey("credit_note.id"), primary_key=True)
    item_position: Mapped[int] = mapped_column(primary_key=True)
    description: Mapped[str]
    quantity: Mapped[Decimal | None]
    tax_rate: Mapped[Decimal]
    net_minor: Mapped[int]
    tax_minor: Mapped[int]
