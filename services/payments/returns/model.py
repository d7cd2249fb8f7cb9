"""Returns as rows, for the lists; `ledger.store` writes them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.payments.base import Base


class PaymentReturn(Base):
    """Money of a payment that went away again; never changed afterwards."""

    __tablename__ = "payment_return"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    payment_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    kind: Mapped[str]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    reason: Mapped[str]
    returned_on: Mapped[date]
    deposit_account_id: Mapped[UUID]
    provider_ref: Mapped[str | None]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID | None]

    def columns(self) -> dict[str, object]:
        """The row as its columns."""
        return {column.key: getattr(self, column.key) for column in self.__table__.columns}
