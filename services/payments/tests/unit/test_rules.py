"""When money is refused, and what accepted money is put against."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.payments.rules import (
    MAX_MINOR,
    Debt,
    Refusal,
    Share,
    Surplus,
    Target,
    refusal,
    spread,
)
from shared.money import Money

TODAY = date(2026, 11, 21)
OWED = Target(open_minor=4500, currency="USD")
USD_45 = Money(4500, "USD")


def debt(number: int, due_on: date, open_minor: int) -> Debt:
    """A debt whose id is a number."""
    return Debt(UUID(int=number), due_on, open_minor)


debts = st.lists(
    st.builds(
        Debt,
        invoice_id=st.uuids(),
        due_on=st.dates(date(2026, 1, 1), date(2026, 1, 9)),
        open_minor=st.integers(1, 10_000),
    ),
    unique_by=lambda debt: debt.invoice_id,
    max_size=8,
)
amounts = st.integers(1, 60_000)


def judge(
    target: Target | None = OWED,
    amount: Money = USD_45,
    received_on: date = TODAY,
    surplus: Surplus = Surplus.REFUSE,
) -> Refusal | None:
    """The verdict on money for an invoice of 45.00 USD, changed as asked."""
    return refusal(target, amount, received_on, TODAY, surplus)


@pytest.mark.parametrize("minor", [1, 4499, 4500])
def test_money_up_to_what_is_open_is_taken(minor: int) -> None:
    assert judge(amount=Money(minor, "USD")) is None


@pytest.mark.parametrize("minor", [4501, 9000, MAX_MINOR])
def test_more_than_is_open_is_refused_unless_credit_is_asked_for(minor: int) -> None:
    assert judge(amount=Money(minor, "USD")) is Refusal.OVERPAID
    assert judge(amount=Money(minor, "USD"), surplus=Surplus.CREDIT) is None


def test_a_settled_invoice_takes_credit_only() -> None:
    settled = Target(0, "USD")
    assert judge(settled, Money(1, "USD")) is Refusal.OVERPAID
    assert judge(settled, Money(1, "USD"), surplus=Surplus.CREDIT) is None


@pytest.mark.parametrize("surplus", list(Surplus))
def test_what_is_not_known_takes_nothing(surplus: Surplus) -> None:
    assert judge(None, surplus=surplus) is Refusal.UNKNOWN


@pytest.mark.parametrize("surplus", list(Surplus))
@pytest.mark.parametrize("currency", ["USD", None])
def test_what_is_void_takes_nothing(surplus: Surplus, currency: str | None) -> None:
    assert judge(Target(0, currency, voided=True), surplus=surplus) is Refusal.VOID


@pytest.mark.parametrize("surplus", list(Surplus))
def test_currencies_do_not_mix(surplus: Surplus) -> None:
    assert judge(amount=Money(1, "EUR"), surplus=surplus) is Refusal.OTHER_CURRENCY


@pytest.mark.parametrize(("days", "refused"), [(-400, False), (-1, False), (0, False), (1, True)])
def test_money_arrived_today_or_before(days: int, refused: bool) -> None:
    verdict = judge(received_on=TODAY + timedelta(days=days))
    assert (verdict is Refusal.NOT_YET_RECEIVED) is refused


def test_the_first_broken_rule_is_told() -> None:
    tomorrow = TODAY + timedelta(days=1)
    wrong = Money(9999, "EUR")
    assert judge(Target(0, "USD", voided=True), wrong, tomorrow) is Refusal.VOID
    assert judge(OWED, wrong, tomorrow) is Refusal.OTHER_CURRENCY
    assert judge(OWED, Money(9999, "USD"), tomorrow) is Refusal.NOT_YET_RECEIVED


def test_the_oldest_due_is_served_first() -> None:
    january, february = date(2026, 1, 1), date(2026, 2, 1)
    shares, left = spread(1500, [debt(1, february, 1000), debt(2, january, 1000)])

    assert shares == [Share(UUID(int=2), 1000), Share(UUID(int=1), 500)]
    assert left == 0


def test_debts_of_one_day_are_served_in_the_order_of_their_ids() -> None:
    day = date(2026, 1, 1)
    shares, _ = spread(150, [debt(9, day, 100), debt(3, day, 100)])

    assert [share.invoice_id.int for share in shares] == [3, 9]


def test_nothing_owed_leaves_everything_over() -> None:
    assert spread(100, []) == ([], 100)


def test_a_debt_out_of_reach_gets_no_share() -> None:
    shares, _ = spread(100, [debt(1, TODAY, 100), debt(2, TODAY, 100)])
    assert [share.invoice_id.int for share in shares] == [1]


@given(amounts, debts)
def test_shares_and_what_is_left_sum_to_the_amount(amount: int, debts: list[Debt]) -> None:
    shares, left = spread(amount, debts)
    assert sum(share.amount_minor for share in shares) + left == amount
    assert left >= 0


@given(amounts, debts)
def test_no_debt_gets_more_than_is_open_nor_an_empty_share(amount: int, debts: list[Debt]) -> None:
    open_minor = {debt.invoice_id: debt.open_minor for debt in debts}
    shares, _ = spread(amount, debts)
    assert all(0 < share.amount_minor <= open_minor[share.invoice_id] for share in shares)
    assert len({share.invoice_id for share in shares}) == len(shares)


@given(amounts, debts)
def test_something_is_left_over_only_when_everything_is_paid(
    amount: int, debts: list[Debt]
) -> None:
    _, left = spread(amount, debts)
    assert left == max(0, amount - sum(debt.open_minor for debt in debts))


@given(amounts, debts)
def test_a_debt_is_served_only_when_all_older_ones_are_paid(amount: int, debts: list[Debt]) -> None:
    paid = {share.invoice_id: share.amount_minor for share in spread(amount, debts)[0]}
    ordered = sorted(debts, key=lambda debt: (debt.due_on, debt.invoice_id))
    still_open = [debt.open_minor - paid.get(debt.invoice_id, 0) for debt in ordered]
    first_open = next((i for i, each in enumerate(still_open) if each), len(ordered))
    assert all(debt.invoice_id not in paid for debt in ordered[first_open + 1 :])


@given(amounts, debts, st.randoms())
def test_the_order_in_which_debts_come_does_not_matter(
    amount: int, debts: list[Debt], random: st.DrawFn
) -> None:
    shuffled = list(debts)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # a Random drawn by hypothesis
    assert spread(amount, shuffled) == spread(amount, debts)


@given(amounts, amounts, debts)
def test_paying_twice_in_a_row_is_paying_the_sum_at_once(
    first: int, second: int, debts: list[Debt]
) -> None:
    once, left_once = spread(first + second, debts)
    taken = {share.invoice_id: share.amount_minor for share in spread(first, debts)[0]}
    rest = [
        Debt(each.invoice_id, each.due_on, each.open_minor - taken.get(each.invoice_id, 0))
        for each in debts
    ]
    shares, left = spread(second, [each for each in rest if each.open_minor])
    left += spread(first, debts)[1]
    for share in shares:
        taken[share.invoice_id] = taken.get(share.invoice_id, 0) + share.amount_minor
    assert (taken, left) == ({share.invoice_id: share.amount_minor for share in once}, left_once)


@given(amounts, st.integers(0, 60_000), st.sampled_from(Surplus))
def test_accepted_money_is_what_can_be_placed(
    amount: int, open_minor: int, surplus: Surplus
) -> None:
    verdict = judge(Target(open_minor, "USD"), Money(amount, "USD"), surplus=surplus)
    assert (verdict is None) == (amount <= open_minor or surplus is Surplus.CREDIT)
