"""What events say about customers and their lines: the newest state of each in a batch."""

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from uuid import UUID

from shared.contracts.customers import CustomerFacts, HoldReason, LineFacts, LineStatus


class CustomerRow(NamedTuple):
    """A customer as it is shown here."""

    id: UUID
    organization_id: UUID
    name: str
    active: bool
    version: int
    language: str | None
    time_zone: str | None
    area: str | None
    tags: str
    email: str | None
    phone: str | None


class LineRow(NamedTuple):
    """A line as it is enforced: `generation` is that of the last order it has carried out."""

    line_id: UUID
    organization_id: UUID
    customer_id: UUID
    number: int
    status: LineStatus
    non_payment: bool
    generation: int
    version: int
    plan_name: str
    installed_on: date | None
    essential: bool


@dataclass(slots=True)
class ServiceFacts:
    """The customers and lines a batch of events speaks of, one row each, by their ids' numbers."""

    customers: dict[int, CustomerRow] = field(default_factory=dict)
    lines: dict[int, LineRow] = field(default_factory=dict)

    def customer(self, organization_id: UUID, said: CustomerFacts) -> None:
        """Take in a customer's state, unless a newer one was said already."""
        key = said.customer_id.int
        known = self.customers.get(key)
        if known is None or known.version < said.version:
            self.customers[key] = CustomerRow(
                said.customer_id,
                organization_id,
                said.name,
                said.active,
                said.version,
                said.language,
                said.time_zone,
                said.area,
                " ".join(said.tags),
                said.email,
                said.phone,
            )

    def line(self, organization_id: UUID, said: LineFacts) -> None:
        """Take in a line's state, unless a newer one was said already."""
        key = said.line_id.int
        known = self.lines.get(key)
        if known is None or known.version < said.version:
            self.lines[key] = LineRow(
                said.line_id,
                organization_id,
                said.customer_id,
                said.number,
                said.status,
                HoldReason.NON_PAYMENT in said.holds,
                said.generation,
                said.version,
                said.plan_name,
                said.installed_on,
                said.essential,
            )
