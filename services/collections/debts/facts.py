"""What events say about debts, folded so that each debt is written once per batch.

Invoice facts never change and voiding is final, so they may be said in any order and any
number of times. Allocations carry the receivable's whole state and its version: the highest
version wins, here among the events of a batch and in the table against earlier ones.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from uuid import UUID

from shared.contracts.billing import InvoiceFacts, InvoiceVoided
from shared.contracts.payments import AllocationFacts


class InvoiceRow(NamedTuple):
    """What an invoice asks for."""

    invoice_id: UUID
    organization_id: UUID
    customer_id: UUID
    line_id: UUID | None
    number: str
    currency: str
    total_minor: int
    due_on: date
    version: int


class VoidRow(NamedTuple):
    """That an invoice asks for nothing any more."""

    invoice_id: UUID
    organization_id: UUID
    customer_id: UUID
    line_id: UUID | None
    version: int


class AllocationRow(NamedTuple):
    """What of an invoice is paid."""

    invoice_id: UUID
    organization_id: UUID
    customer_id: UUID
    line_id: UUID | None
    allocated_minor: int
    version: int


@dataclass(slots=True)
class DebtFacts:
    """The debts a batch of events speaks of, one row each, by the number of the invoice's id.

    A UUID hashes and compares in Python, ten times slower than the number in it.
    """

    invoices: dict[int, InvoiceRow] = field(default_factory=dict)
    voids: dict[int, VoidRow] = field(default_factory=dict)
    allocations: dict[int, AllocationRow] = field(default_factory=dict)

    def invoice(self, organization_id: UUID, said: InvoiceFacts) -> None:
        """Take in what an issued invoice asks for."""
        self.invoices[said.invoice_id.int] = InvoiceRow(
            said.invoice_id,
            organization_id,
            said.customer_id,
            said.line_id,
            said.number,
            said.currency,
            said.total_minor,
            said.due_on,
            said.version,
        )

    def void(self, organization_id: UUID, said: InvoiceVoided) -> None:
        """Take in that an invoice was annulled."""
        self.voids[said.invoice_id.int] = VoidRow(
            said.invoice_id, organization_id, said.customer_id, said.line_id, said.version
        )

    def allocation(self, organization_id: UUID, said: AllocationFacts) -> None:
        """Take in what of an invoice is paid, unless something newer was said already."""
        key = said.invoice_id.int
        known = self.allocations.get(key)
        if known is None or known.version < said.receivable_version:
            self.allocations[key] = AllocationRow(
                said.invoice_id,
                organization_id,
                said.customer_id,
                said.line_id,
                said.allocated_minor,
                said.receivable_version,
            )
