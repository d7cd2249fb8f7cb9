"""The write-off; written once, never changed and never taken back."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.billing.base import Base
from services.billing.invoices.model import Invoice
from shared.contracts.billing import InvoiceWrittenOff


class WriteOff(Base):
    """An amount of an invoice that is given up. `before_minor` was given up earlier."""

    __tablename__ = "write_off"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    line_id: Mapped[UUID | None]
    invoice_id: Mapped[UUID]
    currency: Mapped[str]
    amount_minor: Mapped[int]
    before_minor: Mapped[int]
    reason: Mapped[str]
    written_off_on: Mapped[date]
    written_off_at: Mapped[datetime]
    written_off_by: Mapped[str]

    def recovered_of(self, recovered_minor: int) -> int:
        """This write-off's part of what was recovered of its invoice: the first given up first."""
        return min(self.amount_minor, max(0, recovered_minor - self.before_minor))

    def event(self, invoice: Invoice) -> InvoiceWrittenOff:
        """What the others hear of it; the sums are the invoice's after this write-off."""
        return InvoiceWrittenOff(
            invoice_id=invoice.id,
            customer_id=self.customer_id,
            line_id=self.line_id,
            version=invoice.version,
            adjustment_id=self.id,
            number=None,
            amount_minor=self.amount_minor,
            currency=self.currency,
            credited_minor=invoice.credited_minor,
            written_off_minor=invoice.written_off_minor,
            adjusted_on=self.written_off_on,
            reason=self.reason,
        )
