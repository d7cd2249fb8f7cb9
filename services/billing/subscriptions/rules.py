"""The terms of a subscription over time, and the periods they are billed in.

Pure: dates in, dates out. Periods lie on a grid of whole months from an anchor: the day the
subscription starts, or the first billing day on or after it. A day the month does not have
is the month's last, counted from the anchor each time: 31 January, 28 February, 31 March. A
period ends before its `end`.
"""

import itertools
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.billing.plans.rules import PlanTerms, Timing

ONE: Final = Decimal(1)
MOST_DAYS_BACK: Final = 366
MOST_DAYS_AHEAD: Final = 731


class SubscriptionStatus(StrEnum):
    """Whether a subscription is charged."""

    ACTIVE = "active"
    PAUSED = "paused"
    CANCELLED = "cancelled"


class ChangeKind(StrEnum):
    """What happened to a subscription."""

    STARTED = "started"
    CHANGED = "changed"
    PAUSED = "paused"
    RESUMED = "resumed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Terms:
    """What is charged from some day on."""

    status: SubscriptionStatus
    plan_id: UUID
    quantity: Decimal
    price_override_minor: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """Terms, and the first day on which they hold."""

    effective_on: date
    terms: Terms


Timeline = Sequence[Change]
"""Changes in the order they were made; where two hold on a day, the later one counts."""


@dataclass(frozen=True, slots=True)
class Period:
    """Days billed together, and the whole period they are a part of."""

    start: date
    end: date
    whole_start: date
    whole_end: date

    @property
    def days(self) -> int:
        """How many days are billed."""
        return (self.end - self.start).days

    @property
    def whole_days(self) -> int:
        """How many days the price is for."""
        return (self.whole_end - self.whole_start).days


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days of a period under the same terms."""

    start: date
    end: date
    terms: Terms


def add_months(day: date, months: int) -> date:
    """The same day so many months on; the last of the month when it has no such day."""
    month = day.year * 12 + day.month - 1 + months
    year, month = divmod(month, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def anchor_of(starts_on: date, billing_day: int | None) -> date:
    """Where the grid of periods begins."""
    if billing_day is None:
        return starts_on
    anchor = starts_on.replace(day=billing_day)
    return anchor if anchor >= starts_on else add_months(anchor, 1)


def period_at(start: date, anchor: date, months: int) -> Period:
    """The period that begins at `start`, a place on the grid or the day before its anchor."""
    if start < anchor:
        return Period(start, anchor, add_months(anchor, -months), anchor)
    index = (start.year - anchor.year) * 12 + start.month - anchor.month
    end = add_months(anchor, index + months)
    return Period(start, end, start, end)


def on_grid(day: date, anchor: date) -> bool:
    """Whether a period may begin on this day."""
    index = (day.year - anchor.year) * 12 + day.month - anchor.month
    return index >= 0 and add_months(anchor, index) == day


def terms_on(timeline: Timeline, day: date) -> Terms:
    """The terms in force on a day; the first ones before they begin."""
    for change in reversed(timeline):
        if change.effective_on <= day:
            return change.terms
    return timeline[0].terms


def end_of(timeline: Timeline) -> date | None:
    """The first day that is not served any more; None while it is not cancelled."""
    last = timeline[-1]
    return last.effective_on if last.terms.status is SubscriptionStatus.CANCELLED else None


def stretches(timeline: Timeline, start: date, end: date) -> list[Stretch]:
    """The days from `start` up to `end` cut where the terms change."""
    cuts = {change.effective_on for change in timeline if start < change.effective_on < end}
    edges = [start, *sorted(cuts), end]
    found: list[Stretch] = []
    for left, right in itertools.pairwise(edges):
        terms = terms_on(timeline, left)
        if found and found[-1].terms == terms:
            found[-1] = Stretch(found[-1].start, right, terms)
        elif left < right:
            found.append(Stretch(left, right, terms))
    return found


def bills_on(
    start: date,
    anchor: date,
    timeline: Timeline,
    plans: Mapping[UUID, PlanTerms],
    *,
    looks_back: bool,
    again_on: date | None = None,
) -> date | None:
    """The day on which the period beginning at `start` is to be billed; None for never.

    What is cancelled is billed once more when something before its end has still to be made
    good (`looks_back`). A period that is to be billed again (`again_on`) comes in its turn.
    """
    on = _bills_on(start, anchor, timeline, plans, looks_back=looks_back)
    return min((day for day in (on, again_on) if day is not None), default=None)


def _bills_on(
    start: date,
    anchor: date,
    timeline: Timeline,
    plans: Mapping[UUID, PlanTerms],
    *,
    looks_back: bool,
) -> date | None:
    end = end_of(timeline)
    if end is not None and start >= end:
        return end if looks_back else None
    plan = plans[terms_on(timeline, start).plan_id]
    if plan.timing is Timing.PREPAID:
        return start
    period_end = period_at(start, anchor, plan.interval.months).end
    return period_end if end is None else min(period_end, end)
