"""A refund of a card payment as the API shows it."""

from datetime import UTC, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from services.payments.processors.port import Provider, RefundStatus
from shared.money import MoneyOut

Instant = Annotated[datetime, AfterValidator(lambda instant: instant.astimezone(UTC))]


class CardRefundOut(BaseModel):
    """Money of a card payment on its way back, or back, through the processor."""

    id: UUID
    payment_id: UUID
    provider: Provider
    provider_refund_id: str | None = Field(description="What the processor calls it.")
    amount: MoneyOut
    reason: str
    status: RefundStatus = Field(description="Only `succeeded` means that the money has gone.")
    failure: str | None = Field(description="Why it failed, in the processor's word.")
    returned: bool = Field(description="The money has left the books.")
    set_aside: str | None = Field(description="Why the books refused one that succeeded.")
    created_at: Instant
    created_by: UUID | None

    @classmethod
    def of(cls, row: dict[str, Any]) -> Self:
        """A refund from its columns."""
        shown = {name: row[name] for name in cls.model_fields if name != "amount"}
        shown["amount"] = MoneyOut.of(row["amount_minor"], row["currency"])
        return cls.model_validate(shown)
