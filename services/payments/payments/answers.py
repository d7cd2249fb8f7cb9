"""A payment as the API shows it.

A payment of one invoice is written as JSON by the statement that records it
(`statements.INVOICES_HEAD`), in this same shape.
"""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from shared.contracts.payments import PaymentMethod
from shared.money import MoneyOut

Instant = Annotated[datetime, AfterValidator(lambda instant: instant.astimezone(UTC))]


class AllocationOut(BaseModel):
    """Money of a payment put against an invoice."""

    id: UUID
    invoice_id: UUID
    number: str | None = Field(description="The invoice's number.")
    amount: MoneyOut = Field(description="Negative when it takes another allocation back.")
    reverses: UUID | None = Field(description="The allocation that this one takes back.")
    made_at: Instant


class PaymentOut(BaseModel):
    """A payment: what came in, and where it is now."""

    id: UUID
    customer_id: UUID
    status: Literal["succeeded"] = "succeeded"
    amount: MoneyOut
    allocated: MoneyOut = Field(description="The part that is against invoices.")
    credited: MoneyOut = Field(description="The part that is account credit.")
    method: PaymentMethod
    reference: str | None
    received_on: date
    recorded_at: Instant
    recorded_by: UUID | None
    allocations: list[AllocationOut]

    @classmethod
    def of(cls, row: dict[str, Any]) -> Self:
        """A payment from its columns and its `allocations`, each from its columns."""
        amount, currency = row["amount_minor"], row["currency"]
        allocated = sum(each["amount_minor"] for each in row["allocations"])
        return cls.model_validate(
            row
            | {
                "amount": MoneyOut.of(amount, currency),
                "allocated": MoneyOut.of(allocated, currency),
                "credited": MoneyOut.of(amount - allocated, currency),
                "allocations": [
                    each | {"amount": MoneyOut.of(each["amount_minor"], currency)}
                    for each in row["allocations"]
                ],
            }
        )
