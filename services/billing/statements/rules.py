"""What a statement is about, and what its words mean.

Pure. A movement counts from its effective day (`moved_on`) and is known from the instant it was
recorded. A statement takes those effective up to `until` and recorded up to `known_at`.
What raises the debt is positive, what lowers it negative.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class Kind(StrEnum):
    """What moved the debt, in the order in which movements of one day are told."""

    INVOICE = "invoice"
    VOID = "void"
    CREDIT_NOTE = "credit_note"
    WRITE_OFF = "write_off"
    RECOVERY = "recovery"
    PAYMENT = "payment"
    REFUND = "refund"
    REVERSAL = "reversal"
    CHARGE_BACK = "charge_back"


class StatementStatus(StrEnum):
    """How an issued invoice stood on the last day of a statement."""

    SENT = "sent"
    PARTIAL = "partial"
    PAID = "paid"
    OVERDUE = "overdue"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose statement, in which currency, for which days, known when."""

    organization_id: UUID
    customer_id: UUID | None
    """None: the whole organization's."""
    currency: str
    from_on: date | None
    """None: since the beginning."""
    until: date
    known_at: datetime | None
    """None: whatever is known now."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the order of movements, and the balance there."""

    moved_on: date
    rank: int
    id: UUID
    balance_minor: int


@dataclass(frozen=True, slots=True)
class Movement:
    """One thing that moved the debt."""

    moved_on: date
    rank: int
    id: UUID
    kind: Kind
    customer_id: UUID
    amount_minor: int
    reference: str | None
    invoice_id: UUID | None
    payment_id: UUID | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """One invoice as it stood on the last day of a statement."""

    id: UUID
    number: str
    customer_id: UUID
    issued_on: date
    due_on: date
    total_minor: int
    paid_minor: int
    credited_minor: int
    written_off_minor: int
    """What is given up and no money came for."""
    open_minor: int
    void: bool

    def status_on(self, day: date) -> StatementStatus:
        """The one word for it; what is overdue is so also when a part is paid."""
        if self.void:
            return StatementStatus.VOID
        if self.open_minor == 0:
            return StatementStatus.PAID
        if self.due_on < day:
            return StatementStatus.OVERDUE
        return (
            StatementStatus.PARTIAL if self.open_minor < self.total_minor else StatementStatus.SENT
        )


@dataclass(frozen=True, slots=True)
class CustomerSum:
    """One customer's part of an organization's statement."""

    customer_id: UUID
    name: str
    opening_minor: int
    charged_minor: int
    """What raised the debt in the period."""
    settled_minor: int
    """What lowered it; negative."""
    movements: int

    @property
    def closing_minor(self) -> int:
        """What the customer owed in the end."""
        return self.opening_minor + self.charged_minor + self.settled_minor


@dataclass(frozen=True, slots=True)
class KindSum:
    """The movements of one kind within the period."""

    kind: Kind
    count: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Sums:
    """A statement in figures; complete, whatever the page."""

    opening_minor: int
    kinds: tuple[KindSum, ...]
    invoices: int
    open_minor: int
    overdue_minor: int
    customers: int
    recorded_through: datetime | None
    """When the last of it became known."""

    @property
    def movements(self) -> int:
        """How many movements the period has."""
        return sum(each.count for each in self.kinds)

    @property
    def closing_minor(self) -> int:
        """Opening and movements: what is owed less what was paid ahead."""
        return self.opening_minor + sum(each.amount_minor for each in self.kinds)

    @property
    def credit_minor(self) -> int:
        """Money received and not (or not any more) put against an invoice."""
        return self.open_minor - self.closing_minor
