"""On which invoices, and which of their items, unused days are credited.

Pure. Days are credited on the invoice that billed them, its own items first; what that
invoice cannot take any more (it is credited already, or there is none, for the period was
covered) goes to the subscription's other invoices, the latest first.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.billing.credit_notes.rules import Item


@dataclass(frozen=True, slots=True)
class Creditable:
    """An invoice of a subscription: how much it can still be credited, and of which items."""

    id: UUID
    start: date
    """The first day of the period it billed."""
    room_minor: int
    items: Sequence[Item]


@dataclass(frozen=True, slots=True)
class Unused:
    """Days of a period that were billed and not used: their worth, tax included."""

    start: date
    positions: Sequence[int]
    """Of the items on the period's invoice that billed them."""
    gross_minor: int


Placed = dict[UUID, dict[int, int]]
"""What is credited, by invoice and position."""


def place(unused: Sequence[Unused], invoices: Sequence[Creditable]) -> tuple[Placed, list[int]]:
    """What to credit of each invoice (the latest first), and how much of each of `unused` it is."""
    room = {each.id: each.room_minor for each in invoices}
    left = {(each.id, item.position): item.left_minor for each in invoices for item in each.items}
    placed: Placed = defaultdict(dict)
    taken = []
    for each in unused:
        wanted = each.gross_minor
        for invoice_id, position in _order(each, invoices):
            most = min(wanted, room[invoice_id], left[invoice_id, position])
            if most > 0:
                mine = placed[invoice_id]
                mine[position] = mine.get(position, 0) + most
                room[invoice_id] -= most
                left[invoice_id, position] -= most
                wanted -= most
        taken.append(each.gross_minor - wanted)
    return dict(placed), taken


def _order(unused: Unused, invoices: Sequence[Creditable]) -> Iterator[tuple[UUID, int]]:
    """Where it is credited: first choice first."""
    for invoice in sorted(invoices, key=lambda each: each.start != unused.start):
        own: Mapping[int, int] = {}
        if invoice.start == unused.start:
            own = {position: rank for rank, position in enumerate(unused.positions)}
        ranked = sorted(invoice.items, key=lambda item: own.get(item.position, len(own)))
        for item in ranked:
            yield invoice.id, item.position
