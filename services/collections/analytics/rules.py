"""The words and the arithmetic of figures.

Pure rules. A rate is a quotient of two counts or sums, rounded once, half to even, to four
decimals; without a denominator there is none.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Final

LONGEST_PERIOD: Final = 3660
DEFAULT_DAYS: Final = 30
YEARS: Final = range(1901, 2400)
PLACES: Final = Decimal("0.0001")


class AgeBucket(StrEnum):
    """How long an open invoice is overdue, in days."""

    NOT_DUE = "not_due"
    DAYS_1_30 = "1-30"
    DAYS_31_60 = "31-60"
    DAYS_61_90 = "61-90"
    DAYS_91_120 = "91-120"
    OVER_120 = "120+"


SETTLED: Final = "settled"
"""Where an invoice is that is open no more, beside the buckets."""


class Step(StrEnum):
    """The length of a step of a trend."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


MOST_STEPS: Final = {Step.DAY: 400, Step.WEEK: 400, Step.MONTH: 130}


class PeriodInvalid(ValueError):
    """The days asked for make no period."""


@dataclass(frozen=True, slots=True)
class Period:
    """Days from the first to the last, both within."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1

    @property
    def eve(self) -> date:
        """The day before the first."""
        return self.first - timedelta(days=1)


def period_of(first: date | None, last: date | None, today: date) -> Period:
    """The period asked for: to today, or thirty days, where a day is left out."""
    last = last or today
    if not all(day is None or day.year in YEARS for day in (first, last)):
        raise PeriodInvalid(f"the days are not in the years {YEARS.start} to {YEARS.stop - 1}")
    first = first or last - timedelta(days=DEFAULT_DAYS - 1)
    if first > last:
        raise PeriodInvalid("the first day is later than the last")
    if (last - first).days >= LONGEST_PERIOD:
        raise PeriodInvalid(f"a period has {LONGEST_PERIOD} days at most")
    return Period(first, last)


def rate(part: int, whole: int) -> Decimal | None:
    """`part` of `whole`; None of nothing."""
    if whole == 0:
        return None
    return (Decimal(part) / Decimal(whole)).quantize(PLACES, ROUND_HALF_EVEN)


def commission_minor(earned_minor: Decimal) -> int:
    """What a collector earns, of credits each by its rate: rounded once, half to even; never
    less than nothing."""
    return max(0, int(earned_minor.quantize(Decimal(1), ROUND_HALF_EVEN)))


def days_of(total_days: int, count: int) -> Decimal | None:
    """The mean number of days."""
    return rate(total_days, count)
