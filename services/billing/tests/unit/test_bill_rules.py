"""What a subscription is charged, period by period."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from services.billing.bill_runs.desk import bill
from services.billing.bill_runs.rules import PeriodOutcome, Window
from services.billing.plans.rules import Interval, Price, SuspendedRule, Timing
from services.billing.proration.rules import Charged, Suspension
from services.billing.subscriptions.rules import (
    Change,
)
from services.billing.tests.unit.bills import (
    CANCELLED,
    FAST,
    PAUSED,
    SLOW,
    WORDS,
    day,
    plan,
    run,
    shown,
    subject,
    terms,
    then,
)


def test_a_prepaid_plan_is_billed_for_the_period_ahead() -> None:
    made = run(subject(), "04-30")

    assert shown(made) == [
        ("03-01", PeriodOutcome.BILLED, [3100]),
        ("04-01", PeriodOutcome.BILLED, [3100]),
    ]
    assert (made.next_start, made.bills_on) == (day("05-01"), day("05-01"))
    assert made.periods[0].items[0].charge.description == "Lento 2026-03-01 – 2026-03-31"


def test_a_plan_in_arrears_is_billed_when_the_period_is_over() -> None:
    arrears = plan(timing=Timing.ARREARS)

    assert shown(run(subject(), "03-31", arrears)) == []
    assert shown(run(subject(), "04-01", arrears)) == [("03-01", PeriodOutcome.BILLED, [3100])]
    assert shown(run(subject(), "04-01", arrears, today="03-30")) == []


def test_what_is_due_before_the_window_is_left_alone() -> None:
    assert shown(run(subject(), "04-30", since="03-02")) == []


def test_nothing_is_left_to_bill_the_second_time() -> None:
    one = subject()
    made = run(one, "03-31")

    assert run(then(one, made), "03-31").periods == ()


@pytest.mark.parametrize(
    ("start", "billing_anchor", "cents"),
    [
        ("03-17", "04-01", 1500),
        ("03-31", "04-01", 100),
        ("03-02", "04-01", 3000),
        ("02-28", "03-01", 111),  # 3100 / 28, half to even
        ("01-15", "02-01", 1700),
    ],
)
def test_a_part_of_a_first_period_is_charged_by_days(
    start: str, billing_anchor: str, cents: int
) -> None:
    made = run(subject(start, anchor_on=day(billing_anchor)), start)

    assert shown(made) == [(start, PeriodOutcome.BILLED, [cents])]
    assert made.next_start == day(billing_anchor)


def test_a_leap_february_has_29_days() -> None:
    start = date(2028, 2, 15)
    one = replace(
        subject(),
        anchor_on=date(2028, 3, 1),
        next_start=start,
        timeline=(Change(start, terms()),),
    )
    window = Window(start, start, start)

    made = bill(one, {SLOW: plan(price=2900)}, window, "USD", WORDS)

    assert [item.net_minor for item in made.periods[0].items] == [1500]


def test_the_first_invoice_carries_the_setup_fee_once() -> None:
    with_fee = plan(setup_fee_minor=500)
    made = run(subject(setup_due=True), "04-30", with_fee)

    assert shown(made) == [
        ("03-01", PeriodOutcome.BILLED, [3100, 500]),
        ("04-01", PeriodOutcome.BILLED, [3100]),
    ]
    assert made.periods[0].items[1].charge.description == "Lento: instalación"


def test_the_price_is_the_one_in_force_on_the_periods_first_day() -> None:
    prices = (Price(day("01-01"), 1000), Price(day("04-01"), 1200))
    made = run(subject("03-15"), "04-20", plan(prices=prices))

    assert shown(made) == [
        ("03-15", PeriodOutcome.BILLED, [1000]),
        ("04-15", PeriodOutcome.BILLED, [1200]),
    ]


def test_without_a_price_in_force_the_subscription_fails_and_stays_where_it_is() -> None:
    late = plan(prices=(Price(day("04-01"), 1000),))
    made = run(subject(), "04-30", late)

    assert made.periods == ()
    assert made.failure is not None
    assert (made.failure.start, made.failure.code) == (day("03-01"), "no-price-in-force")
    assert made.bills_on == day("03-01")


def test_an_own_price_and_a_quantity_multiply() -> None:
    one = replace(subject(), timeline=(Change(day("03-01"), terms(quantity="2.5", override=999)),))

    made = run(one, "03-01")

    (item,) = made.periods[0].items
    assert (item.net_minor, item.charge.quantity) == (2498, Decimal("2.5"))  # 2497.5, half to even


def test_a_price_with_tax_included_is_what_is_asked() -> None:
    made = run(subject(), "03-01", plan(price=1120, price_includes_tax=True, tax_rate=Decimal(12)))

    (item,) = made.periods[0].items
    assert (item.net_minor, item.tax_minor) == (1000, 120)


def test_a_plan_changed_within_a_billed_period_is_made_good_by_days() -> None:
    one = subject()
    made = run(one, "03-01")
    changed = then(one, made, ("03-16", terms(plan_id=FAST)))

    again = run(changed, "04-01", plan(), plan(FAST, 6200))

    # 16 days of the slow one were not used, 16 days of the fast one were.
    assert shown(again) == [("04-01", PeriodOutcome.BILLED, [6200, 3200, -1600])]
    texts = [item.charge.description for item in again.periods[0].items]
    assert texts == [
        "Veloz 2026-04-01 – 2026-04-30",
        "Veloz: ajuste 2026-03-01 – 2026-03-31",
        "Lento: ajuste 2026-03-01 – 2026-03-31",
    ]
    assert shown(run(then(changed, again), "05-01", plan(), plan(FAST, 6200))) == [
        ("05-01", PeriodOutcome.BILLED, [6200])
    ]


def test_a_plan_changed_before_its_period_is_billed_makes_two_items() -> None:
    one = subject("03-01", ("03-11", terms(plan_id=FAST)))

    made = run(one, "04-01", plan(timing=Timing.ARREARS), plan(FAST, 6200, timing=Timing.ARREARS))

    assert shown(made) == [("03-01", PeriodOutcome.BILLED, [1000, 4200])]


def test_paused_days_of_a_billed_period_are_given_back_with_the_next_invoice() -> None:
    one = subject()
    made = run(one, "03-01")
    paused = then(one, made, ("03-11", PAUSED), ("03-21", terms()))

    assert shown(run(paused, "04-01")) == [("04-01", PeriodOutcome.BILLED, [3100, -1000])]


def test_a_paused_period_costs_nothing_and_a_resumption_within_it_is_asked_later() -> None:
    one = subject("03-01", ("03-01", PAUSED))
    made = run(one, "03-01")
    assert shown(made) == [("03-01", PeriodOutcome.NOTHING, [])]

    resumed = then(one, made, ("03-22", terms()))

    assert shown(run(resumed, "04-01")) == [("04-01", PeriodOutcome.BILLED, [3100, 1000])]


def test_what_is_given_back_never_brings_an_invoice_below_zero_and_the_rest_waits() -> None:
    yearly = plan(interval=Interval.YEARLY, price=36_500)
    one = subject("01-01")
    made = run(one, "01-01", yearly)
    # From 1 July a tenth of the quantity: 184 days at 90.00 a day less.
    cheaper = then(one, made, ("07-01", terms(quantity="0.1")))
    window = Window(date(2027, 1, 1), date(2027, 1, 1), date(2027, 1, 1))

    again = bill(cheaper, {SLOW: yearly}, window, "USD", WORDS)

    assert again.periods[0].outcome is PeriodOutcome.COVERED
    assert again.periods[0].items == ()
    assert again.look_back_from == day("01-01")
    left = 36_500 - again.amended[0].charged[SLOW].amount_minor
    assert left == 3650  # the whole next year is covered

    later = Window(date(2028, 1, 1), date(2032, 1, 1), date(2032, 1, 1))
    rest = bill(then(cheaper, again), {SLOW: yearly}, later, "USD", WORDS)
    outcomes = [each.outcome for each in rest.periods]
    given_back = sum(item.net_minor for each in rest.periods for item in each.items)
    assert outcomes == [
        PeriodOutcome.COVERED,
        PeriodOutcome.COVERED,
        PeriodOutcome.COVERED,
        PeriodOutcome.BILLED,
    ] + [PeriodOutcome.BILLED] * (len(outcomes) - 4)
    assert rest.look_back_from is None
    assert given_back == 3650 * len(outcomes) + 3650 - round(36_500 * 0.9 * 184 / 365)


def test_a_cancelled_prepaid_subscription_is_billed_no_more_and_owes_what_it_used() -> None:
    one = subject("03-01", ("03-01", PAUSED))
    made = run(one, "03-01")
    ended = then(one, made, ("03-11", terms()), ("03-21", CANCELLED))

    last = run(ended, "03-31")

    assert shown(last) == [("04-01", PeriodOutcome.BILLED, [1000])]
    assert last.bills_on is None
    assert run(then(ended, last), "06-01").periods == ()


def test_unused_days_of_what_is_cancelled_stay_as_they_are() -> None:
    one = subject()
    made = run(one, "03-01")
    ended = then(one, made, ("03-11", CANCELLED))

    last = run(ended, "06-01")

    assert last.periods == ()
    assert (last.bills_on, last.look_back_from) == (None, day("03-01"))


def test_in_arrears_a_cancelled_subscription_pays_its_last_days() -> None:
    one = subject("03-01", ("03-11", CANCELLED))

    made = run(one, "03-31", plan(timing=Timing.ARREARS))

    assert shown(made) == [("03-01", PeriodOutcome.BILLED, [1000])]
    assert made.bills_on is None


SUSPENDED = (Suspension(day("03-11"), day("03-21")),)


@pytest.mark.parametrize(
    ("rule", "timing", "suspensions", "expected"),
    [
        ("bill", "arrears", SUSPENDED, [("03-01", PeriodOutcome.BILLED, [3100])]),
        ("prorate", "arrears", SUSPENDED, [("03-01", PeriodOutcome.BILLED, [1000, 1100])]),
        ("skip", "arrears", SUSPENDED, [("03-01", PeriodOutcome.BILLED, [3100])]),
        ("skip", "arrears", (Suspension(day("03-11"), None),),
            [("03-01", PeriodOutcome.SKIPPED, [])]),
        ("skip", "prepaid", (Suspension(day("02-11"), day("03-02")),), [
            ("03-01", PeriodOutcome.SKIPPED, []), ("04-01", PeriodOutcome.BILLED, [3100])]),
        ("prorate", "prepaid", (Suspension(day("02-11"), None),), [
            ("03-01", PeriodOutcome.NOTHING, []), ("04-01", PeriodOutcome.NOTHING, [])]),
        ("bill", "prepaid", (Suspension(day("02-11"), None),), [
            ("03-01", PeriodOutcome.BILLED, [3100]), ("04-01", PeriodOutcome.BILLED, [3100])]),
    ],
)  # fmt: skip
def test_a_suspended_line_is_charged_as_its_plan_says(
    rule: str,
    timing: str,
    suspensions: tuple[Suspension, ...],
    expected: list[tuple[str, PeriodOutcome, list[int]]],
) -> None:
    one = subject(suspensions=suspensions)
    its = plan(suspended_rule=SuspendedRule(rule), timing=Timing(timing))

    assert shown(run(one, "04-01", its)) == expected


def test_suspended_days_of_a_prepaid_period_are_given_back() -> None:
    its = plan(suspended_rule=SuspendedRule.PRORATE)
    one = subject()
    made = run(one, "03-01", its)

    again = run(then(one, made, suspensions=SUSPENDED), "04-01", its)

    assert shown(again) == [("04-01", PeriodOutcome.BILLED, [3100, -1000])]


def test_skipped_periods_are_never_made_good() -> None:
    its = plan(suspended_rule=SuspendedRule.SKIP)
    one = subject(suspensions=(Suspension(day("02-11"), None),))
    made = run(one, "05-01", its)
    assert [each.outcome for each in made.periods] == [PeriodOutcome.SKIPPED] * 3

    back = then(one, made, suspensions=(Suspension(day("02-11"), day("05-03")),))

    assert shown(run(back, "06-01", its)) == [("06-01", PeriodOutcome.BILLED, [3100])]


def test_an_inactive_customer_is_skipped() -> None:
    made = run(subject(served=False), "04-01")

    assert [each.outcome for each in made.periods] == [PeriodOutcome.SKIPPED] * 2


def test_days_before_the_installation_cost_nothing() -> None:
    made = run(subject(installed_on=day("03-22")), "04-01", plan(timing=Timing.ARREARS))

    assert shown(made) == [("03-01", PeriodOutcome.BILLED, [1000])]


def test_more_than_an_invoice_may_ask_for_fails() -> None:
    one = replace(
        subject(), timeline=(Change(day("03-01"), terms(quantity="1000000", override=10**15)),)
    )

    made = run(one, "03-01")

    assert made.failure is not None
    assert made.failure.code == "amount-too-large"


def test_what_was_charged_is_kept_by_plan() -> None:
    made = run(subject(), "03-01")

    assert made.periods[0].charged == {SLOW: Charged(3100, 3100, Decimal(0), (1,))}
