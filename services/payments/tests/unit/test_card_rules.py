"""Which reports are kept: the order of hearing must not matter."""

from datetime import UTC, datetime, timedelta
from functools import reduce
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.cards.rules import (
    DisputeStanding,
    RefundStanding,
    Standing,
    joined,
)
from services.payments.processors.port import IntentStatus, RefundStatus
from shared.contracts.payments import DisputeStatus
from shared.money import Money

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
seconds = st.integers(0, 3).map(lambda each: START + timedelta(seconds=each))
reasons = st.sampled_from([None, "card_declined", "expired_card"])


def _standing(status: IntentStatus, at: datetime, reason: str | None, minor: int) -> Standing:
    received = Money(minor, "USD") if status is IntentStatus.SUCCEEDED else None
    return Standing(status, at, received, reason)


standings = st.builds(_standing, st.sampled_from(IntentStatus), seconds, reasons, st.integers(1, 2))
refunds = st.builds(
    lambda status, at, why: RefundStanding(
        status, at, why if status is RefundStatus.FAILED else None
    ),
    st.sampled_from(RefundStatus),
    seconds,
    st.sampled_from(["lost_card", "failed"]),
)
disputes = st.builds(DisputeStanding, st.sampled_from(DisputeStatus), seconds)


@given(st.lists(standings, min_size=1, max_size=6), st.randoms())
def test_any_order_and_repetition_of_reports_gives_one_state(
    heard: list[Standing], chance: Random
) -> None:
    again = [*heard, *heard[:3]]
    chance.shuffle(again)

    assert reduce(joined, again) == reduce(joined, heard)


@given(st.lists(refunds, min_size=1, max_size=6), st.randoms())
def test_any_order_of_a_refunds_reports_gives_one_state(
    heard: list[RefundStanding], chance: Random
) -> None:
    again = [*heard, *heard[:3]]
    chance.shuffle(again)

    assert reduce(RefundStanding.joined, again) == reduce(RefundStanding.joined, heard)


@given(st.lists(disputes, min_size=1, max_size=6), st.randoms())
def test_any_order_of_a_disputes_reports_gives_one_state(
    heard: list[DisputeStanding], chance: Random
) -> None:
    again = [*heard, *heard[:3]]
    chance.shuffle(again)

    assert reduce(DisputeStanding.joined, again) == reduce(DisputeStanding.joined, heard)


@given(st.lists(standings, max_size=6))
def test_money_that_came_in_is_never_taken_for_anything_else(heard: list[Standing]) -> None:
    came = _standing(IntentStatus.SUCCEEDED, START, None, 1)

    assert reduce(joined, [*heard, came]).status is IntentStatus.SUCCEEDED


@pytest.mark.parametrize(
    ("heard", "kept"),
    [
        (["created 0", "processing 1"], "processing"),
        (["processing 1", "created 2"], "processing"),
        (["processing 1", "failed 1"], "failed"),
        (["processing 1", "failed 2", "processing 3"], "processing"),
        (["failed 2", "created 3"], "failed"),
        (["failed 5", "cancelled 1"], "cancelled"),
        (["cancelled 9", "succeeded 1"], "succeeded"),
    ],
)
def test_what_is_final_counts_most_then_what_is_later(heard: list[str], kept: str) -> None:
    said = [
        _standing(IntentStatus(status), START + timedelta(seconds=int(second)), None, 1)
        for status, second in (each.split() for each in heard)
    ]

    assert reduce(joined, said).status == kept
    assert reduce(joined, reversed(said)).status == kept


def test_a_refund_that_failed_after_it_had_succeeded_is_remembered() -> None:
    done = RefundStanding(RefundStatus.SUCCEEDED, START)
    failed = RefundStanding(RefundStatus.FAILED, START, "lost_card")

    assert done.joined(failed) == failed.joined(done)
    assert (done.joined(failed).status, done.joined(failed).failure) == ("succeeded", "lost_card")
