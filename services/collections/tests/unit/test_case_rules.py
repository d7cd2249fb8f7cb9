"""When episodes begin and end, and how the work on them moves."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from services.collections.cases.rules import (
    MAY_BECOME,
    CaseStatus,
    Episode,
    Owed,
    course,
    opens,
    threshold,
    way,
)
from services.collections.debts.debt import Debt as Open
from services.collections.decisions.about import About
from services.collections.policies.document import DunningDocument
from services.collections.policies.rules import Policy, SuspendScope, compile_policy

LINE, OTHER, CASE = UUID(int=1), UUID(int=2), UUID(int=3)
DUE = date(2026, 11, 1)
MOVES = {
    "new": {"assigned", "closed"},
    "assigned": {"in_contact", "closed", "disputed"},
    "in_contact": {"negotiating", "closed", "disputed"},
    "negotiating": {"payment_plan", "settled", "closed", "disputed"},
    "payment_plan": {"settled", "closed", "disputed"},
    "settled": {"closed"},
    "disputed": {"in_contact", "closed"},
    "closed": set(),
}


def policy(scope: SuspendScope = SuspendScope.LINE, minimum: int = 1000) -> Policy:
    return Policy(
        version=1,
        grace_days=0,
        minimum_minor=minimum,
        currency="USD",
        suspend_scope=scope,
        active=True,
    )


def test_these_moves_and_no_others_are_allowed() -> None:
    assert {now.value: {to.value for to in moves} for now, moves in MAY_BECOME.items()} == MOVES


@pytest.mark.parametrize(
    ("current", "wanted", "steps"),
    [
        ("assigned", "payment_plan", ["in_contact", "negotiating", "payment_plan"]),
        ("in_contact", "settled", ["negotiating", "settled"]),
        ("negotiating", "payment_plan", ["payment_plan"]),
        ("payment_plan", "settled", ["settled"]),
        ("assigned", "disputed", ["disputed"]),
        ("new", "in_contact", ["in_contact"]),
        ("new", "payment_plan", ["in_contact", "negotiating", "payment_plan"]),
        ("new", "disputed", ["in_contact", "disputed"]),
        ("assigned", "in_contact", ["in_contact"]),
        ("in_contact", "in_contact", []),
        ("negotiating", "in_contact", []),
        ("disputed", "in_contact", []),
        ("payment_plan", "payment_plan", []),
        ("disputed", "payment_plan", []),
        ("closed", "disputed", []),
        ("settled", "payment_plan", []),
    ],
)
def test_an_agreement_takes_a_case_along_allowed_moves_only(
    current: str, wanted: str, steps: list[str]
) -> None:
    found = way(CaseStatus(current), CaseStatus(wanted))
    assert [step.value for step in found] == steps
    allowed = MOVES | {"new": {"in_contact"}}  # the system's: nobody has the case
    for before, after in zip([current, *steps], steps, strict=False):
        assert after in allowed[before]


def owed(minor: int, line: UUID | None = LINE, currency: str = "USD", beyond: int = -1) -> Owed:
    return Owed(line, currency, minor, minor if beyond < 0 else beyond, DUE)


@pytest.mark.parametrize(
    ("debts", "opens"),
    [
        ([owed(999)], False),
        ([owed(1000)], True),
        ([owed(5000, beyond=999)], False),
        ([owed(1, currency="EUR")], True),
        ([owed(1, currency="EUR", beyond=0)], False),
    ],
)
def test_an_episode_opens_when_what_is_beyond_grace_reaches_the_minimum(
    debts: list[Owed], opens: bool
) -> None:
    assert bool(course(debts, [], policy()).opening) is opens


SEGMENTS = {
    "stages": [{"code": "warn", "kind": "warn", "day": 1}],
    "grace_days": 5,
    "minimum_debt": {"amount": "50.00"},
    "segments": [
        {
            "name": "strict",
            "when": {"fact": "tag", "op": "in", "value": ["risk"]},
            "overrides": {"grace_days": 0, "minimum_debt": {"amount": "5.00"}},
        },
        {
            "name": "deep",
            "when": {"fact": "amount_due", "op": "gte", "value": "500.00"},
            "overrides": {"grace_days": 1},
        },
    ],
}
RISK = About(tags=frozenset({"risk"}))


@pytest.mark.parametrize(
    ("debts", "about", "expected"),
    [
        ([(5, 9000)], About(), (False, None)),
        ([(6, 9000)], About(), (True, None)),
        ([(6, 4999)], About(), (False, None)),
        ([(6, 4999), (5, 1)], About(), (False, None)),
        ([(6, 4999), (6, 1)], About(), (True, None)),
        ([(1, 500)], RISK, (True, "strict")),
        ([(1, 499)], RISK, (False, "strict")),
        ([(1, 50_000)], About(), (False, "deep")),
        ([(2, 50_000)], About(), (True, "deep")),
    ],
)
def test_a_case_opens_by_the_grace_and_minimum_of_the_owners_own_segment(
    debts: list[tuple[int, int]], about: About, expected: tuple[bool, str | None]
) -> None:
    terms = compile_policy(DunningDocument.model_validate(SEGMENTS), 1, "USD", "EC")
    owes = [
        Open(UUID(int=place), str(place), "USD", minor, DUE - timedelta(days=late))
        for place, (late, minor) in enumerate(debts, start=1)
    ]
    assert opens(owes, terms, DUE, about) == expected


def test_nobody_has_a_case_below_the_loosest_grace_and_minimum() -> None:
    terms = compile_policy(DunningDocument.model_validate(SEGMENTS), 1, "USD", "EC")
    assert threshold(terms) == (0, 500)


def test_an_episode_is_not_cured_by_falling_below_the_minimum() -> None:
    found = course([owed(1)], [Episode(CASE, LINE, 5000, DUE)], policy())
    assert not found.cured
    assert found.changed[CASE].minor == 1


def test_an_episode_is_cured_when_nothing_of_its_owner_is_overdue() -> None:
    found = course([owed(5000, OTHER)], [Episode(CASE, LINE, 5000, DUE)], policy())
    assert [episode.case_id for episode in found.cured] == [CASE]
    assert list(found.opening) == [OTHER]


def test_under_scope_customer_debts_add_up() -> None:
    found = course([owed(600), owed(600, OTHER)], [], policy(SuspendScope.CUSTOMER))
    assert {owner: debt.minor for owner, debt in found.opening.items()} == {None: 1200}


def test_nothing_follows_when_nothing_differs() -> None:
    found = course([owed(5000)], [Episode(CASE, LINE, 5000, DUE)], policy())
    assert (found.opening, found.changed, found.cured) == ({}, {}, [])


def test_the_oldest_due_date_of_a_debt_counts() -> None:
    late = owed(600)._replace(oldest_due_on=DUE - timedelta(days=9))
    found = course([owed(600), late._replace(currency="EUR")], [], policy())
    assert found.opening[LINE].amounts == (600, DUE - timedelta(days=9))
