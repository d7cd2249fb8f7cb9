"""Whom a policy reminds: by segment, by condition, repetition included."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.collections.contacts.rules import ContactRules
from services.collections.decisions.rules import About, Debt
from services.collections.pauses.rules import Pause, PauseKind
from services.collections.policies.document import DunningDocument
from services.collections.policies.rules import Policy, compile_policy
from services.collections.reminders.rules import Schedule, asked_on, due_dates
from services.collections.reminders.schedules import everybodys, narrows, own_schedule
from services.collections.whatif.rules import Past, replayed

TODAY = date(2026, 11, 25)
GOLD = About(tags=frozenset({"gold"}))
BIG: dict[str, Any] = {"fact": "amount_due", "op": "gte", "value": "50.00"}
STAGES: list[dict[str, Any]] = [
    {"code": "before", "kind": "remind", "day": -3},
    {"code": "on", "kind": "remind", "day": 0},
    {"code": "big", "kind": "remind", "day": 2, "when": BIG},
    {"code": "late", "kind": "remind", "day": 5},
    {"code": "cut", "kind": "suspend", "day": 30},
]
SEGMENTS: list[dict[str, Any]] = [
    {
        "name": "gold",
        "when": {"fact": "tag", "op": "in", "value": ["gold"]},
        "overrides": {"stages": [{"code": "kind", "kind": "remind", "day": 10}]},
    }
]


def policy(**changes: Any) -> Policy:
    document = {
        "stages": STAGES,
        "segments": SEGMENTS,
        "reminders": {"overdue_every_days": 7, "overdue_until_days": 20},
    }
    return compile_policy(DunningDocument.model_validate(document | changes), 2, "USD", "EC")


def debt(days_overdue: int, open_minor: int = 4500, number: int = 1) -> Debt:
    due_on = TODAY - timedelta(days=days_overdue)
    return Debt(UUID(int=number), str(number), "USD", open_minor, due_on)


def days(schedule: Schedule) -> dict[int, str | None]:
    """Every day of a schedule from the due date, and the stage behind it."""
    found = [*(-day for day in schedule.upcoming_days), *schedule.overdue_days]
    found += [0] if schedule.due_today else []
    return {day: schedule.stage_on(day) for day in sorted(found)}


@pytest.mark.parametrize(
    ("debts", "about", "expected"),
    [
        ([], About(), {-3: "before", 0: "on", 5: "late", 12: "late", 19: "late"}),
        (
            [debt(1, 5000)],
            About(),
            {-3: "before", 0: "on", 2: "big", 5: "late", 9: "big", 16: "big"},
        ),
        ([debt(1, 4999)], About(), {-3: "before", 0: "on", 5: "late", 12: "late", 19: "late"}),
        ([debt(1, 5000)], GOLD, {10: "kind", 17: "kind"}),
    ],
)
def test_a_customer_is_reminded_on_the_days_of_its_own_segment_whose_condition_holds(
    debts: list[Debt], about: About, expected: dict[int, str | None]
) -> None:
    assert days(own_schedule(debts, policy(), TODAY, about)) == expected


def test_what_a_pause_covers_does_not_count_for_a_condition() -> None:
    promised = Pause(
        UUID(int=9), PauseKind.PROMISE, None, UUID(int=2), None, TODAY, None, None, True
    )
    both = [debt(1, 2500), debt(1, 2500, number=2)]
    assert 2 in days(own_schedule(both, policy(), TODAY, About()))
    assert 2 not in days(own_schedule(both, policy(), TODAY, About(pauses=(promised,))))


def test_a_segment_without_reminders_reminds_nobody() -> None:
    quiet = [SEGMENTS[0] | {"overrides": {"stages": [STAGES[4]]}}]
    every = {"overdue_every_days": None}
    assert days(own_schedule([], policy(segments=quiet, reminders=every), TODAY, GOLD)) == {}


def test_repetition_ends_with_the_reminders_it_repeats() -> None:
    only_big = policy(stages=[STAGES[2], STAGES[4]], segments=[])
    assert days(own_schedule([debt(1, 5000)], only_big, TODAY, About())) == {
        2: "big",
        9: "big",
        16: "big",
    }
    assert days(own_schedule([debt(1)], only_big, TODAY, About())) == {}


def test_only_segments_and_conditions_narrow() -> None:
    assert narrows(policy())
    assert narrows(policy(segments=[]))
    assert not narrows(policy(segments=[], stages=[STAGES[0], STAGES[3], STAGES[4]]))


@given(
    minor=st.sampled_from([1, 4999, 5000]),
    about=st.sampled_from([About(), GOLD]),
    behind=st.integers(0, 40),
    offset=st.integers(-5, 60),
)
def test_whoever_is_reminded_is_on_a_page_of_everybodys_days(
    minor: int, about: About, behind: int, offset: int
) -> None:
    terms, done, due_on = policy(), TODAY - timedelta(days=behind), TODAY - timedelta(days=offset)
    own = own_schedule([debt(1, minor)], terms, TODAY, about)
    asked = asked_on(own, done, TODAY, due_on) is not None
    assert asked is (due_on in due_dates(own, done, TODAY))
    if asked:
        assert due_on in due_dates(everybodys(terms, ContactRules()), done, TODAY)


def past(number: int, due_on: date, open_minor: int, paid_on: date | None = None) -> Past:
    owed = Debt(UUID(int=number), str(number), "USD", open_minor, due_on)
    settled = ((paid_on, open_minor),) if paid_on else ()
    return Past(owed, due_on - timedelta(days=30), settled)


def reminded(pasts: list[Past], about: About, pauses: tuple[Pause, ...] = ()) -> list[int]:
    """The days from today on which a what-if says that somebody is reminded."""
    last = TODAY + timedelta(days=60)
    steps = replayed(pasts, policy(), about, pauses, TODAY - timedelta(days=9), last)
    return [(step.on - TODAY).days for step in steps if step.kind == "remind"]


def test_what_if_reminds_by_segment_condition_and_repetition() -> None:
    assert reminded([past(1, TODAY, 4500)], About()) == [-3, 0, 5, 12, 19]
    assert reminded([past(1, TODAY, 5000)], About()) == [-3, 0, 2, 5, 9, 16]
    assert reminded([past(1, TODAY, 5000)], GOLD) == [10, 17]
    both = [past(1, TODAY, 2500), past(2, TODAY, 2500)]
    assert reminded(both, About()) == [-3, 0, 2, 5, 9, 16]


def test_what_if_reminds_on_the_day_of_the_payment_and_not_after_it() -> None:
    paid_on = TODAY + timedelta(days=5)
    assert reminded([past(1, TODAY, 4500, paid_on)], About()) == [-3, 0, 5]


def test_what_if_leaves_in_peace_who_has_promised() -> None:
    until = TODAY + timedelta(days=6)
    promise = Pause(UUID(int=9), PauseKind.PROMISE, None, None, None, TODAY, until, None, True)
    assert reminded([past(1, TODAY, 4500)], About(), (promise,)) == [-3, 12, 19]
