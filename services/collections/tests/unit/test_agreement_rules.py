"""Agreements are judged by the money and its days, in whatever order it is heard of."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.collections.agreements.rules import (
    Instalment,
    Judgement,
    Receipt,
    judge,
    plan_debt_is_gone,
)
from services.collections.plans.rules import Every, in_order, spread
from shared.money import Money

TODAY = date(2026, 11, 25)


def day(offset: int) -> date:
    return TODAY + timedelta(days=offset)


def judged(
    instalments: list[tuple[int, int]],
    receipts: list[tuple[int, int]],
    *,
    grace_days: int = 0,
    gone: bool = False,
) -> Judgement:
    return judge(
        [Instalment(n + 1, day(due), minor) for n, (due, minor) in enumerate(instalments)],
        [Receipt(day(on), minor) for on, minor in receipts],
        TODAY,
        grace_days=grace_days,
        debt_is_gone=gone,
    )


@pytest.mark.parametrize(
    ("due", "receipts", "status"),
    [
        (0, [], "open"),
        (0, [(0, 100)], "kept"),
        (0, [(0, 99)], "open"),
        (-1, [], "broken"),
        (-1, [(-1, 100)], "kept"),
        (-1, [(0, 100)], "broken"),
        (-1, [(-3, 60), (-1, 40)], "kept"),
        (-1, [(-3, 60), (0, 40)], "broken"),
        (5, [(0, 250)], "kept"),
        (5, [(0, 100), (0, -40)], "kept"),
    ],
)
def test_a_promise_is_kept_by_what_came_by_its_day(
    due: int, receipts: list[tuple[int, int]], status: str
) -> None:
    assert judged([(due, 100)], receipts).status == status


def test_what_a_payment_takes_back_never_counts_against_another() -> None:
    """The second payment is older than the agreement: only its taking back was heard of."""
    assert judged([(0, 100)], [(0, 100), (0, -70)]).received_minor == 100


@pytest.mark.parametrize(
    ("receipts", "status", "covered", "judge_on"),
    [
        ([], "broken", 0, None),
        ([(-10, 50)], "open", 1, day(6)),
        ([(-10, 149)], "open", 2, day(36)),
        ([(-10, 150)], "kept", 3, None),
        ([(-3, 50)], "broken", 0, None),
    ],
)
def test_a_plan_stands_until_an_instalment_is_missed(
    receipts: list[tuple[int, int]], status: str, covered: int, judge_on: date | None
) -> None:
    found = judged([(-5, 50), (5, 50), (35, 50)], receipts)
    assert (found.status, found.covered, found.judge_on) == (status, covered, judge_on)


def test_grace_puts_the_judgement_off() -> None:
    assert judged([(-5, 50)], [], grace_days=5).judge_on == day(1)
    assert judged([(-6, 50)], [], grace_days=5).status == "broken"
    assert judged([(-6, 50)], [(-1, 50)], grace_days=5).status == "kept"


def test_when_the_debt_is_gone_for_another_reason_nothing_is_broken() -> None:
    assert judged([(-5, 50)], [], gone=True).status == "cancelled"
    assert judged([(5, 50)], [(0, 20)], gone=True).status == "cancelled"
    assert judged([(5, 50)], [(0, 50)], gone=True).status == "kept"


amounts = st.lists(st.tuples(st.integers(-40, 40), st.integers(1, 100)), min_size=1, max_size=6)
receipts = st.lists(st.tuples(st.integers(-60, 0), st.integers(-50, 200)), max_size=8)


@given(amounts, receipts, st.randoms())
def test_the_order_of_money_decides_nothing(
    instalments: list[tuple[int, int]], money: list[tuple[int, int]], random: object
) -> None:
    shuffled = sorted(money, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert judged(instalments, money) == judged(instalments, shuffled)


@given(amounts, receipts)
def test_more_money_never_breaks_what_was_not_broken(
    instalments: list[tuple[int, int]], money: list[tuple[int, int]]
) -> None:
    before = judged(instalments, money)
    after = judged(instalments, [*money, (0, 50)])
    rank = {"broken": 0, "open": 1, "kept": 2}
    assert rank[after.status] >= rank[before.status]


@given(
    st.integers(1, 10**9),
    st.integers(1, 60),
    st.dates(date(2024, 1, 1), date(2030, 12, 31)),
    st.sampled_from(Every),
)
def test_the_instalments_of_a_plan_sum_to_what_it_is_about(
    total: int, count: int, first_on: date, every: Every
) -> None:
    made = spread(Money(total, "USD"), count, first_on, every)
    assert sum(each.amount_minor for each in made) == total
    assert len(made) == min(count, total)
    assert min(each.amount_minor for each in made) >= 1
    assert max(each.amount_minor for each in made) - min(each.amount_minor for each in made) <= 1
    assert in_order([each.due_on for each in made])
    assert made[0].due_on == first_on


def test_a_monthly_plan_from_the_31st_stays_at_the_months_end() -> None:
    made = spread(Money(300, "USD"), 4, date(2026, 12, 31), Every.MONTH)
    assert [each.due_on.isoformat() for each in made] == [
        "2026-12-31",
        "2027-01-31",
        "2027-02-28",
        "2027-03-31",
    ]


@pytest.mark.parametrize(
    ("received", "owed", "fee_open", "gone"),
    [
        (0, 9000, 1000, False),
        (9000, 0, 1000, False),  # paid: the fee is left
        (9000, 0, 0, True),
        (8999, 0, 1000, True),  # a cent of it went away otherwise
        (0, 0, 1000, True),
        (10_000, 0, 0, True),
        (0, 1, 0, False),
    ],
)
def test_a_plan_goes_on_for_its_fee_only_when_its_debt_was_paid(
    received: int, owed: int, fee_open: int, gone: bool
) -> None:
    assert plan_debt_is_gone(received, 9000, owed, fee_open) is gone
