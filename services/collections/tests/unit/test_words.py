"""Decisions in words, and their grounds stored and read back."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import orjson
import pytest

from services.collections.decisions.record import (
    conditions_text,
    debts_text,
    read_conditions,
    read_debts,
)
from services.collections.decisions.rules import Debt, Outcome, deserved
from services.collections.decisions.words import explain
from services.collections.policies.rules import Policy, default_policy

TODAY = date(2026, 8, 20)
DEFAULT = default_policy("USD")


def debt(days_overdue: int, open_minor: int = 4500, number: str = "A-1") -> Debt:
    due_on = TODAY - timedelta(days=days_overdue)
    return Debt(UUID(int=days_overdue + 1), number, "USD", open_minor, due_on)


def said(
    outcome: Outcome, debts: list[Debt], policy: Policy = DEFAULT, status: str = "active"
) -> str:
    verdict = deserved(debts, policy, TODAY)
    return explain(outcome, verdict.conditions, verdict.overdue, policy, status)


@pytest.mark.parametrize(
    ("outcome", "debts", "policy", "sentence"),
    [
        (
            Outcome.SUSPEND,
            [debt(1)],
            DEFAULT,
            "Suspended: 1 invoice is overdue by 1 day (due 2026-08-19), in all 45.00 USD;"
            " the policy suspends from 0.01 USD on.",
        ),
        (
            Outcome.SUSPEND,
            [debt(12), debt(4, 1000)],
            replace(DEFAULT, grace_days=3, minimum_minor=500),
            "Suspended: 2 invoices are overdue, the oldest by 12 days (due 2026-08-08), in all"
            " 55.00 USD after 3 days of grace; the policy suspends from 5.00 USD on.",
        ),
        (
            Outcome.KEEP_SUSPENDED,
            [debt(2, 1)],
            DEFAULT,
            "Still suspended: 1 invoice is overdue by 2 days (due 2026-08-18), in all 0.01 USD;"
            " the policy suspends from 0.01 USD on.",
        ),
        (Outcome.REACTIVATE, [], DEFAULT, "Switched back on: nothing is overdue."),
        (
            Outcome.REACTIVATE,
            [debt(2)],
            replace(DEFAULT, active=False),
            "Switched back on: 1 invoice is overdue by 2 days (due 2026-08-18), but the policy"
            " is not active.",
        ),
        (
            Outcome.REACTIVATE,
            [debt(2, 300)],
            replace(DEFAULT, minimum_minor=500),
            "Switched back on: what is overdue beyond grace, 3.00 USD, is less than the minimum"
            " of 5.00 USD.",
        ),
        (
            Outcome.KEEP_ACTIVE,
            [debt(2)],
            replace(DEFAULT, grace_days=5),
            "Left on: 1 invoice is overdue by 2 days (due 2026-08-18), within the 5 days of grace.",
        ),
        (Outcome.NONE, [], DEFAULT, "Nothing is overdue."),
    ],
)
def test_a_decision_says_why(
    outcome: Outcome, debts: list[Debt], policy: Policy, sentence: str
) -> None:
    assert said(outcome, debts, policy) == sentence


def test_a_line_that_is_not_in_service_says_so() -> None:
    assert said(Outcome.NONE, [debt(2)], status="not_installed").startswith("Not installed yet")
    assert said(Outcome.NONE, [debt(2)], status="cancelled").startswith("Cancelled")


@pytest.mark.parametrize(
    "debts", [[], [debt(3)], [debt(9, number='quo"te\\back'), debt(2, 1, "ñandú"), debt(1)]]
)
def test_the_grounds_of_a_decision_are_read_back_as_they_were(debts: list[Debt]) -> None:
    verdict = deserved(debts, replace(DEFAULT, grace_days=2), TODAY)
    assert read_debts(orjson.loads(debts_text(verdict.overdue))) == verdict.overdue
    assert read_conditions(orjson.loads(conditions_text(verdict))) == verdict.conditions


@pytest.mark.parametrize("active", [True, False])
def test_the_grounds_without_debts_say_whether_the_policy_was_active(active: bool) -> None:
    verdict = deserved([], replace(DEFAULT, active=active), TODAY)
    assert read_conditions(orjson.loads(conditions_text(verdict)))[0].holds is active
