"""What a line deserves, and what follows for it."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.collections.decisions.rules import (
    ConditionName,
    Debt,
    Outcome,
    Verdict,
    deserved,
    outcome_of,
    sums_by_currency,
)
from services.collections.policies.rules import Policy, default_policy
from shared.contracts.customers import LineStatus

TODAY = date(2026, 8, 20)
DEFAULT = default_policy("USD")


def debt(days_overdue: int, open_minor: int = 4500, currency: str = "USD", number: int = 1) -> Debt:
    """An invoice that was due so many days before TODAY."""
    due_on = TODAY - timedelta(days=days_overdue)
    return Debt(UUID(int=number), str(number), currency, open_minor, due_on)


def holds(verdict: Verdict) -> dict[ConditionName, bool]:
    return {condition.name: condition.holds for condition in verdict.conditions}


@pytest.mark.parametrize(("days_overdue", "justified"), [(-1, False), (0, False), (1, True)])
def test_without_grace_a_line_deserves_suspension_the_day_after_the_due_date(
    days_overdue: int, justified: bool
) -> None:
    assert deserved([debt(days_overdue)], DEFAULT, TODAY).justified is justified


@pytest.mark.parametrize(
    ("grace_days", "days_overdue", "justified"),
    [(3, 3, False), (3, 4, True), (30, 30, False), (30, 31, True), (365, 366, True)],
)
def test_grace_ends_when_a_debt_is_overdue_by_more_days_than_it(
    grace_days: int, days_overdue: int, justified: bool
) -> None:
    policy = replace(DEFAULT, grace_days=grace_days)
    assert deserved([debt(days_overdue)], policy, TODAY).justified is justified


@pytest.mark.parametrize(("open_minor", "justified"), [(999, False), (1000, True), (1001, True)])
def test_the_debts_must_reach_the_minimum(open_minor: int, justified: bool) -> None:
    policy = replace(DEFAULT, minimum_minor=1000)
    assert deserved([debt(5, open_minor)], policy, TODAY).justified is justified


def test_debts_reach_the_minimum_together() -> None:
    policy = replace(DEFAULT, minimum_minor=1000)
    debts = [debt(5, 400, number=1), debt(9, 600, number=2)]
    assert deserved(debts, policy, TODAY).justified


def test_a_debt_within_grace_does_not_count_towards_the_minimum() -> None:
    policy = replace(DEFAULT, minimum_minor=1000, grace_days=3)
    verdict = deserved([debt(5, 400, number=1), debt(2, 600, number=2)], policy, TODAY)
    assert not verdict.justified
    assert holds(verdict)[ConditionName.BEYOND_GRACE]
    assert not holds(verdict)[ConditionName.MINIMUM_DEBT]


def test_a_minimum_of_zero_still_takes_a_debt() -> None:
    policy = replace(DEFAULT, minimum_minor=0)
    assert not deserved([], policy, TODAY).justified
    assert not deserved([debt(5, 0)], policy, TODAY).justified
    assert deserved([debt(5, 1)], policy, TODAY).justified


def test_an_inactive_policy_justifies_nothing() -> None:
    verdict = deserved([debt(400)], replace(DEFAULT, active=False), TODAY)
    assert not verdict.justified
    assert not holds(verdict)[ConditionName.POLICY_ACTIVE]


def test_currencies_are_never_added_up() -> None:
    policy = replace(DEFAULT, minimum_minor=1000)
    debts = [debt(5, 999, "USD", 1), debt(5, 5000, "USD", 2)]
    assert sums_by_currency(debts) == {"USD": 5999}
    mixed = deserved([debt(5, 999, "USD", 1), debt(5, 1, "EUR", 2)], policy, TODAY)
    assert mixed.conditions[-1].value == {"USD": 999, "EUR": 1}


def test_a_debt_in_another_currency_counts_from_its_first_unit() -> None:
    policy = replace(DEFAULT, minimum_minor=1000)
    assert deserved([debt(5, 1, "EUR")], policy, TODAY).justified


def test_the_verdict_lists_overdue_debts_oldest_first_and_leaves_the_others_out() -> None:
    debts = [debt(1, number=1), debt(9, number=2), debt(0, number=3), debt(-5, number=4)]
    verdict = deserved(debts, DEFAULT, TODAY)
    assert [each.number for each in verdict.overdue] == ["2", "1"]


def test_the_verdict_says_every_value_it_went_by() -> None:
    policy = replace(DEFAULT, grace_days=3)
    verdict = deserved([debt(2, 300, number=1), debt(7, 4500, number=2)], policy, TODAY)
    assert [tuple(condition) for condition in verdict.conditions] == [
        ("policy_active", True, True),
        ("overdue", 2, True),
        ("beyond_grace", 7, True),
        ("minimum_debt", {"USD": 4500}, True),
    ]


def test_with_nothing_overdue_only_the_policy_holds() -> None:
    verdict = deserved([debt(0)], DEFAULT, TODAY)
    assert verdict.overdue == ()
    assert list(holds(verdict).values()) == [True, False, False, False]


@pytest.mark.parametrize(
    ("status", "justified", "suspended", "outcome"),
    [
        (LineStatus.ACTIVE, True, False, Outcome.SUSPEND),
        (LineStatus.ACTIVE, True, True, Outcome.KEEP_SUSPENDED),
        (LineStatus.ACTIVE, False, True, Outcome.REACTIVATE),
        (LineStatus.SUSPENDED, True, False, Outcome.SUSPEND),
        (LineStatus.SUSPENDED, True, True, Outcome.KEEP_SUSPENDED),
        (LineStatus.SUSPENDED, False, True, Outcome.REACTIVATE),
        (LineStatus.NOT_INSTALLED, True, False, Outcome.NONE),
        (LineStatus.NOT_INSTALLED, False, True, Outcome.REACTIVATE),
        (LineStatus.CANCELLED, True, False, Outcome.NONE),
        (LineStatus.CANCELLED, False, True, Outcome.NONE),
    ],
)
def test_what_follows_for_a_line(
    status: LineStatus, justified: bool, suspended: bool, outcome: Outcome
) -> None:
    verdict = deserved([debt(5)] if justified else [], DEFAULT, TODAY)
    assert outcome_of(verdict, status, suspended=suspended) is outcome


def test_a_line_with_a_debt_in_grace_is_kept_on_and_one_without_is_not_mentioned() -> None:
    policy = replace(DEFAULT, grace_days=10)
    in_grace = deserved([debt(5)], policy, TODAY)
    nothing = deserved([], policy, TODAY)
    assert outcome_of(in_grace, LineStatus.ACTIVE, suspended=False) is Outcome.KEEP_ACTIVE
    assert outcome_of(nothing, LineStatus.ACTIVE, suspended=False) is Outcome.NONE


debts_strategy = st.lists(
    st.builds(
        debt,
        st.integers(-40, 400),
        st.integers(0, 10_000),
        st.sampled_from(["USD", "EUR"]),
        st.integers(1, 1000),
    ),
    max_size=6,
)
policies_strategy = st.builds(
    lambda grace_days, minimum_minor, active: replace(
        DEFAULT, grace_days=grace_days, minimum_minor=minimum_minor, active=active
    ),
    st.integers(0, 60),
    st.integers(0, 9_000),
    st.booleans(),
)


@given(debts_strategy, policies_strategy)
def test_justified_means_that_every_condition_holds(debts: list[Debt], policy: Policy) -> None:
    verdict = deserved(debts, policy, TODAY)
    assert verdict.justified is all(condition.holds for condition in verdict.conditions)


@given(debts_strategy, policies_strategy, st.data())
def test_the_order_of_debts_changes_nothing(
    debts: list[Debt], policy: Policy, data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(debts))
    before, after = deserved(debts, policy, TODAY), deserved(shuffled, policy, TODAY)
    assert (before.justified, before.conditions) == (after.justified, after.conditions)


@given(debts_strategy, policies_strategy, st.integers(0, 100))
def test_waiting_never_makes_a_suspension_undeserved(
    debts: list[Debt], policy: Policy, days: int
) -> None:
    if deserved(debts, policy, TODAY).justified:
        assert deserved(debts, policy, TODAY + timedelta(days=days)).justified


@given(debts_strategy, policies_strategy, st.data())
def test_paying_never_makes_a_suspension_deserved(
    debts: list[Debt], policy: Policy, data: st.DataObject
) -> None:
    paid = [each._replace(open_minor=data.draw(st.integers(0, each.open_minor))) for each in debts]
    if deserved(paid, policy, TODAY).justified:
        assert deserved(debts, policy, TODAY).justified


@given(debts_strategy, policies_strategy)
def test_a_line_with_everything_paid_is_never_kept_off(debts: list[Debt], policy: Policy) -> None:
    paid = [each._replace(open_minor=0) for each in debts]
    verdict = deserved(paid, policy, TODAY)
    assert outcome_of(verdict, LineStatus.SUSPENDED, suspended=True) is Outcome.REACTIVATE
