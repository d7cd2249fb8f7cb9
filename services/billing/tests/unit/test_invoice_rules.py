"""What items come to, and what status follows, at every boundary."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.invoices.rules import (
    Ageing,
    Amounts,
    Bucket,
    Charge,
    Document,
    InvoiceStatus,
    Settlement,
    ageing_of,
    bucket_of,
    price,
    settlement_of,
    status_of,
    totals,
)

TODAY = date(2026, 11, 20)

quantities = st.decimals(min_value=Decimal("0.0001"), max_value=1_000_000, places=4)
rates = st.decimals(min_value=0, max_value=100, places=4)
charges = st.builds(
    Charge, st.just("x"), quantities, st.integers(min_value=0, max_value=10**15), rates
)


def charge(quantity: str, unit_price_minor: int, tax_rate: str = "0") -> Charge:
    """So many at such a price."""
    return Charge("x", Decimal(quantity), unit_price_minor, Decimal(tax_rate))


@pytest.mark.parametrize(
    ("quantity", "unit_price_minor", "net_minor"),
    [
        ("1", 4500, 4500),
        ("3", 3333, 9999),
        ("0.5", 1, 0),  # half to even: 0.5 -> 0
        ("1.5", 1, 2),
        ("2.5", 1, 2),
        ("3.5", 1, 4),
        ("0.0001", 5000, 0),
        ("0.0001", 5001, 1),
        ("0.3333", 1000, 333),
        ("1000000", 999_999_999, 999_999_999_000_000),
    ],
)
def test_net_is_quantity_times_price_rounded_half_even(
    quantity: str, unit_price_minor: int, net_minor: int
) -> None:
    assert price(charge(quantity, unit_price_minor), "USD").net_minor == net_minor


@pytest.mark.parametrize(
    ("net", "rate", "tax_minor"),
    [
        (100, "15", 15),
        (100, "0", 0),
        (10, "15", 2),  # 1.5 -> 2
        (10, "25", 2),  # 2.5 -> 2
        (10, "5", 0),  # 0.5 -> 0
        (333, "12", 40),
        (9999, "15", 1500),
        (1, "100", 1),
        (10_000, "8.875", 888),  # 887.5 -> 888
        (10_000, "0.0001", 0),
    ],
)
def test_tax_is_rounded_once_per_item(net: int, rate: str, tax_minor: int) -> None:
    assert price(charge("1", net, rate), "USD").tax_minor == tax_minor


def test_tax_is_taken_of_the_rounded_net() -> None:
    # 2.5 rounds to 2; 25 % of 2 is 0.5, which rounds to 0. Of the unrounded 2.5 it would be 1.
    priced = price(charge("2.5", 1, "25"), "USD")

    assert (priced.net_minor, priced.tax_minor) == (2, 0)


def test_totals_add_up_items_without_rounding_again() -> None:
    items = [price(charge("1", 10, "5"), "USD") for _ in range(10)]

    sums = totals(items)

    assert (sums.subtotal_minor, sums.tax_minor, sums.total_minor) == (100, 0, 100)


@given(charges)
def test_an_item_is_off_by_half_a_unit_at_most(item: Charge) -> None:
    priced = price(item, "USD")

    exact = Fraction(item.quantity) * item.unit_price_minor
    assert abs(priced.net_minor - exact) <= Fraction(1, 2)
    assert abs(priced.tax_minor - priced.net_minor * Fraction(item.tax_rate) / 100) <= Fraction(
        1, 2
    )


@given(charges)
def test_a_tie_goes_to_the_even_neighbour(item: Charge) -> None:
    exact = Fraction(item.quantity) * item.unit_price_minor

    if exact.denominator == 2:
        assert price(item, "USD").net_minor % 2 == 0


@given(charges)
def test_rounding_agrees_with_decimal_at_any_precision(item: Charge) -> None:
    exact = Fraction(item.quantity) * item.unit_price_minor
    scaled = Decimal(int(exact * 10_000)).scaleb(-4)

    assert price(item, "USD").net_minor == int(scaled.to_integral_value(ROUND_HALF_EVEN))


@pytest.mark.parametrize(
    ("gross", "rate", "net_minor"),
    [
        (1150, "15", 1000),
        (1000, "15", 870),
        (1, "100", 0),  # 0.5 -> 0
        (3, "100", 2),  # 1.5 -> 2
        (100, "0", 100),
        (0, "15", 0),
        (119, "19", 100),
    ],
)
def test_a_price_with_its_tax_is_cut_into_net_and_tax_without_a_rest(
    gross: int, rate: str, net_minor: int
) -> None:
    priced = price(replace(charge("1", gross, rate), price_includes_tax=True), "USD")

    assert (priced.net_minor, priced.tax_minor) == (net_minor, gross - net_minor)


@given(charges)
def test_a_price_with_its_tax_comes_to_the_price_and_its_tax_to_the_rate(item: Charge) -> None:
    priced = price(replace(item, price_includes_tax=True), "USD")

    gross = price(replace(item, tax_rate=Decimal(0)), "USD").net_minor
    assert priced.net_minor + priced.tax_minor == gross
    assert abs(priced.net_minor * (1 + Fraction(item.tax_rate) / 100) - gross) <= 1
    assert priced.net_minor >= priced.tax_minor >= 0 or item.tax_rate == 100


@given(st.lists(charges, min_size=1, max_size=20))
def test_total_is_the_sum_of_its_items_whatever_their_order(items: list[Charge]) -> None:
    priced = [price(item, "USD") for item in items]

    sums = totals(priced)

    assert sums == totals(list(reversed(priced)))
    assert sums.total_minor == sum(item.net_minor + item.tax_minor for item in priced)
    assert sums.total_minor >= sums.subtotal_minor >= 0


@pytest.mark.parametrize(
    ("allocated", "credited", "written_off", "recovered", "open_minor", "settlement"),
    [
        (0, 0, 0, 0, 100, Settlement.OPEN),
        (1, 0, 0, 0, 99, Settlement.PARTIAL),
        (99, 0, 0, 0, 1, Settlement.PARTIAL),
        (100, 0, 0, 0, 0, Settlement.PAID),
        (0, 30, 0, 0, 70, Settlement.PARTIAL),
        (0, 100, 0, 0, 0, Settlement.PAID),
        (70, 30, 0, 0, 0, Settlement.PAID),
        (100, 30, 0, 0, 0, Settlement.PAID),  # until payments has taken 30 off
        (0, 0, 40, 0, 60, Settlement.PARTIAL),
        (0, 0, 100, 0, 0, Settlement.WRITTEN_OFF),
        (60, 0, 40, 0, 0, Settlement.WRITTEN_OFF),
        (90, 0, 40, 30, 0, Settlement.WRITTEN_OFF),
        (100, 0, 40, 40, 0, Settlement.PAID),
    ],
)
def test_what_is_open_is_the_total_less_everything_that_covers_it(
    allocated: int,
    credited: int,
    written_off: int,
    recovered: int,
    open_minor: int,
    settlement: Settlement,
) -> None:
    amounts = Amounts(100, allocated, credited, written_off)

    assert (amounts.open_minor, amounts.recovered_minor) == (open_minor, recovered)
    assert settlement_of(amounts) is settlement


def test_a_written_off_invoice_asks_for_nothing_more() -> None:
    status = status_of(Document.ISSUED, Settlement.WRITTEN_OFF, Ageing.OVERDUE)

    assert status is InvoiceStatus.PAID


@pytest.mark.parametrize(
    ("days", "ageing"), [(-1, Ageing.OVERDUE), (0, Ageing.DUE), (1, Ageing.NOT_DUE)]
)
def test_an_invoice_is_overdue_from_the_day_after_its_due_date(days: int, ageing: Ageing) -> None:
    assert ageing_of(TODAY + timedelta(days=days), TODAY) is ageing


@pytest.mark.parametrize(
    ("document", "settlement", "ageing", "status"),
    [
        (Document.DRAFT, Settlement.OPEN, Ageing.NOT_DUE, InvoiceStatus.DRAFT),
        (Document.VOID, Settlement.OPEN, Ageing.OVERDUE, InvoiceStatus.VOID),
        (Document.VOID, Settlement.PARTIAL, Ageing.NOT_DUE, InvoiceStatus.VOID),
        (Document.ISSUED, Settlement.OPEN, Ageing.NOT_DUE, InvoiceStatus.SENT),
        (Document.ISSUED, Settlement.OPEN, Ageing.DUE, InvoiceStatus.SENT),
        (Document.ISSUED, Settlement.OPEN, Ageing.OVERDUE, InvoiceStatus.OVERDUE),
        (Document.ISSUED, Settlement.PARTIAL, Ageing.NOT_DUE, InvoiceStatus.PARTIAL),
        (Document.ISSUED, Settlement.PARTIAL, Ageing.DUE, InvoiceStatus.PARTIAL),
        (Document.ISSUED, Settlement.PARTIAL, Ageing.OVERDUE, InvoiceStatus.OVERDUE),
        (Document.ISSUED, Settlement.PAID, Ageing.OVERDUE, InvoiceStatus.PAID),
        (Document.ISSUED, Settlement.PAID, Ageing.NOT_DUE, InvoiceStatus.PAID),
    ],
)
def test_status_says_document_settlement_and_ageing_in_one_word(
    document: Document, settlement: Settlement, ageing: Ageing, status: InvoiceStatus
) -> None:
    assert status_of(document, settlement, ageing) is status


@given(
    st.sampled_from(Document),
    st.integers(1, 10_000),
    st.integers(0, 10_000),
    st.integers(-400, 400),
)
def test_overdue_implies_something_open_and_a_due_date_that_has_passed(
    document: Document, total: int, allocated: int, days: int
) -> None:
    allocated = min(allocated, total)
    due_on = TODAY + timedelta(days=days)

    status = status_of(document, settlement_of(Amounts(total, allocated)), ageing_of(due_on, TODAY))

    assert (status is InvoiceStatus.OVERDUE) == (
        document is Document.ISSUED and allocated < total and due_on < TODAY
    )


@pytest.mark.parametrize(
    ("days_overdue", "bucket"),
    [
        (-30, Bucket.NOT_DUE),
        (0, Bucket.NOT_DUE),
        (1, Bucket.UP_TO_30),
        (30, Bucket.UP_TO_30),
        (31, Bucket.UP_TO_60),
        (60, Bucket.UP_TO_60),
        (61, Bucket.UP_TO_90),
        (90, Bucket.UP_TO_90),
        (91, Bucket.UP_TO_120),
        (120, Bucket.UP_TO_120),
        (121, Bucket.OVER_120),
        (5000, Bucket.OVER_120),
    ],
)
def test_buckets_change_after_30_60_90_and_120_days(days_overdue: int, bucket: Bucket) -> None:
    assert bucket_of(TODAY - timedelta(days=days_overdue), TODAY) is bucket
