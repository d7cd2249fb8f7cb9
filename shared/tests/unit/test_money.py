"""Money: exact, in one currency, and clear about what it cannot read."""

from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from shared.money import Money, MoneyError, MoneyIn, MoneyOut, exponent

CURRENCIES = ("USD", "CLP", "BHD", "CLF")
minors = st.integers(-(10**17), 10**17)
currencies = st.sampled_from(CURRENCIES)
weights = st.lists(st.integers(0, 1000), min_size=1, max_size=30).filter(any)


@pytest.mark.parametrize(
    ("currency", "decimals"),
    [
        ("USD", 2),
        ("COP", 2),
        ("JPY", 0),
        ("CLP", 0),
        ("PYG", 0),
        ("BHD", 3),
        ("KWD", 3),
        ("CLF", 4),
        ("RSD", 2),
        ("IQD", 3),
        ("LBP", 2),
    ],
)
def test_exponents_are_those_of_iso_4217(currency: str, decimals: int) -> None:
    assert exponent(currency) == decimals


@pytest.mark.parametrize("currency", ["usd", "XYZ", "", "US", "DOLLAR", "U$D"])
def test_an_unknown_currency_is_refused(currency: str) -> None:
    with pytest.raises(MoneyError, match="ISO 4217"):
        Money.parse("1", currency)


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("45.00", "USD", 4500),
        ("45", "USD", 4500),
        ("45.5", "USD", 4550),
        ("0.01", "USD", 1),
        ("-12.30", "USD", -1230),
        ("-0.05", "USD", -5),
        ("0", "USD", 0),
        ("-0", "USD", 0),
        ("007", "USD", 700),
        ("1500", "CLP", 1500),
        ("1.234", "BHD", 1234),
        ("9999999999999999.99", "USD", 10**18 - 1),
    ],
)
def test_plain_decimals_are_read(text: str, currency: str, minor: int) -> None:
    assert Money.parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    "text",
    [
        "45.001",
        "45.000",
        "1e3",
        "1E3",
        "NaN",
        "Infinity",
        "-Infinity",
        "",
        " ",
        " 45",
        "45 ",
        "+45",
        ".5",
        "5.",
        "1,234.00",
        "1_000",
        "--1",
        "0x10",
        "٤٥",
        "４５",
        "1\n",
        "10000000000000000.00",
        "9" * 400,
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(MoneyError):
        Money.parse(text, "USD")


def test_decimals_of_a_currency_without_any_are_refused() -> None:
    with pytest.raises(MoneyError, match="more than the 0 decimals of CLP"):
        Money.parse("100.0", "CLP")


@given(minors, currencies)
def test_what_is_written_reads_back_the_same(minor: int, currency: str) -> None:
    money = Money(minor, currency)

    assert Money.parse(money.decimal_text, currency) == money


@given(minors, minors, currencies)
def test_sums_are_those_of_the_decimals(left: int, right: int, currency: str) -> None:
    a, b = Money(left, currency), Money(right, currency)

    assert (a + b).decimal == a.decimal + b.decimal
    assert a + b - b == a
    assert a + -a == Money.zero(currency)
    assert (a < b) == (a.decimal < b.decimal)
    assert (a <= b) == (not b < a)


@given(minors, currencies, weights)
def test_a_split_loses_nothing_and_is_fair_to_a_unit(
    minor: int, currency: str, shares: list[int]
) -> None:
    parts = Money(minor, currency).split(shares)

    assert sum(part.minor for part in parts) == minor
    for part, share in zip(parts, shares, strict=True):
        assert abs(part.minor - Decimal(minor) * share / sum(shares)) <= 1


@pytest.mark.parametrize("shares", [[], [0], [0, 0], [-1, 2]])
def test_a_split_by_no_weight_is_refused(shares: list[int]) -> None:
    with pytest.raises(MoneyError, match="weights"):
        Money(100, "USD").split(shares)


@pytest.mark.parametrize(
    ("minor", "rate", "expected"),
    [
        (10_000, "12", 1200),
        (50, "1", 0),
        (150, "1", 2),
        (250, "1", 2),
        (-150, "1", -2),
        (9_990, "12", 1199),
        (1, "0", 0),
        (10**17, "100", 10**17),
    ],
)
def test_percentages_round_half_to_even(minor: int, rate: str, expected: int) -> None:
    assert Money(minor, "USD").percent(Decimal(rate)).minor == expected


@given(minors, st.decimals(0, 100, places=4))
def test_a_percentage_is_within_half_a_unit_of_the_truth(minor: int, rate: Decimal) -> None:
    truth = Decimal(minor) * rate / 100

    assert Money(minor, "USD").percent(rate).minor == truth.to_integral_value(ROUND_HALF_EVEN)


def test_currencies_do_not_mix() -> None:
    dollars, pesos = Money(100, "USD"), Money(100, "COP")

    for mix in (
        lambda: dollars + pesos,
        lambda: dollars - pesos,
        lambda: dollars < pesos,
        lambda: dollars >= pesos,
    ):
        with pytest.raises(MoneyError, match="do not mix"):
            mix()
    assert dollars != pesos


@pytest.mark.parametrize(
    ("minor", "currency", "locale", "text"),
    [
        (123_450, "USD", "es_EC", "$1.234,50"),
        (123_450, "USD", "en_US", "$1,234.50"),
        (1_234, "CLP", "es_CL", "$1.234"),
        (1_234, "BHD", "en_US", "BHD1.234"),
        (-4_500, "USD", "en_US", "-$45.00"),
        (123_450, "COP", "es-CO", "$1.234,50"),
        (123_450, "LBP", "en_US", "LBP1,234.50"),
    ],
)
def test_people_see_money_as_their_locale_writes_it(
    minor: int, currency: str, locale: str, text: str
) -> None:
    assert Money(minor, currency).format(locale).replace("\xa0", "") == text


def test_only_nothing_is_false() -> None:
    assert not Money(0, "USD")
    assert Money(-1, "USD")
    assert str(Money(4500, "USD")) == "45.00 USD"


class Body(BaseModel):
    price: MoneyIn


@pytest.mark.parametrize(
    ("price", "advice"),
    [
        ({"amount": 45.0}, "write the amount as a string"),
        ({"amount": 45}, "write the amount as a string"),
        ({"amount": None}, "write the amount as a string"),
        ({"amount": "-45.00"}, "no sign"),
        ({"amount": "1e3"}, "no exponent"),
        ({"amount": "1,000.00"}, "no thousands separator"),
        ({"amount": "NaN"}, "digits with a point"),
        ({"amount": "45.00", "currency": "usd"}, "ISO 4217 code in capitals"),
        ({"amount": "45.00", "currency": "ZZZ"}, "not a currency"),
        ({"amount": "45.00", "currency": 840}, "ISO 4217 code in capitals"),
    ],
)
def test_a_refused_amount_says_what_to_write(price: dict[str, object], advice: str) -> None:
    with pytest.raises(ValidationError, match=advice):
        Body.model_validate({"price": price})


def test_an_amount_in_takes_the_organizations_currency_and_no_other() -> None:
    assert MoneyIn(amount="45.5").to_minor("USD") == 4550
    assert MoneyIn(amount="45.50", currency="USD").to_money("USD") == Money(4550, "USD")
    with pytest.raises(MoneyError, match="amounts here are in USD"):
        MoneyIn(amount="45.50", currency="EUR").to_minor("USD")
    with pytest.raises(MoneyError, match="more than the 2 decimals of USD"):
        MoneyIn(amount="45.505").to_minor("USD")


def test_an_amount_out_has_all_its_decimals() -> None:
    assert MoneyOut.of(4500, "USD").model_dump() == {"amount": "45.00", "currency": "USD"}
    assert MoneyOut.of(5, "BHD").amount == "0.005"
    assert MoneyOut.of(10**18 - 1, "CLP").amount == "9" * 18
