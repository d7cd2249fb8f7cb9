"""The days and amounts of a payment plan.

Pure rules. The instalments of a plan always sum to what it is about; where they do not divide
evenly, the cents fall on the later ones.
"""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final

from services.collections.agreements.rules import Instalment
from shared.money import Money

MOST_INSTALMENTS: Final = 60


class Every(StrEnum):
    """The distance between instalments."""

    WEEK = "week"
    FORTNIGHT = "fortnight"
    MONTH = "month"


def spread(total: Money, count: int, first_on: date, every: Every) -> list[Instalment]:
    """Equal instalments of a total, from a day on.

    A month later is the same day of the month, or its last. No more instalments than there
    are minor units: each is more than nothing.
    """
    count = min(count, total.minor)
    parts = total.split([1] * count)
    return [
        Instalment(number + 1, _later(first_on, every, number), part.minor)
        for number, part in enumerate(parts)
    ]


def _later(first_on: date, every: Every, times: int) -> date:
    if every is Every.WEEK:
        return first_on + timedelta(weeks=times)
    if every is Every.FORTNIGHT:
        return first_on + timedelta(weeks=2 * times)
    months = first_on.month - 1 + times
    year, month = first_on.year + months // 12, months % 12 + 1
    return date(year, month, min(first_on.day, monthrange(year, month)[1]))


def in_order(days: Sequence[date]) -> bool:
    """Whether each day is after the one before."""
    return all(before < after for before, after in pairwise(days))
