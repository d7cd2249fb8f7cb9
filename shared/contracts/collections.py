"""What the collections service orders: lines to suspend and to switch back on."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.event import Contract, EventData


class LineOrder(Contract):
    """An order about one line, and the Decision it rests on.

    Generations count a line's orders from 1; a receiver refuses a generation it has
    passed, so late and repeated orders change nothing.
    """

    line_id: UUID
    customer_id: UUID
    decision_id: UUID
    generation: int = Field(ge=1)
    reason: Literal["non_payment"] = "non_payment"


class LineSuspensionOrdered(EventData, LineOrder, type="collections.line-suspension-ordered.v1"):
    """A line deserves the `non_payment` hold."""


class LineReactivationOrdered(
    EventData, LineOrder, type="collections.line-reactivation-ordered.v1"
):
    """Nothing justifies the `non_payment` hold of a line any more."""
