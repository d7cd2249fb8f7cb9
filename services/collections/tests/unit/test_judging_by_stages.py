"""What policies of stages, pauses and exemptions make of a line's debts."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.collections.debts.debt import Debt
from services.collections.decisions.record import (
    conditions_text,
    inputs_text,
    read_inputs,
)
from services.collections.decisions.rules import About, ConditionName, Exempt, Verdict, judge
from services.collections.pauses.rules import Pause, PauseKind, in_force, what_counts
from services.collections.policies.document import DunningDocument
from services.collections.policies.rules import Policy, compile_policy

TODAY = date(2026, 8, 20)
NOON = datetime(2026, 8, 20, 12, tzinfo=UTC)
LADDER: list[dict[str, Any]] = [
    {"code": "remind", "kind": "remind", "day": -3},
    {"code": "warn", "kind": "warn", "day": 3},
    {"code": "cut", "kind": "suspend", "day": 10},
    {"code": "desk", "kind": "assign", "day": 30},
]


def policy(**changes: Any) -> Policy:
    """A policy of stages, changed as asked."""
    document = DunningDocument.model_validate({"stages": LADDER} | changes)
    return compile_policy(document, 1, "USD", "EC")


def debt(days_overdue: int, open_minor: int = 4500, number: int = 1, **more: Any) -> Debt:
    due_on = TODAY - timedelta(days=days_overdue)
    return Debt(UUID(int=number), str(number), "USD", open_minor, due_on, **more)


def pause(**changes: Any) -> Pause:
    facts: dict[str, Any] = {
        "id": UUID(int=1),
        "kind": PauseKind.PROMISE,
        "line_id": None,
        "invoice_id": None,
        "amount_minor": None,
        "from_on": TODAY,
        "until_on": None,
        "expires_at": None,
        "restores": True,
    }
    return Pause(**(facts | changes))


def codes(verdict: Verdict) -> list[str]:
    return [stage.code for stage in verdict.reached]


def failing(verdict: Verdict) -> list[ConditionName]:
    return [condition.name for condition in verdict.conditions if not condition.holds]


@pytest.mark.parametrize(
    ("days", "reached"),
    [(0, []), (2, []), (3, ["warn"]), (9, ["warn"]), (10, ["warn"]), (40, ["warn"])],
)
def test_whoever_was_never_warned_is_warned_first_however_late(
    days: int, reached: list[str]
) -> None:
    verdict = judge([debt(days)], policy(), TODAY, About(), off=False)
    assert codes(verdict) == reached
    assert not verdict.justified


@pytest.mark.parametrize(
    ("warned_days_ago", "cut"), [(0, False), (6, False), (7, True), (30, True)]
)
def test_the_next_stage_comes_its_distance_after_the_one_before_was_reached(
    warned_days_ago: int, cut: bool
) -> None:
    about = About(reached={"warn": TODAY - timedelta(days=warned_days_ago)})
    verdict = judge([debt(40)], policy(), TODAY, about, off=False)
    assert verdict.justified is cut
    if not cut:
        assert verdict.waits_for == TODAY + timedelta(days=7 - warned_days_ago)
        assert failing(verdict) == [ConditionName.STAGES_BEFORE]


def test_stages_on_time_come_on_their_days() -> None:
    """Judged day by day from the due date, each stage is reached on its own day."""
    reached: dict[str, date] = {}
    due_on, terms = TODAY, policy()
    for day in range(45):
        today = due_on + timedelta(days=day)
        owed = Debt(UUID(int=1), "1", "USD", 4500, due_on)
        verdict = judge([owed], terms, today, About(reached=reached), off=False)
        reached |= dict.fromkeys(codes(verdict), today)
    assert {code: (day - due_on).days for code, day in reached.items()} == {
        "warn": 3,
        "cut": 10,
        "desk": 30,
    }


@pytest.mark.parametrize(
    ("days", "before", "reached"),
    [
        (2, {}, []),
        (3, {}, ["warn"]),
        (10, {"warn": 7}, []),
        (30, {"warn": 26}, []),
        (30, {"warn": 27}, ["desk"]),
        (200, {"warn": 26}, []),
    ],
)
def test_without_a_line_what_cuts_is_passed_over_and_all_else_comes_on_its_day(
    days: int, before: dict[str, int], reached: list[str]
) -> None:
    """Passed over: it neither comes nor puts off what is after it."""
    behind = {code: TODAY - timedelta(days=ago) for code, ago in before.items()}
    about = About(without_line=True, reached=behind)
    verdict = judge([debt(days)], policy(), TODAY, about, off=False)
    assert codes(verdict) == reached
    assert (verdict.justified, failing(verdict)) == (False, [ConditionName.HAS_LINE])


def test_what_counts_without_a_line_is_stored_and_read_back() -> None:
    about = About(without_line=True, tags=frozenset({"gold"}), reached={"warn": TODAY})
    verdict = judge([debt(4)], policy(), TODAY, about, off=False)
    stored = inputs_text([debt(4)], about, verdict, non_payment=False)
    assert stored is not None
    assert read_inputs(orjson.loads(stored)) == ([debt(4)], about)


@given(st.lists(st.integers(0, 60), min_size=1, max_size=30, unique=True))
def test_however_jobs_run_no_stage_is_skipped_and_none_comes_sooner_than_its_distance(
    days: list[int],
) -> None:
    reached: dict[str, date] = {}
    terms = policy()
    for day in sorted(days):
        today = TODAY + timedelta(days=day)
        owed = Debt(UUID(int=1), "1", "USD", 4500, TODAY)
        verdict = judge([owed], terms, today, About(reached=dict(reached)), off=False)
        reached |= dict.fromkeys(codes(verdict), today)
    ladder = [stage for stage in terms.ladder if stage.code in reached]
    assert ladder == list(terms.ladder[: len(ladder)])
    for before, after in pairwise(ladder):
        apart = (reached[after.code] - reached[before.code]).days
        assert apart >= after.day - before.day


@given(st.permutations(range(4)), st.permutations(range(3)))
def test_the_order_of_debts_and_pauses_changes_nothing(debts: list[int], pauses: list[int]) -> None:
    owed = [debt(day, 1000, number) for number, day in enumerate((5, 12, 12, 30), start=1)]
    granted = [
        pause(id=UUID(int=1), amount_minor=1500),
        pause(id=UUID(int=2), invoice_id=UUID(int=4)),
        pause(id=UUID(int=3), amount_minor=300),
    ]
    about = About(pauses=in_force([granted[place] for place in pauses], TODAY, NOON))
    verdict = judge([owed[place] for place in debts], policy(), TODAY, about, off=False)
    straight = About(pauses=in_force(granted, TODAY, NOON))
    assert verdict == judge(owed, policy(), TODAY, straight, off=False)


def test_a_dispute_takes_its_amount_off_its_invoice_alone() -> None:
    disputed = pause(kind=PauseKind.DISPUTE, invoice_id=UUID(int=1), amount_minor=4000)
    left = what_counts([debt(5, 4500, 1), debt(9, 700, 2)], [disputed], off=False)
    assert [(each.number, each.open_minor) for each in left] == [("2", 700), ("1", 500)]


def test_an_amount_without_an_invoice_covers_the_oldest_first() -> None:
    paying = pause(kind=PauseKind.PAYMENT_IN_FLIGHT, amount_minor=1000)
    left = what_counts([debt(5, 4500, 1), debt(9, 700, 2)], [paying], off=False)
    assert [(each.number, each.open_minor) for each in left] == [("1", 4200)]


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({}, True),
        ({"from_on": TODAY + timedelta(days=1)}, False),
        ({"until_on": TODAY}, True),
        ({"until_on": TODAY - timedelta(days=1), "from_on": TODAY - timedelta(days=9)}, False),
        ({"expires_at": NOON}, False),
        ({"expires_at": NOON + timedelta(seconds=1)}, True),
    ],
)
def test_a_pause_counts_from_its_first_day_through_its_last(
    changes: dict[str, Any], counts: bool
) -> None:
    assert bool(in_force([pause(**changes)], TODAY, NOON)) is counts


def test_a_pause_brings_a_line_back_unless_it_does_not_restore() -> None:
    for restores in (True, False):
        about = About(pauses=(pause(restores=restores),))
        assert judge([debt(20)], policy(), TODAY, about, off=True).justified is not restores
        assert not judge([debt(20)], policy(), TODAY, about, off=False).justified


def test_whoever_is_exempt_or_essential_is_not_cut_and_comes_back() -> None:
    exempt = Exempt(UUID(int=9), "flood", TODAY)
    reached = {"warn": TODAY - timedelta(days=9)}
    for about in (About(exempt=exempt, reached=reached), About(essential=True, reached=reached)):
        assert not judge([debt(20)], policy(), TODAY, about, off=False).justified
        assert not judge([debt(20)], policy(), TODAY, about, off=True).justified


def test_an_essential_line_is_warned_and_worked_but_no_cut_is_noted() -> None:
    about = About(essential=True, reached={"warn": TODAY - timedelta(days=40)})
    assert codes(judge([debt(50)], policy(), TODAY, about, off=False)) == ["desk"]


@pytest.mark.parametrize(
    ("rule", "debts", "stays"),
    [
        ("zero", [debt(0)], True),
        ("zero", [debt(-1)], False),
        ("past_due_cleared", [debt(0)], False),
        ("past_due_cleared", [debt(1, 1)], True),
        ("below_threshold", [debt(1, 499)], False),
        ("below_threshold", [debt(1, 500)], True),
        ("first_instalment", [debt(1, 1)], True),
    ],
)
def test_a_line_that_is_off_comes_back_by_the_rule(
    rule: str, debts: list[Debt], stays: bool
) -> None:
    restore: dict[str, Any] = {"rule": rule}
    if rule == "below_threshold":
        restore["threshold"] = {"amount": "5.00"}
    assert judge(debts, policy(restore=restore), TODAY, About(), off=True).justified is stays


def test_a_closed_window_keeps_the_cut_back_and_nothing_else() -> None:
    terms = policy(calendar={"weekdays": [1, 2, 3, 4, 5], "opens": "09:00", "closes": "17:00"})
    reached = {"warn": TODAY - timedelta(days=7)}
    thursday = datetime(2026, 8, 20, 8, 59)  # noqa: DTZ001 a local time
    for minutes, opened in ((0, False), (1, True), (480, True), (481, False)):
        local = thursday + timedelta(minutes=minutes)
        verdict = judge([debt(10)], terms, TODAY, About(reached=reached, local=local), off=False)
        assert verdict.justified is opened
        assert verdict.window_closed is not opened
    late = About(reached=reached, local=thursday)
    assert judge([debt(10)], terms, TODAY, late, off=True).justified
    assert not judge([], terms, TODAY, late, off=True).justified


def test_a_segment_has_its_own_terms() -> None:
    vip = {
        "name": "vip",
        "when": {"fact": "tag", "op": "in", "value": ["vip"]},
        "overrides": {"stages": [{"code": "cut", "kind": "suspend", "day": 60}]},
    }
    terms = policy(stages=[{"code": "cut", "kind": "suspend", "day": 10}], segments=[vip])
    plain = judge([debt(20)], terms, TODAY, About(tags=frozenset({"home"})), off=False)
    theirs = judge([debt(20)], terms, TODAY, About(tags=frozenset({"vip"})), off=False)
    assert (plain.justified, plain.segment) == (True, None)
    assert (theirs.justified, theirs.segment) == (False, "vip")


def test_a_stage_whose_condition_fails_is_passed_over() -> None:
    big = {"fact": "amount_due", "op": "gte", "value": "100.00"}
    terms = policy(
        stages=[
            {"code": "warn", "kind": "warn", "day": 3, "when": big},
            {"code": "cut", "kind": "suspend", "day": 5},
        ]
    )
    assert codes(judge([debt(5, 9_999)], terms, TODAY, About(), off=False)) == ["cut"]
    assert codes(judge([debt(5, 10_000)], terms, TODAY, About(), off=False)) == ["warn"]


def test_each_late_invoice_is_charged_once_and_a_fee_never_for_a_fee() -> None:
    terms = policy(stages=[{"code": "fee", "kind": "late_fee", "day": 5, "rule": "late"}])
    debts = [
        debt(9, number=1),
        debt(6, number=2),
        debt(2, number=3),
        debt(9, number=4, is_fee=True),
    ]
    verdict = judge(debts, terms, TODAY, About(), off=False)
    assert [each.number for _, each in verdict.fees] == ["1", "2"]
    charged = {"fee": TODAY, f"fee/{UUID(int=1)}": TODAY}
    again = judge(debts, terms, TODAY, About(reached=charged), off=False)
    assert [each.number for _, each in again.fees] == ["2"]


abouts = st.builds(
    About,
    essential=st.booleans(),
    exempt=st.none() | st.builds(Exempt, st.uuids(), st.text(max_size=9), st.dates()),
    pauses=st.lists(
        st.builds(pause, id=st.uuids(), amount_minor=st.none() | st.integers(1, 9_000)), max_size=3
    ).map(tuple),
    tags=st.frozensets(st.sampled_from(["vip", "home"])),
    reached=st.none() | st.just({"warn": TODAY - timedelta(days=8)}),
    local=st.none() | st.just(NOON),
)
debts_strategy = st.lists(
    st.builds(debt, st.integers(-5, 90), st.integers(1, 9_000), st.integers(1, 99)), max_size=5
)


@given(debts_strategy, abouts, st.booleans())
def test_a_decision_replayed_from_its_record_is_the_same_to_the_byte(
    debts: list[Debt], about: About, off: bool
) -> None:
    terms = policy(calendar={"opens": "09:00", "closes": "17:00"})
    verdict = judge(debts, terms, TODAY, about, off=off)
    text = inputs_text(debts, about, verdict, non_payment=off)
    if text is None:
        return

    read_debts, read_about = read_inputs(orjson.loads(text))
    again = judge(read_debts, terms, TODAY, read_about, off=off)
    assert conditions_text(again) == conditions_text(verdict)
    assert again == verdict


@given(debts_strategy, abouts)
def test_paying_everything_brings_back_whatever_else_is_so(debts: list[Debt], about: About) -> None:
    paid = [each._replace(open_minor=0) for each in debts]
    for rule in ("zero", "past_due_cleared", "below_threshold", "first_instalment"):
        terms = policy(restore={"rule": rule})
        assert not judge(paid, terms, TODAY, about, off=True).justified
