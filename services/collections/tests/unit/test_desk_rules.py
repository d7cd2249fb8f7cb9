"""Whose turn it is, what is urgent, and when a customer may be contacted."""

from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.collections.cases.urgency import Facts, Weights, mark, score
from services.collections.collectors.rules import Free, in_turn
from services.collections.contacts.rules import (
    ContactChannel,
    ContactRules,
    Made,
    broken_by,
    opens_next,
)

MONDAY = datetime(2026, 11, 23, 10, 0)  # noqa: DTZ001 - local to the customer

rooms = st.lists(st.integers(0, 12), max_size=8)


@given(rooms, st.integers(0, 60))
def test_nobody_gets_more_than_there_is_room_for_and_nobody_is_passed_over(
    room: list[int], cases: int
) -> None:
    collectors = [Free(UUID(int=place + 1), free) for place, free in enumerate(room)]
    chosen = in_turn([None] * cases, collectors)
    loads = Counter(each for each in chosen if each is not None)
    assert sum(loads.values()) == min(cases, sum(room))
    for collector in collectors:
        assert loads[collector.collector_id] <= collector.room
    unfilled = [loads[c.collector_id] for c in collectors if loads[c.collector_id] < c.room]
    if unfilled:
        assert max(loads.values(), default=0) - min(unfilled) <= 1


def test_a_case_goes_to_who_waits_longest_among_those_who_take_its_segment() -> None:
    any_, business = UUID(int=1), UUID(int=2)
    collectors = [Free(any_, 5), Free(business, 1, frozenset({"business"}))]
    chosen = in_turn(["home", "business", "business", "home"], collectors)
    assert chosen == [any_, business, any_, any_]


@pytest.mark.parametrize(
    ("value", "full", "expected"),
    [(0, 10, 0), (5, 10, 50), (10, 10, 100), (99, 10, 100), (-1, 3, 0)],
)
def test_a_mark_runs_from_0_to_100(value: int, full: int, expected: int) -> None:
    assert mark(value, full) == expected


def test_the_score_weighs_its_marks() -> None:
    weights = Weights(amount=50, age=50, broken=0, silence=0, priority=0, full_debt_minor=1000)
    assert score(weights, Facts(500, 90, 9, 99, 100)) == 75


@given(
    st.builds(
        Facts,
        debt_minor=st.integers(0, 10**15),
        days_overdue=st.integers(0, 5000),
        broken_promises=st.integers(0, 50),
        silent_days=st.integers(-5, 5000),
        priority=st.integers(0, 100),
    )
)
def test_a_score_is_between_0_and_100_and_grows_with_every_mark(facts: Facts) -> None:
    found = score(Weights(), facts)
    assert 0 <= found <= 100
    for name in Facts._fields:
        more = facts._replace(**{name: getattr(facts, name) * 2 + 1})
        if name == "priority":
            more = facts._replace(priority=100)
        assert score(Weights(), more) >= found


@pytest.mark.parametrize(
    ("channel", "at", "made", "rule"),
    [
        (ContactChannel.CALL, MONDAY, Made(), None),
        (ContactChannel.CALL, MONDAY.replace(hour=8), Made(), None),
        (ContactChannel.CALL, MONDAY.replace(hour=7, minute=59), Made(), "hours"),
        (ContactChannel.CALL, MONDAY.replace(hour=19, minute=59), Made(), None),
        (ContactChannel.CALL, MONDAY.replace(hour=20), Made(), "hours"),
        (ContactChannel.CALL, MONDAY - timedelta(days=1), Made(), "weekday"),
        (ContactChannel.CALL, MONDAY, Made(calls_this_week=2), None),
        (ContactChannel.CALL, MONDAY, Made(calls_this_week=3), "calls-per-week"),
        (ContactChannel.SMS, MONDAY, Made(calls_this_week=3), None),
        (ContactChannel.SMS, MONDAY, Made(messages_today=2), "messages-per-day"),
        (ContactChannel.VISIT, MONDAY, Made(3, 2), None),
        (ContactChannel.SMS, MONDAY, Made(opted_out=frozenset({"sms"})), "opted-out"),
        (ContactChannel.EMAIL, MONDAY, Made(opted_out=frozenset({"sms"})), None),
    ],
)
def test_a_contact_is_refused_by_the_name_of_the_rule_it_breaks(
    channel: ContactChannel, at: datetime, made: Made, rule: str | None
) -> None:
    broken = broken_by(ContactRules(), channel, at, made)
    assert (broken.rule.value if broken else None) == rule


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        (MONDAY, MONDAY),
        (MONDAY.replace(hour=3), MONDAY.replace(hour=8)),
        (MONDAY.replace(hour=21), MONDAY.replace(hour=8) + timedelta(days=1)),
        (MONDAY - timedelta(days=1), MONDAY.replace(hour=8)),
    ],
)
def test_the_next_hour_for_contacts_is_found(at: datetime, opens: datetime) -> None:
    assert opens_next(ContactRules(), at) == opens
