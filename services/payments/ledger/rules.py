"""What moves of money do to invoices and payments. Pure: state in, state and moves out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import attrgetter
from uuid import UUID

from services.payments.returns.rules import ReturnKind
from shared.ids import new_id


@dataclass(slots=True)
class Position:
    """A receivable: what an invoice asks for, and what was put against it.

    Money beyond what is asked for can only be a recovery of what was written off.
    """

    invoice_id: UUID
    organization_id: UUID
    customer_id: UUID
    line_id: UUID | None
    number: str | None
    """None while only an annulment or an adjustment of the invoice was heard."""
    currency: str | None
    due_on: date | None
    total_minor: int | None
    credited_minor: int = 0
    written_off_minor: int = 0
    allocated_minor: int = 0
    voided: bool = False
    version: int = 1

    @property
    def left_minor(self) -> int:
        """What is asked for and not paid; negative by what was recovered."""
        if self.voided or self.total_minor is None:
            return 0
        adjusted = self.total_minor - self.credited_minor - self.written_off_minor
        return adjusted - self.allocated_minor

    @property
    def open_minor(self) -> int:
        """What is still asked for."""
        return max(0, self.left_minor)

    @property
    def recovered_minor(self) -> int:
        """Of what was written off, what money came for."""
        return max(0, -self.left_minor)

    @property
    def payable_minor(self) -> int:
        """What money is still taken for: what is open, and what was given up."""
        if self.voided or self.total_minor is None:
            return 0
        return self.total_minor - self.credited_minor - self.allocated_minor


@dataclass(frozen=True, slots=True)
class Standing:
    """An allocation that nothing has taken back."""

    allocation_id: UUID
    payment_id: UUID
    invoice_id: UUID
    amount_minor: int
    made_at: datetime


@dataclass(slots=True)
class Funds:
    """A payment's money: what of it is credit, and which of its allocations stand."""

    payment_id: UUID
    organization_id: UUID
    customer_id: UUID
    currency: str
    amount_minor: int
    received_on: date
    deposit_account_id: UUID
    provider: str | None = None
    returned_minor: int = 0
    credit_minor: int = 0
    promised_minor: int = 0
    """What its card processor was asked to give back and has not."""
    standing: list[Standing] = field(default_factory=list)

    @property
    def left_minor(self) -> int:
        """What has not gone away again."""
        return self.amount_minor - self.returned_minor

    @property
    def spendable_minor(self) -> int:
        """What of its credit may pay invoices: what is on its way back may not."""
        return max(0, self.credit_minor - self.promised_minor)


@dataclass(frozen=True, slots=True)
class Move:
    """One signed allocation; a negative one takes another back."""

    id: UUID
    funds: Funds
    position: Position
    amount_minor: int
    reverses: UUID | None
    version: int


@dataclass(frozen=True, slots=True)
class Going:
    """Money on its way out of a payment."""

    id: UUID
    funds: Funds
    kind: ReturnKind
    amount_minor: int
    reason: str
    returned_on: date
    returned_minor: int
    """All that has gone of the payment, this included."""
    provider_ref: str | None = None
    by: UUID | None = None


class Ledger:
    """The money of some customers in hand: their state, and the moves made so far."""

    def __init__(self, positions: Iterable[Position], funds: Iterable[Funds]) -> None:
        self.positions = {each.invoice_id: each for each in positions}
        self.funds = {each.payment_id: each for each in funds}
        self.moves: list[Move | Going] = []
        self.touched: dict[UUID, Position] = {}
        self.credit_rests = False
        """Credit that grows here was set free by a person, and pays nothing by itself."""

    def release(self, standing: Standing) -> None:
        """Take an allocation back; its money becomes account credit."""
        funds = self.funds[standing.payment_id]
        funds.standing.remove(standing)
        funds.credit_minor += standing.amount_minor
        self._put(funds, standing.invoice_id, -standing.amount_minor, standing.allocation_id)

    def apply(self, funds: Funds, invoice_id: UUID, amount_minor: int, at: datetime) -> None:
        """Put account credit of a payment against an invoice."""
        funds.credit_minor -= amount_minor
        move = self._put(funds, invoice_id, amount_minor, None)
        made = Standing(move.id, funds.payment_id, invoice_id, amount_minor, at)
        funds.standing.append(made)

    def take_back(self, standing: Standing, amount_minor: int, at: datetime) -> None:
        """Take a part of an allocation back: all of it, and what may stay is put again."""
        self.release(standing)
        if amount_minor < standing.amount_minor:
            funds = self.funds[standing.payment_id]
            self.apply(funds, standing.invoice_id, standing.amount_minor - amount_minor, at)

    def lower(self, position: Position, amount_minor: int, at: datetime) -> list[tuple[Funds, int]]:
        """Take an amount off an invoice, the latest allocations first; whose money that was."""
        freed: list[tuple[Funds, int]] = []
        for standing in latest_first(self.standing_on(position.invoice_id)):
            part = min(amount_minor, standing.amount_minor)
            if not part:
                break
            self.take_back(standing, part, at)
            freed.append((self.funds[standing.payment_id], part))
            amount_minor -= part
        return freed

    def standing_on(self, invoice_id: UUID) -> list[Standing]:
        """The allocations to an invoice that stand."""
        return [
            standing
            for funds in self.funds.values()
            for standing in funds.standing
            if standing.invoice_id == invoice_id
        ]

    def free(
        self, funds: Funds, amount_minor: int, at: datetime, first: Sequence[UUID] = ()
    ) -> None:
        """See that a payment has that much credit: its allocations give way, the latest first.

        Those to the invoices named `first` give way before the others, in that order.
        """
        rank = {invoice_id: place for place, invoice_id in enumerate(first)}
        waiting = sorted(
            latest_first(funds.standing), key=lambda each: rank.get(each.invoice_id, len(rank))
        )
        for standing in waiting:
            missing = amount_minor - funds.credit_minor
            if missing <= 0:
                break
            self.take_back(standing, min(missing, standing.amount_minor), at)

    def pay_out(
        self,
        funds: Funds,
        kind: ReturnKind,
        amount_minor: int,
        reason: str,
        returned_on: date,
        *,
        provider_ref: str | None = None,
        by: UUID | None = None,
    ) -> Going:
        """Let account credit of a payment leave from the account it landed in."""
        funds.credit_minor -= amount_minor
        funds.returned_minor += amount_minor
        going = Going(
            new_id(),
            funds,
            kind,
            amount_minor,
            reason,
            returned_on,
            funds.returned_minor,
            provider_ref,
            by,
        )
        self.moves.append(going)
        return going

    def credit_changes(self) -> Mapping[tuple[UUID, UUID, str], int]:
        """By how much each account credit changes, by organization, customer and currency."""
        changes: dict[tuple[UUID, UUID, str], int] = {}
        for move in self.moves:
            key = move.funds.organization_id, move.funds.customer_id, move.funds.currency
            changes[key] = changes.get(key, 0) - move.amount_minor
        return {key: minor for key, minor in sorted(changes.items()) if minor}

    def _put(
        self, funds: Funds, invoice_id: UUID, amount_minor: int, reverses: UUID | None
    ) -> Move:
        position = self.touched[invoice_id] = self.positions[invoice_id]
        position.allocated_minor += amount_minor
        position.version += 1
        move = Move(new_id(), funds, position, amount_minor, reverses, position.version)
        self.moves.append(move)
        return move


def latest_first(allocations: Iterable[Standing]) -> list[Standing]:
    """Allocations in the order they give way."""
    return sorted(allocations, key=attrgetter("made_at", "allocation_id"), reverse=True)


def adjust(
    ledger: Ledger, position: Position, credited: int, written_off: int, at: datetime
) -> list[tuple[Funds, int]]:
    """Let an invoice ask for less; whose money is in excess by it, now account credit.

    The arguments are the new sums; a lower one is older than what is known. Money beyond what
    a write-off leaves is a recovery and stays. Money beyond what a credit note leaves is taken
    off; when it cannot all be (the note was written while a recovery was being taken back),
    the rest lowers the write-off's loss.
    """
    if credited <= position.credited_minor and written_off <= position.written_off_minor:
        return []
    ledger.touched[position.invoice_id] = position
    position.written_off_minor = max(position.written_off_minor, written_off)
    kept = position.recovered_minor
    position.credited_minor = max(position.credited_minor, credited)
    excess = min(position.recovered_minor - kept, position.allocated_minor)
    return ledger.lower(position, excess, at)
