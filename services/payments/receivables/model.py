"""Receivables as rows, for the lists; they are written by set-based SQL alone (store)."""

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.payments.base import Base


class Receivable(Base):
    """An issued invoice and what is still open on it; 0 once it is void.

    The facts are empty while only an annulment or an adjustment of the invoice was heard.
    """

    __tablename__ = "receivable"

    invoice_id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    line_id: Mapped[UUID | None]
    number: Mapped[str]
    currency: Mapped[str]
    total_minor: Mapped[int]
    due_on: Mapped[date]
    voided: Mapped[bool]
    allocated_minor: Mapped[int]
    credited_minor: Mapped[int]
    written_off_minor: Mapped[int]
    recovered_minor: Mapped[int]
    open_minor: Mapped[int]
    version: Mapped[int]
