"""Periods, terms over time, and when they are billed."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.plans.rules import (
    Interval,
    PlanTerms,
    Price,
    SuspendedRule,
    Timing,
    price_on,
)
from services.billing.subscriptions.rules import (
    Change,
    Period,
    SubscriptionStatus,
    Terms,
    add_months,
    anchor_of,
    bills_on,
    end_of,
    on_grid,
    period_at,
    stretches,
    terms_on,
)

PLAN_ID = uuid4()


def plan(timing: Timing = Timing.PREPAID, interval: Interval = Interval.MONTHLY) -> PlanTerms:
    """A plan of some rhythm."""
    return PlanTerms(
        PLAN_ID,
        "Fibra",
        interval,
        timing,
        Decimal(12),
        False,
        0,
        SuspendedRule.BILL,
        (Price(date(2026, 1, 1), 3100),),
    )


def change(
    on: date, status: SubscriptionStatus = SubscriptionStatus.ACTIVE, plan_id: UUID = PLAN_ID
) -> Change:
    """Terms from a day on."""
    return Change(on, Terms(status, plan_id, Decimal(1), None))


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 1, 31), 2, date(2026, 3, 31)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 3, 15), -3, date(2025, 12, 15)),
    ],
)
def test_months_are_added_to_the_day_or_the_months_last(day: date, months: int, then: date) -> None:
    assert add_months(day, months) == then


@pytest.mark.parametrize(
    ("starts_on", "billing_day", "anchor"),
    [
        (date(2026, 3, 17), None, date(2026, 3, 17)),
        (date(2026, 3, 17), 17, date(2026, 3, 17)),
        (date(2026, 3, 17), 1, date(2026, 4, 1)),
        (date(2026, 3, 17), 20, date(2026, 3, 20)),
        (date(2026, 12, 29), 28, date(2027, 1, 28)),
    ],
)
def test_the_grid_begins_on_the_first_billing_day_or_with_the_subscription(
    starts_on: date, billing_day: int | None, anchor: date
) -> None:
    assert anchor_of(starts_on, billing_day) == anchor


def test_the_first_period_is_a_part_of_a_whole_one() -> None:
    period = period_at(date(2026, 3, 17), date(2026, 4, 1), 1)

    assert period == Period(date(2026, 3, 17), date(2026, 4, 1), date(2026, 3, 1), date(2026, 4, 1))
    assert (period.days, period.whole_days) == (15, 31)


def test_an_anniversary_on_the_31st_keeps_its_day_through_short_months() -> None:
    anchor = start = date(2026, 1, 31)
    starts = [start]
    for _ in range(4):
        starts.append(period_at(starts[-1], anchor, 1).end)

    assert [day.isoformat()[5:] for day in starts] == ["01-31", "02-28", "03-31", "04-30", "05-31"]


@given(
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.none() | st.integers(1, 28),
    st.sampled_from([1, 3, 12]),
)
def test_periods_follow_each_other_without_a_gap(
    starts_on: date, billing_day: int | None, months: int
) -> None:
    anchor = anchor_of(starts_on, billing_day)
    at = starts_on
    for _ in range(5):
        period = period_at(at, anchor, months)
        assert period.start == at < period.end
        assert period.whole_start <= period.start
        assert period.end == period.whole_end
        assert on_grid(period.end, anchor)
        at = period.end


def test_prices_hold_from_their_day() -> None:
    prices = [Price(date(2026, 1, 1), 10), Price(date(2026, 3, 1), 20)]
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 2, 28), date(2026, 3, 1)]

    assert [price_on(prices, day) for day in days] == [None, 10, 10, 20]


def test_of_two_changes_on_a_day_the_later_one_counts() -> None:
    day = date(2026, 3, 5)
    timeline = [change(date(2026, 3, 1)), change(day, SubscriptionStatus.PAUSED), change(day)]

    assert terms_on(timeline, day).status is SubscriptionStatus.ACTIVE
    assert terms_on(timeline, date(2026, 1, 1)).status is SubscriptionStatus.ACTIVE
    assert len(stretches(timeline, date(2026, 3, 1), date(2026, 4, 1))) == 1


def test_a_period_is_cut_where_its_terms_change() -> None:
    timeline = [
        change(date(2026, 3, 1)),
        change(date(2026, 3, 10), SubscriptionStatus.PAUSED),
        change(date(2026, 3, 20)),
    ]

    found = stretches(timeline, date(2026, 3, 1), date(2026, 4, 1))

    assert [(each.start.day, each.end.day, each.terms.status) for each in found] == [
        (1, 10, SubscriptionStatus.ACTIVE),
        (10, 20, SubscriptionStatus.PAUSED),
        (20, 1, SubscriptionStatus.ACTIVE),
    ]


@given(
    st.lists(st.integers(0, 40), max_size=6),
    st.integers(0, 30),
    st.integers(1, 40),
)
def test_stretches_cover_their_days_once(offsets: list[int], first: int, length: int) -> None:
    zero = date(2026, 3, 1)
    statuses = [SubscriptionStatus.PAUSED, SubscriptionStatus.ACTIVE] * 3
    timeline = [change(zero)] + [
        change(zero + timedelta(days=at), status)
        for at, status in zip(sorted(offsets), statuses, strict=False)
    ]
    start, end = zero + timedelta(days=first), zero + timedelta(days=first + length)

    found = stretches(timeline, start, end)

    assert [found[0].start, *(each.end for each in found)] == [
        *(each.start for each in found),
        end,
    ]
    assert found[0].start == start
    for each in found:
        assert terms_on(timeline, each.start) == each.terms
        assert terms_on(timeline, each.end - timedelta(days=1)) == each.terms


MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)


@pytest.mark.parametrize(
    ("timing", "ends", "start", "looks_back", "on"),
    [
        (Timing.PREPAID, None, MARCH, False, MARCH),
        (Timing.ARREARS, None, MARCH, False, APRIL),
        (Timing.ARREARS, date(2026, 3, 12), MARCH, False, date(2026, 3, 12)),
        (Timing.PREPAID, date(2026, 3, 12), MARCH, False, MARCH),
        (Timing.PREPAID, date(2026, 3, 12), APRIL, False, None),
        (Timing.PREPAID, date(2026, 3, 12), APRIL, True, date(2026, 3, 12)),
        (Timing.PREPAID, MARCH, MARCH, False, None),
    ],
)
def test_when_a_period_is_billed(
    timing: Timing, ends: date | None, start: date, looks_back: bool, on: date | None
) -> None:
    timeline = [change(MARCH)]
    if ends is not None:
        timeline.append(change(ends, SubscriptionStatus.CANCELLED))

    assert end_of(timeline) == ends
    assert bills_on(start, MARCH, timeline, {PLAN_ID: plan(timing)}, looks_back=looks_back) == on
