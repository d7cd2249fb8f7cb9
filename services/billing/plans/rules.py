"""What a plan says, and the price it has on a day.

Pure. A plan's prices each hold from a day until the next one's; a period is charged at the
price in force on its first day, whatever comes later.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from services.billing.invoices.rules import TaxCategory


class Interval(StrEnum):
    """How long a period is."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"

    @property
    def months(self) -> int:
        """The length in months."""
        return {Interval.MONTHLY: 1, Interval.QUARTERLY: 3, Interval.YEARLY: 12}[self]


class Timing(StrEnum):
    """When a period is billed: on its first day, or when it is over."""

    PREPAID = "prepaid"
    ARREARS = "arrears"


class SuspendedRule(StrEnum):
    """What a suspended line is charged.

    `bill`: as if it were not suspended. `skip`: nothing for a period if it is suspended on the
    day the period is billed. `prorate`: the days on which it is not suspended.
    """

    BILL = "bill"
    SKIP = "skip"
    PRORATE = "prorate"


class UnusedRule(StrEnum):
    """What becomes of days that were billed ahead when the subscription is cancelled.

    `credit`: those not used are credited. `keep`: what is begun is paid for.
    """

    CREDIT = "credit"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Price:
    """A price, and the first day on which it holds."""

    starts_on: date
    price_minor: int


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """As much of a plan as decides amounts; prices in the order of their days."""

    id: UUID
    name: str
    interval: Interval
    timing: Timing
    tax_rate: Decimal
    price_includes_tax: bool
    setup_fee_minor: int
    suspended_rule: SuspendedRule
    prices: tuple[Price, ...]
    tax_category: TaxCategory | None = None
    category_id: UUID | None = None
    unused_rule: UnusedRule = UnusedRule.CREDIT

    def price_on(self, day: date) -> int | None:
        """The price in force on a day; None before the first."""
        return price_on(self.prices, day)

    def same_rhythm(self, other: "PlanTerms") -> bool:
        """Whether both are billed on the same days."""
        return (self.interval, self.timing) == (other.interval, other.timing)


def price_on(prices: Sequence[Price], day: date) -> int | None:
    """The price in force on a day, of prices in the order of their days; None before the first."""
    at = bisect_right(prices, day, key=lambda price: price.starts_on)
    return prices[at - 1].price_minor if at else None
