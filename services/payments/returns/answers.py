"""A return as the API shows it."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from services.payments.returns.rules import ReturnKind
from shared.money import MoneyOut

Instant = Annotated[datetime, AfterValidator(lambda instant: instant.astimezone(UTC))]


class ReturnOut(BaseModel):
    """Money of a payment that went away again."""

    id: UUID
    payment_id: UUID
    customer_id: UUID
    kind: ReturnKind
    amount: MoneyOut
    reason: str
    returned_on: date
    deposit_account_id: UUID = Field(description="The account it left from.")
    provider_ref: str | None = Field(description="What the card processor calls it.")
    recorded_at: Instant
    recorded_by: UUID | None

    @classmethod
    def of(cls, row: dict[str, Any]) -> Self:
        """A return from its columns."""
        return cls.model_validate(
            row | {"amount": MoneyOut.of(row["amount_minor"], row["currency"])}
        )
