"""An open invoice as the rules take it."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple
from uuid import UUID


class Debt(NamedTuple):
    """An open invoice that counts against a line; a fee's own lateness costs no other."""

    invoice_id: UUID
    number: str
    currency: str
    open_minor: int
    due_on: date
    line_id: UUID | None = None
    is_fee: bool = False


def sums_by_currency(debts: Iterable[Debt]) -> dict[str, int]:
    """What the debts come to in each currency."""
    sums: dict[str, int] = {}
    for debt in debts:
        sums[debt.currency] = sums.get(debt.currency, 0) + debt.open_minor
    return sums
