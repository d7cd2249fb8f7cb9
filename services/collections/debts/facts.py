"""What events say about debts, folded so that each debt is written once per batch.

Invoice facts never change and voiding is final, so they may be said in any order and any
number of times. Allocations carry the receivable's whole state and its version, adjustments
(credit notes and write-offs) the invoice's: the highest version wins, here among the events
of a batch and in the table against earlier ones. Each state is also kept as a change with its
instant, so that the past can be asked what was open on a day.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from shared.contracts.billing import AdjustmentFacts, InvoiceFacts, InvoiceVoided
from shared.contracts.payments import AllocationFacts

ALLOCATED: Final = "allocated"
ADJUSTED: Final = "adjusted"
VOIDED: Final = "voided"


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
    kind: str
    issued_on: date


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


class AdjustmentRow(NamedTuple):
    """What of an invoice is asked for no more."""

    invoice_id: UUID
    organization_id: UUID
    customer_id: UUID
    line_id: UUID | None
    credited_minor: int
    written_off_minor: int
    version: int


class ChangeRow(NamedTuple):
    """A state of a debt after one change: what is settled of it altogether, by its kind."""

    organization_id: UUID
    invoice_id: UUID
    kind: str
    version: int
    settled_minor: int
    at: datetime


@dataclass(slots=True)
class DebtFacts:
    """The debts a batch of events speaks of, one row each, by the number of the invoice's id.

    A UUID hashes and compares in Python, ten times slower than the number in it.
    """

    invoices: dict[int, InvoiceRow] = field(default_factory=dict)
    voids: dict[int, VoidRow] = field(default_factory=dict)
    allocations: dict[int, AllocationRow] = field(default_factory=dict)
    adjustments: dict[int, AdjustmentRow] = field(default_factory=dict)
    changes: dict[tuple[int, str, int], ChangeRow] = field(default_factory=dict)

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
            said.kind.value,
            said.issued_on,
        )

    def void(self, organization_id: UUID, said: InvoiceVoided, at: datetime) -> None:
        """Take in that an invoice was annulled."""
        self.voids[said.invoice_id.int] = VoidRow(
            said.invoice_id, organization_id, said.customer_id, said.line_id, said.version
        )
        self._change(organization_id, said.invoice_id, VOIDED, said.version, 0, at)

    def adjustment(self, organization_id: UUID, said: AdjustmentFacts, at: datetime) -> None:
        """Take in what of an invoice is given up, unless something newer was said already."""
        key = said.invoice_id.int
        known = self.adjustments.get(key)
        if known is None or known.version < said.version:
            self.adjustments[key] = AdjustmentRow(
                said.invoice_id,
                organization_id,
                said.customer_id,
                said.line_id,
                said.credited_minor,
                said.written_off_minor,
                said.version,
            )
        settled = said.credited_minor + said.written_off_minor
        self._change(organization_id, said.invoice_id, ADJUSTED, said.version, settled, at)

    def allocation(self, organization_id: UUID, said: AllocationFacts, at: datetime) -> None:
        """Take in what of an invoice is paid, unless something newer was said already."""
        key = said.invoice_id.int
        settled = said.allocated_minor
        version = said.receivable_version
        self._change(organization_id, said.invoice_id, ALLOCATED, version, settled, at)
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

    def lowered(self) -> set[UUID]:
        """The invoices of which something, or everything, is asked for no more."""
        return {
            *(row.invoice_id for row in self.adjustments.values()),
            *(row.invoice_id for row in self.voids.values()),
        }

    def moved(self) -> set[UUID]:
        """The customers of whom something was paid, taken back, or is asked for no more."""
        return {
            *(row.customer_id for row in self.allocations.values()),
            *(row.customer_id for row in self.adjustments.values()),
            *(row.customer_id for row in self.voids.values()),
        }

    def _change(
        self,
        organization_id: UUID,
        invoice_id: UUID,
        kind: str,
        version: int,
        settled: int,
        at: datetime,
    ) -> None:
        self.changes[(invoice_id.int, kind, version)] = ChangeRow(
            organization_id, invoice_id, kind, version, settled, at
        )
