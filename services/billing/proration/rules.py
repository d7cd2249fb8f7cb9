"""What the served days of a period cost.

Pure: the facts of a subscription, plans and days in; amounts out. Each day is counted once
however a period is cut: parts are differences of roundings (half to even) along the whole
period, so they sum to the whole price exactly.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from uuid import UUID

from services.billing.plans.rules import PlanTerms, SuspendedRule
from services.billing.subscriptions.rules import (
    Change,
    Period,
    Stretch,
    SubscriptionStatus,
    stretches,
)
from shared.money import EXACT


class Refused(Exception):
    """A subscription cannot be billed; says why, for the person who mends it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Charged:
    """What a period was charged under one plan: the amount, and the price and rate it had.

    `positions` are those of its items on the invoice of the period.
    """

    amount_minor: int
    list_minor: int | None
    tax_rate: Decimal
    positions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Billed:
    """A period that has been billed, and what for, by plan."""

    start: date
    end: date
    charged: Mapping[UUID, Charged]


@dataclass(frozen=True, slots=True)
class Again:
    """A period whose invoice was voided, and the day on which it is to be billed again."""

    start: date
    on: date


@dataclass(frozen=True, slots=True)
class Suspension:
    """Days on which a line was not served: from the first up to, without, the last."""

    start: date
    end: date | None

    def covers(self, day: date) -> bool:
        """Whether the line was suspended on a day."""
        return self.start <= day and (self.end is None or day < self.end)


@dataclass(frozen=True, slots=True)
class Subject:
    """A subscription, and every fact that decides what it is charged."""

    id: UUID
    customer_id: UUID
    line_id: UUID | None
    anchor_on: date
    next_start: date
    setup_due: bool
    timeline: tuple[Change, ...]
    served: bool = True
    """The customer is active and the line not cancelled."""
    installed_on: date | None = None
    suspensions: tuple[Suspension, ...] = ()
    billed: tuple[Billed, ...] = ()
    """Periods to look at again, oldest first."""
    again: tuple[Again, ...] = ()
    """Periods to bill again, by their days."""
    look_back_from: date | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Days under one plan and what they cost, in the plan's own prices."""

    stretch: Stretch
    plan: PlanTerms
    amount_minor: int
    price_minor: int
    list_minor: int | None
    whole: bool


def parts_of(
    subject: Subject,
    plans: Mapping[UUID, PlanTerms],
    period: Period,
    known: Mapping[UUID, Charged],
) -> list[Part]:
    """The served days of a period and their amounts, at the prices it was or is charged at.

    Raises Refused when a plan has no price in force on the period's first day.
    """
    parts = []
    for stretch in served(subject, plans, period):
        plan = plans[stretch.terms.plan_id]
        before = known.get(plan.id)
        list_minor = before.list_minor if before else None
        if list_minor is None:
            list_minor = plan.price_on(period.start)
        unit = stretch.terms.price_override_minor
        if unit is None:
            unit = list_minor
        if unit is None:
            raise Refused(
                "no-price-in-force", f"plan {plan.name} has no price in force on {period.start}"
            )
        amount = amount_of(whole_price(stretch.terms.quantity, unit), period, stretch)
        whole = (stretch.start, stretch.end) == (period.whole_start, period.whole_end)
        parts.append(Part(stretch, plan, amount, unit, list_minor, whole))
    return parts


def served(subject: Subject, plans: Mapping[UUID, PlanTerms], period: Period) -> Iterator[Stretch]:
    """The stretches of a period on which the subscription is served and charged."""
    for stretch in stretches(subject.timeline, period.start, period.end):
        if stretch.terms.status is not SubscriptionStatus.ACTIVE:
            continue
        start = stretch.start
        if subject.installed_on is not None:
            start = max(start, subject.installed_on)
        if plans[stretch.terms.plan_id].suspended_rule is SuspendedRule.PRORATE:
            for suspension in subject.suspensions:
                end = suspension.end or date.max
                if end <= start or suspension.start >= stretch.end:
                    continue
                if suspension.start > start:
                    yield Stretch(start, suspension.start, stretch.terms)
                start = end
        if start < stretch.end:
            yield Stretch(start, stretch.end, stretch.terms)


def whole_price(quantity: Decimal, price_minor: int) -> int:
    """The price of a whole period, rounded once, half to even."""
    product = EXACT.multiply(quantity, Decimal(price_minor))
    return int(product.to_integral_value(ROUND_HALF_EVEN, EXACT))


def amount_of(whole_minor: int, period: Period, stretch: Stretch) -> int:
    """What some days of a period cost; the parts of any cut sum to the whole."""
    first = (stretch.start - period.whole_start) // timedelta(days=1)
    last = (stretch.end - period.whole_start) // timedelta(days=1)
    days = period.whole_days
    return _share(whole_minor, last, days) - _share(whole_minor, first, days)


def _share(whole_minor: int, days: int, of_days: int) -> int:
    """So many days' share of an amount, rounded half to even."""
    quotient, rest = divmod(whole_minor * days, of_days)
    up = 2 * rest > of_days or (2 * rest == of_days and quotient % 2 == 1)
    return quotient + up


def by_plan(parts: Sequence[Part]) -> dict[UUID, Charged]:
    """What parts come to under each plan; those that cost anything are an invoice's first items."""
    sums: dict[UUID, Charged] = {}
    position = 0
    for part in parts:
        mine = sums.get(part.plan.id, Charged(0, part.list_minor, part.plan.tax_rate))
        positions = mine.positions
        if part.amount_minor:
            position += 1
            positions = (*positions, position)
        amount = mine.amount_minor + part.amount_minor
        sums[part.plan.id] = Charged(amount, part.list_minor, part.plan.tax_rate, positions)
    return sums
