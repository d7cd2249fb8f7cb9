"""Money for several invoices, each named with what it gets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.payments.ledger.rules import Position
from services.payments.payments.rules import Refusal


@dataclass(frozen=True, slots=True)
class Part:
    """What one invoice shall get of a payment."""

    invoice_id: UUID
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why parts cannot be paid, and which invoice is at fault."""

    why: Refusal
    invoice_id: UUID
    payable_minor: int = 0
    owed_in: str | None = None


def judge(
    parts: Sequence[Part], positions: Mapping[UUID, Position], currency: str
) -> Verdict | None:
    """The first part that cannot be paid as wished; None when all can.

    All invoices must be of one customer, whose payment it then is.
    """
    known = [positions[each.invoice_id] for each in parts if each.invoice_id in positions]
    customers = {each.customer_id for each in known}
    for part in parts:
        position = positions.get(part.invoice_id)
        if position is None or (position.number is None and not position.voided):
            return Verdict(Refusal.UNKNOWN, part.invoice_id)
        if position.voided:
            return Verdict(Refusal.VOID, part.invoice_id)
        if position.currency != currency:
            return Verdict(Refusal.OTHER_CURRENCY, part.invoice_id, owed_in=position.currency)
        if len(customers) > 1:
            return Verdict(Refusal.CUSTOMERS_DIFFER, part.invoice_id)
        if part.amount_minor > position.payable_minor:
            return Verdict(Refusal.OVERPAID, part.invoice_id, position.payable_minor)
    return None


def total(parts: Sequence[Part]) -> int:
    """What all parts need."""
    return sum(part.amount_minor for part in parts)
