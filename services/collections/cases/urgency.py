"""How urgent a case is.

Five marks from 0 to 100, weighed by data and summed; the result is 0 to 100 again:

    amount    what is overdue, against `full_debt_minor` (that much and more is 100)
    age       days since the oldest due date, against `full_age_days`
    broken    promises broken, against `full_broken`
    silence   days since the last contact (since the case opened, if none), against
              `full_silent_days`
    priority  as a person set it

    score = (weight of each x its mark, summed) / (the weights, summed), rounded down

A closed case has the score 0. Pure, and said a second time in SQL
(services.collections.cases.scoring); a test compares them.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

from shared.money import Money

FULL_DEBT: Final = "500"
"""What gets the full mark for the amount where nothing else is said, in any currency."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What counts how much, and from where on it counts in full."""

    amount: int = 30
    age: int = 25
    broken: int = 25
    silence: int = 10
    priority: int = 10
    full_debt_minor: int = 50_000
    full_age_days: int = 90
    full_broken: int = 2
    full_silent_days: int = 14

    @property
    def total(self) -> int:
        """The weights, summed."""
        return self.amount + self.age + self.broken + self.silence + self.priority


def usual_weights(currency: str) -> Weights:
    """What counts where no queue says otherwise."""
    return Weights(full_debt_minor=Money.parse(FULL_DEBT, currency).minor)


class Facts(NamedTuple):
    """What of a case counts."""

    debt_minor: int
    days_overdue: int
    broken_promises: int
    silent_days: int
    priority: int


def mark(value: int, full: int) -> int:
    """A value against what counts in full, from 0 to 100."""
    return min(max(value, 0), full) * 100 // full


def score(weights: Weights, facts: Facts) -> int:
    """How urgent a case is, from 0 to 100."""
    weighed = (
        weights.amount * mark(facts.debt_minor, weights.full_debt_minor)
        + weights.age * mark(facts.days_overdue, weights.full_age_days)
        + weights.broken * mark(facts.broken_promises, weights.full_broken)
        + weights.silence * mark(facts.silent_days, weights.full_silent_days)
        + weights.priority * min(facts.priority, 100)
    )
    return weighed // weights.total
