"""What a cancelled subscription is given back, and on which invoices."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.bill_runs.desk import Desk
from services.billing.closings.rules import Creditable, Unused, place
from services.billing.credit_notes.rules import Item
from services.billing.invoices.rules import Charge, price
from services.billing.plans.rules import UnusedRule
from services.billing.subscriptions.rules import Terms
from services.billing.tests.unit.bills import (
    CANCELLED,
    FAST,
    SLOW,
    WORDS,
    day,
    plan,
    run,
    subject,
    terms,
    then,
)
from shared.ids import new_id

RATES = ("0", "12", "15", "7.7")


def gross(minor: int, rate: str, *, includes: bool) -> int:
    """An amount in a plan's own prices with its tax."""
    priced = price(Charge("x", Decimal(1), minor, Decimal(rate), includes), "USD")
    return priced.net_minor + priced.tax_minor


@given(
    cents=st.integers(1, 500_000),
    used=st.integers(0, 30),
    rate=st.sampled_from(RATES),
    includes=st.booleans(),
)
def test_billed_less_credited_is_the_price_of_the_days_used(
    cents: int, used: int, rate: str, includes: bool
) -> None:
    its = plan(price=cents, tax_rate=Decimal(rate), price_includes_tax=includes)
    one = subject()
    made = run(one, "03-01", its)
    end = (day("03-01") + timedelta(days=used)).isoformat()[5:]

    desk = Desk(then(one, made, (end, CANCELLED)), {SLOW: its}, "USD", WORDS)

    back = sum(-desk.worth(each) for each in desk.unused())
    should = gross(round(Decimal(cents) * used / 31), rate, includes=includes)
    billed = made.periods[0].sums.total_minor
    # Each amount is rounded once, and so is each tax: with the tax within, it is exact.
    assert abs(billed - back - should) <= (0 if includes or rate == "0" else 1)
    assert 0 <= back <= billed


@given(
    cuts=st.lists(st.integers(1, 29), min_size=1, max_size=4, unique=True).map(sorted),
    prices=st.tuples(st.integers(1, 90_000), st.integers(1, 90_000)),
)
def test_what_changed_and_ended_within_a_period_costs_its_days_exactly(
    cuts: list[int], prices: tuple[int, int]
) -> None:
    plans = (plan(SLOW, prices[0]), plan(FAST, prices[1]))
    one = subject()
    made = run(one, "03-01", *plans)
    changes: list[tuple[str, Terms]] = [
        (f"03-{cut + 1:02}", terms(plan_id=(FAST, SLOW)[at % 2])) for at, cut in enumerate(cuts)
    ]
    last = f"03-{cuts[-1] + 2:02}"
    ended = then(one, made, *changes[:-1], (last, CANCELLED))

    final = run(ended, "06-01", *plans)
    desk = Desk(then(ended, final), {each.id: each for each in plans}, "USD", WORDS)
    given_back = sum(-desk.worth(each) for each in desk.unused())

    asked = sum(each.sums.total_minor for each in (*made.periods, *final.periods))
    days = subject("03-01", *changes[:-1], (last, CANCELLED))
    right = run(days, "06-01", *plans)
    assert asked - given_back == sum(each.sums.total_minor for each in right.periods)


def test_a_plan_that_keeps_what_is_begun_gives_back_no_day_for_the_end() -> None:
    its = plan(unused_rule=UnusedRule.KEEP)
    one = subject()
    ended = then(
        one, run(one, "03-01", its), ("03-11", terms(quantity="0.5")), ("03-21", CANCELLED)
    )

    desk = Desk(ended, {SLOW: its}, "USD", WORDS)

    # Half of 21 days was not wanted any more before the end came.
    assert [each.amount_minor for each in desk.unused()] == [-1050]


def test_days_before_the_end_that_no_run_has_reached_are_still_to_be_billed() -> None:
    one = subject()
    made = run(one, "03-01")
    ended = then(one, made, ("03-11", terms(quantity="0.5")), ("04-11", CANCELLED))

    desk = Desk(ended, {SLOW: plan()}, "USD", WORDS)
    (back,) = desk.unused()
    desk.give_back(back, -desk.worth(back))
    closed = desk.closed_now()

    assert (closed.bills_on, closed.look_back_from, closed.credit_on) == (day("04-01"), None, None)
    rest = run(then(ended, closed), "06-01")
    assert [item.net_minor for each in rest.periods for item in each.items] == [517]


def item(position: int, minor: int, credited: int = 0) -> Item:
    """An item without tax."""
    return Item(position, "x", Decimal(1), Decimal(0), minor, 0, credited_net_minor=credited)


def invoice(start: str, *items: Item, room: int | None = None) -> Creditable:
    """An invoice that can be credited all its items, unless `room` says less."""
    most = sum(each.left_minor for each in items) if room is None else room
    return Creditable(new_id(), day(start), most, items)


@pytest.mark.parametrize(
    ("positions", "minor", "expected", "taken"),
    [
        ((2,), 300, {2: 300}, 300),
        ((2, 3), 700, {2: 500, 3: 200}, 700),
        ((2,), 800, {2: 500, 1: 300}, 800),
        ((), 100, {1: 100}, 100),
        ((3,), 5000, {1: 1000, 2: 500, 3: 400}, 1900),
    ],
)
def test_unused_days_are_credited_on_their_own_items_first(
    positions: tuple[int, ...], minor: int, expected: dict[int, int], taken: int
) -> None:
    one = invoice("03-01", item(1, 1000), item(2, 600, 100), item(3, 400))

    placed, found = place([Unused(day("03-01"), positions, minor)], [one])

    assert (placed, found) == ({one.id: expected}, [taken])


def test_what_an_invoice_cannot_take_goes_to_the_others_the_latest_first() -> None:
    april, march = invoice("04-01", item(1, 1000), room=300), invoice("03-01", item(1, 1000))
    unused = [Unused(day("04-01"), (1,), 400), Unused(day("05-01"), (1,), 250)]

    placed, taken = place(unused, [april, march])

    assert placed == {april.id: {1: 300}, march.id: {1: 350}}
    assert taken == [400, 250]


def test_nothing_is_credited_beyond_what_there_is() -> None:
    assert place([Unused(day("03-01"), (1,), 400)], []) == ({}, [0])
