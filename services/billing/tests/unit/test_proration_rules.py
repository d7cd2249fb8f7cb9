"""However periods are cut, and runs and changes fall, each served day is charged once."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.billing.bill_runs.desk import bill
from services.billing.bill_runs.rules import Window
from services.billing.invoices.rules import totals
from services.billing.plans.rules import Timing
from services.billing.proration.rules import Billed, Subject, amount_of
from services.billing.subscriptions.rules import (
    Change,
    Period,
    Stretch,
    SubscriptionStatus,
    period_at,
    stretches,
)
from services.billing.tests.unit.bills import (
    FAST,
    SLOW,
    WORDS,
    day,
    plan,
    subject,
    terms,
    then,
)


@given(
    st.integers(0, 10**9),
    st.dates(date(2026, 1, 1), date(2029, 1, 1)),
    st.sampled_from([1, 3, 12]),
    st.lists(st.integers(0, 366), max_size=8),
)
def test_the_parts_of_a_period_sum_to_its_price_however_it_is_cut(
    price: int, start: date, months: int, cuts: list[int]
) -> None:
    period = period_at(start, start, months)
    inner = sorted({cut for cut in cuts if 0 < cut < period.days})
    edges = [start + timedelta(days=at) for at in [0, *inner, period.days]]

    parts = [amount_of(price, period, piece) for piece in _pieces(edges)]

    assert sum(parts) == price
    assert min(parts) >= 0


def _pieces(edges: Sequence[date]) -> list[Stretch]:
    return [Stretch(left, right, terms()) for left, right in itertools.pairwise(edges)]


@given(
    st.lists(
        st.tuples(st.integers(0, 120), st.sampled_from(["pause", "resume", "fast", "slow"])),
        max_size=5,
    ),
    st.lists(st.integers(0, 150), min_size=1, max_size=6),
    st.integers(1, 100_000),
    st.sampled_from(list(Timing)),
)
def test_however_runs_and_changes_fall_the_served_days_are_charged_once(
    changes: list[tuple[int, str]], runs: list[int], price: int, timing: Timing
) -> None:
    """Changes made at any time, runs at any time: in the end the sums are those of the timeline."""
    zero = day("01-01")
    plans = {
        SLOW: plan(price=price, timing=timing),
        FAST: plan(FAST, price * 3 + 1, timing=timing),
    }
    told = sorted(changes)
    one = subject("01-01")
    charged = 0
    made_at = 0
    for at in [*sorted(runs), 200]:
        fresh = [each for each in told if made_at <= each[0] < at]
        made_at = at
        added = []
        current = one.timeline[-1].terms
        for offset, word in fresh:
            status = {"pause": SubscriptionStatus.PAUSED, "resume": SubscriptionStatus.ACTIVE}.get(
                word, current.status
            )
            plan_id = {"fast": FAST, "slow": SLOW}.get(word, current.plan_id)
            current = terms(status, plan_id)
            added.append((zero + timedelta(days=offset), current))
        if added:
            back = min(filter(None, [one.look_back_from, added[0][0]]))
            one = replace(
                one,
                timeline=(*one.timeline, *(Change(on, each) for on, each in added)),
                look_back_from=back,
            )
        today = zero + timedelta(days=at)
        made = bill(one, plans, Window(zero, today, today), "USD", WORDS)
        charged += sum(totals(each.items).total_minor for each in made.periods)
        one = then(one, made)
    should = sum(_charged(each.charged) for each in one.billed)
    # What is still to be given back is known as such: it is the only difference.
    expected = 0
    for each in one.billed:
        period = Period(each.start, each.end, each.start, each.end)
        for piece in _stretches_of(one, each):
            expected += amount_of(plans[piece.terms.plan_id].prices[0].price_minor, period, piece)
    assert should >= expected
    if one.look_back_from is None:
        assert charged == expected == should


def _charged(charged: Any) -> int:
    return sum(each.amount_minor for each in charged.values())


def _stretches_of(one: Subject, billed: Billed) -> list[Stretch]:
    return [
        each
        for each in stretches(one.timeline, billed.start, billed.end)
        if each.terms.status is SubscriptionStatus.ACTIVE
    ]
