"""What may happen to a line, and what its status is."""

import itertools
from collections.abc import Callable

import pytest

from services.customers.lines.operations import fact_of
from services.customers.lines.problems import (
    HoldAlreadyPlaced,
    HoldBelongsToCollections,
    HoldNotPlaced,
    IllegalLineMove,
)
from services.customers.lines.rules import MOVES, Change, LineEvent, Move, status_of
from services.customers.tests.builders import NOON, active_line, line
from shared.contracts.customers import (
    HoldReason,
    LineActivated,
    LineCancelled,
    LineReactivated,
    LineRegistered,
    LineStatus,
    LineSuspended,
    LineUpdated,
)
from shared.contracts.event import EventData

S = LineStatus


@pytest.mark.parametrize(
    ("activated", "cancelled", "holds", "status"),
    [
        (False, False, [], S.NOT_INSTALLED),
        (False, False, ["fraud"], S.NOT_INSTALLED),
        (True, False, [], S.ACTIVE),
        (True, False, ["voluntary"], S.SUSPENDED),
        (True, False, ["non_payment", "fraud"], S.SUSPENDED),
        (True, True, [], S.CANCELLED),
        (False, True, [], S.CANCELLED),
    ],
)
def test_the_status_follows_from_activation_cancellation_and_holds(
    activated: bool, cancelled: bool, holds: list[str], status: LineStatus
) -> None:
    assert status_of(activated=activated, cancelled=cancelled, holds=holds) is status


def test_every_status_says_what_it_permits() -> None:
    assert set(MOVES) == set(LineStatus)
    assert MOVES[S.CANCELLED] == ()
    assert all(Move.CANCEL in MOVES[status] for status in LineStatus if status is not S.CANCELLED)


def test_a_line_is_activated_once() -> None:
    installed = line()
    change = installed.activate(NOON, NOON.date())

    assert change == Change(LineEvent.ACTIVATED, S.NOT_INSTALLED, S.ACTIVE)
    assert (installed.version, installed.installed_on) == (2, NOON.date())
    with pytest.raises(IllegalLineMove) as refusal:
        installed.activate(NOON, NOON.date())
    assert refusal.value.members["allowed"] == ["update", "hold", "cancel"]


def test_a_line_held_before_it_is_installed_is_suspended_from_the_start() -> None:
    held = line(holds=["fraud"])

    assert held.activate(NOON, NOON.date()).after is S.SUSPENDED


def test_the_first_hold_suspends_and_the_last_one_lifted_restores() -> None:
    held = active_line()

    assert held.hold(HoldReason.FRAUD, NOON).after is S.SUSPENDED
    assert held.hold(HoldReason.ADMIN, NOON) == Change(LineEvent.HELD, S.SUSPENDED, S.SUSPENDED)
    assert held.release(HoldReason.FRAUD, NOON).after is S.SUSPENDED
    assert held.release(HoldReason.ADMIN, NOON).after is S.ACTIVE


def test_a_hold_is_placed_once_and_lifted_once() -> None:
    held = active_line(HoldReason.FRAUD)

    with pytest.raises(HoldAlreadyPlaced):
        held.hold(HoldReason.FRAUD, NOON)
    with pytest.raises(HoldNotPlaced):
        held.release(HoldReason.ADMIN, NOON)
    with pytest.raises(HoldNotPlaced):
        active_line().release(HoldReason.ADMIN, NOON)


def test_people_neither_place_nor_lift_non_payment() -> None:
    with pytest.raises(HoldBelongsToCollections):
        active_line().hold(HoldReason.NON_PAYMENT, NOON)
    with pytest.raises(HoldBelongsToCollections):
        active_line(HoldReason.NON_PAYMENT).release(HoldReason.NON_PAYMENT, NOON)


@pytest.mark.parametrize("holds", [(), (HoldReason.NON_PAYMENT, HoldReason.FRAUD)])
def test_cancelling_is_final_and_takes_the_holds_along(holds: tuple[HoldReason, ...]) -> None:
    gone = active_line(*holds)
    gone.cancel(NOON)

    assert (gone.status, gone.holds) == (S.CANCELLED, [])
    moves: list[Callable[[], object]] = [
        lambda: gone.cancel(NOON),
        lambda: gone.activate(NOON, NOON.date()),
        lambda: gone.hold(HoldReason.ADMIN, NOON),
        lambda: gone.release(HoldReason.ADMIN, NOON),
        lambda: gone.revise(NOON, plan_name="x", price_minor=1, installed_on=None, essential=False),
    ]
    for move in moves:
        with pytest.raises(IllegalLineMove) as refusal:
            move()
        assert refusal.value.members["allowed"] == []


def test_revising_to_the_same_is_no_change() -> None:
    sold = line()

    assert (
        sold.revise(
            NOON, plan_name="Fibra 300", price_minor=2_500, installed_on=None, essential=False
        )
        is None
    )
    assert sold.version == 1
    assert sold.revise(
        NOON, plan_name="Fibra 600", price_minor=2_500, installed_on=None, essential=False
    )
    assert (sold.version, sold.plan_name) == (2, "Fibra 600")


@pytest.mark.parametrize(
    ("before", "after", "fact"),
    [
        (None, S.NOT_INSTALLED, LineRegistered),
        (S.NOT_INSTALLED, S.NOT_INSTALLED, LineUpdated),
        (S.NOT_INSTALLED, S.ACTIVE, LineActivated),
        (S.NOT_INSTALLED, S.SUSPENDED, LineSuspended),
        (S.NOT_INSTALLED, S.CANCELLED, LineCancelled),
        (S.ACTIVE, S.ACTIVE, LineUpdated),
        (S.ACTIVE, S.SUSPENDED, LineSuspended),
        (S.ACTIVE, S.CANCELLED, LineCancelled),
        (S.SUSPENDED, S.SUSPENDED, LineUpdated),
        (S.SUSPENDED, S.ACTIVE, LineReactivated),
        (S.SUSPENDED, S.CANCELLED, LineCancelled),
    ],
)
def test_a_change_is_announced_by_the_status_it_arrives_at(
    before: LineStatus | None, after: LineStatus, fact: type[EventData]
) -> None:
    assert fact_of(Change(LineEvent.UPDATED, before, after)) is fact


def test_a_suspended_line_has_a_hold_and_an_active_one_has_none() -> None:
    reasons = list(HoldReason)
    for size in range(len(reasons) + 1):
        for holds in itertools.combinations(reasons, size):
            status = status_of(activated=True, cancelled=False, holds=holds)
            assert (status is S.SUSPENDED) == bool(holds)
