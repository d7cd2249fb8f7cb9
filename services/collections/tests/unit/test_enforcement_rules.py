"""Where a line stands, and which events can move it."""

from uuid import UUID

import pytest

from services.collections.enforcement.rules import (
    Cause,
    Concern,
    LineState,
    Push,
    can_move,
    enters_service,
    is_off,
)
from shared.contracts.customers import HoldReason, LineFacts, LineStatus

ID = UUID(int=7)


def state(
    status: str = "active",
    *,
    non_payment: bool = False,
    seen: int = 0,
    generation: int = 0,
    ordered: str | None = None,
    lost: bool = False,
) -> LineState:
    return LineState(status, non_payment, seen, generation, ordered, lost)


def facts(status: LineStatus, holds: tuple[HoldReason, ...]) -> LineFacts:
    return LineFacts(
        line_id=ID,
        customer_id=ID,
        version=1,
        number=1,
        plan_name="fibra-300",
        price_minor=1,
        currency="USD",
        status=status,
        holds=holds,
        installed_on=None,
        generation=0,
    )


def test_a_line_without_orders_stands_as_its_facts_say() -> None:
    assert not is_off(state())
    assert is_off(state("suspended", non_payment=True))


def test_an_order_on_its_way_counts_before_the_line_has_followed_it() -> None:
    assert is_off(state(generation=1, ordered="suspend"))
    assert not is_off(
        state("suspended", non_payment=True, seen=1, generation=2, ordered="reactivate")
    )


def test_once_an_order_is_carried_out_the_line_itself_counts() -> None:
    assert is_off(state("suspended", non_payment=True, seen=1, generation=1, ordered="suspend"))
    assert not is_off(state(seen=1, generation=1, ordered="suspend"))


def test_a_lost_order_leaves_the_line_as_it_is() -> None:
    assert not is_off(state(generation=1, ordered="suspend", lost=True))


def test_a_line_that_has_seen_more_than_we_remember_counts_as_it_is() -> None:
    assert is_off(state("suspended", non_payment=True, seen=4, generation=1, ordered="reactivate"))


def test_a_line_held_for_another_reason_is_not_off_for_non_payment() -> None:
    assert not is_off(state("suspended", non_payment=False))


def test_a_cancelled_line_is_never_off_and_never_moves() -> None:
    cancelled = state("cancelled", non_payment=True, generation=3, ordered="suspend")
    assert not is_off(cancelled)
    assert not any(can_move(cancelled, push, off=off) for push in Push for off in (True, False))


@pytest.mark.parametrize(
    ("push", "off", "moves"),
    [
        (Push.OFF, False, True),
        (Push.OFF, True, False),
        (Push.ON, True, True),
        (Push.ON, False, False),
        (Push.EITHER, True, True),
        (Push.EITHER, False, True),
        (Push.OFF | Push.ON, True, True),
    ],
)
def test_a_push_moves_a_line_only_to_where_it_is_not(push: int, off: bool, moves: bool) -> None:
    assert can_move(state(), push, off=off) is moves


@pytest.mark.parametrize(
    ("status", "holds", "enters"),
    [
        (LineStatus.ACTIVE, (), True),
        (LineStatus.SUSPENDED, (HoldReason.FRAUD,), True),
        (LineStatus.SUSPENDED, (HoldReason.FRAUD, HoldReason.NON_PAYMENT), False),
        (LineStatus.NOT_INSTALLED, (), False),
        (LineStatus.CANCELLED, (), False),
    ],
)
def test_a_line_that_comes_into_service_meets_the_debts_that_waited(
    status: LineStatus, holds: tuple[HoldReason, ...], enters: bool
) -> None:
    assert enters_service(facts(status, holds)) is enters


def test_concerns_about_one_line_add_up() -> None:
    quiet, telling = Cause("a"), Cause("b", keep=True)
    first = Concern(ID, ID, ID, Push.OFF, telling)
    second = Concern(ID, ID, ID, Push.ON, quiet)
    assert first.also(second).push == Push.EITHER
    assert first.also(second).cause is telling
    assert second.also(first).cause is telling
    assert second.also(second._replace(cause=Cause("c"))).cause.type == "c"
