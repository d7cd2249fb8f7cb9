"""A payment as the API shows it.

A payment of one invoice is written as JSON by the statement that records it
(`statements.INVOICES_HEAD`), in this same shape.
"""

from datetime import date
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.payments.returns.answers import Instant, ReturnOut
from services.payments.returns.rules import PaymentStatus, status_of
from shared.contracts.payments import PaymentMethod
from shared.money import MoneyOut


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
    status: PaymentStatus = Field(description="Follows from what became of the money.")
    amount: MoneyOut
    allocated: MoneyOut = Field(description="The part that is against invoices.")
    credited: MoneyOut = Field(description="The part that is account credit.")
    returned: MoneyOut = Field(description="The part that went away again.")
    method: PaymentMethod
    reference: str | None
    deposit_account_id: UUID | None = Field(
        description="Where the money landed; null for what is no money, or not yet."
    )
    provider: str | None = Field(description="The card processor it came through.")
    received_on: date
    recorded_at: Instant
    recorded_by: UUID | None
    allocations: list[AllocationOut]
    returns: list[ReturnOut]

    @classmethod
    def of(cls, row: dict[str, Any]) -> Self:
        """A payment from its columns, its `allocations` and its `returns`, each as columns.

        With `under_way` it is one that a card processor is to collect, or could not.
        """
        under_way = row.get("under_way")
        amount, currency = row["amount_minor"], row["currency"]
        allocated = sum(each["amount_minor"] for each in row["allocations"])
        returned = sum(each["amount_minor"] for each in row["returns"])
        return cls.model_validate(
            row
            | {
                "amount": MoneyOut.of(amount, currency),
                "allocated": MoneyOut.of(allocated, currency),
                "status": under_way
                or status_of(
                    amount,
                    [(each["kind"], each["amount_minor"]) for each in row["returns"]],
                    disputed=row.get("disputed", False),
                ),
                "credited": MoneyOut.of(
                    0 if under_way else amount - allocated - returned, currency
                ),
                "returned": MoneyOut.of(returned, currency),
                "returns": [ReturnOut.of(each | {"currency": currency}) for each in row["returns"]],
                "allocations": [
                    each | {"amount": MoneyOut.of(each["amount_minor"], currency)}
                    for each in row["allocations"]
                ],
            }
        )
