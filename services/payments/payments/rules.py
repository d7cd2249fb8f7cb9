"""When money is refused, and what accepted money is put against.

Pure rules: facts in, decision out. The payment of one invoice applies the same rules in
SQL, under the row lock (`statements`); a test holds the two against each other.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from shared.money import Money

MAX_MINOR: Final = 10**15
"""More than any payment; sums of thousands of payments still fit a bigint."""


class Surplus(StrEnum):
    """What to do with money beyond what is open."""

    REFUSE = "refuse"
    CREDIT = "credit"


class Refusal(StrEnum):
    """Why money is not taken."""

    UNKNOWN = "unknown"
    VOID = "void"
    OTHER_CURRENCY = "other_currency"
    NOT_YET_RECEIVED = "not_yet_received"
    OVERPAID = "overpaid"
    NOWHERE_TO_LAND = "nowhere_to_land"
    CUSTOMERS_DIFFER = "customers_differ"


class AllocationOrder(StrEnum):
    """Which of a customer's debts money is put against first."""

    OLDEST_DUE = "oldest_due"
    NEWEST_DUE = "newest_due"
    SMALLEST_OPEN = "smallest_open"


@dataclass(frozen=True, slots=True)
class Target:
    """What money is meant for: an invoice, or all that a customer owes in a currency."""

    open_minor: int
    """What may still be paid; of an invoice, what was written off included."""
    currency: str | None
    """None for an invoice of which only the annulment was heard so far."""
    voided: bool = False


@dataclass(frozen=True, slots=True)
class Debt:
    """An open receivable of a customer."""

    invoice_id: UUID
    due_on: date
    open_minor: int


@dataclass(frozen=True, slots=True)
class Share:
    """What one receivable gets of a payment."""

    invoice_id: UUID
    amount_minor: int


def refusal(
    target: Target | None, amount: Money, received_on: date, today: date, surplus: Surplus
) -> Refusal | None:
    """Why `amount` is not taken for `target`; None when it is.

    `today` is the date on the organization's calendar.
    """
    if target is None:
        return Refusal.UNKNOWN
    if target.voided:
        return Refusal.VOID
    if target.currency != amount.currency:
        return Refusal.OTHER_CURRENCY
    if received_on > today:
        return Refusal.NOT_YET_RECEIVED
    if amount.minor > target.open_minor and surplus is Surplus.REFUSE:
        return Refusal.OVERPAID
    return None


def in_order(
    debts: Iterable[Debt], order: AllocationOrder = AllocationOrder.OLDEST_DUE
) -> list[Debt]:
    """Debts in the order money serves them.

    Ties go to the older due date, then to the lower id, so the answer does not depend on the
    order they come in.
    """

    def rank(debt: Debt) -> tuple[int, date, UUID]:
        first = {
            AllocationOrder.OLDEST_DUE: 0,
            AllocationOrder.NEWEST_DUE: -debt.due_on.toordinal(),
            AllocationOrder.SMALLEST_OPEN: debt.open_minor,
        }
        return first[order], debt.due_on, debt.invoice_id

    return sorted(debts, key=rank)


def spread(
    amount_minor: int,
    debts: Iterable[Debt],
    order: AllocationOrder = AllocationOrder.OLDEST_DUE,
) -> tuple[list[Share], int]:
    """Put an amount against debts in an order; the shares, and what is left over."""
    shares: list[Share] = []
    left = amount_minor
    for debt in in_order(debts, order):
        part = min(left, debt.open_minor)
        if part > 0:
            shares.append(Share(debt.invoice_id, part))
            left -= part
    return shares, left
