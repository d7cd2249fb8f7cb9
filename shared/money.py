"""Amounts of money: whole minor units of one currency, never a float.

The exponent (how many decimals a currency has) is ISO 4217's. Amounts travel as
`{"amount": "45.00", "currency": "USD"}`, and rest in PostgreSQL as bigint minor units, so
at most 18 digits.
"""

import re
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Annotated, Any, Final, Self

from babel.core import Locale, get_global
from babel.numbers import get_currency_precision
from pydantic import BaseModel, BeforeValidator, Field

MAX_DIGITS: Final = 18
AMOUNT_PATTERN: Final = r"^[0-9]{1,18}(\.[0-9]{1,4})?$"
CURRENCY_PATTERN: Final = r"^[A-Z]{3}$"
EXACT: Final = Context(prec=80, rounding=ROUND_HALF_EVEN)

# CLDR, which Babel carries, gives these the decimals people write; ISO 4217 gives more.
BEYOND_CLDR: Final = {
    **dict.fromkeys(
        ("AFN", "ALL", "IRR", "KPW", "LAK", "LBP", "MGA", "MMK", "RSD", "SOS", "SYP", "YER"), 2
    ),
    "IQD": 3,
}


class MoneyError(ValueError):
    """The text, currency or arithmetic makes no amount of money; says what would."""


@lru_cache(maxsize=512)
def exponent(currency: str) -> int:
    """The number of decimals of an ISO 4217 currency: 2 for USD, 0 for CLP, 3 for BHD."""
    if currency not in get_global("all_currencies"):
        raise MoneyError(
            f"{currency!r} is not a currency; give an ISO 4217 code in capitals such as 'USD'"
        )
    known = BEYOND_CLDR.get(currency)
    return int(get_currency_precision(currency)) if known is None else known


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of one currency (ISO 4217 exponent); mixing currencies raises."""

    minor: int
    currency: str

    @classmethod
    def parse(cls, text: str, currency: str) -> Self:
        """Read a plain decimal such as "45", "45.5" or "-45.50"; nothing is ever rounded away."""
        decimals = exponent(currency)
        match = re.fullmatch(r"(-?)([0-9]+)(?:\.([0-9]+))?", text)
        if match is None:
            raise MoneyError(f"{text[:40]!r} is not an amount; write digits such as '45.00'")
        sign, whole, fraction = match[1], match[2], match[3] or ""
        if len(fraction) > decimals:
            raise MoneyError(f"{text[:40]!r} has more than the {decimals} decimals of {currency}")
        digits = whole.lstrip("0") + fraction.ljust(decimals, "0")
        if len(digits) > MAX_DIGITS:
            raise MoneyError(f"an amount has at most {MAX_DIGITS} digits, decimals included")
        return cls(int(sign + (digits or "0")), currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Nothing, in a currency."""
        return cls(0, currency)

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(self.minor).scaleb(-exponent(self.currency), EXACT)

    @property
    def decimal_text(self) -> str:
        """The amount in major units with all its decimals: "45.00"; what `parse` reads."""
        return format(self.decimal, "f")

    def format(self, locale: str) -> str:
        """The amount as people of a locale write it: "$ 1.234,50" for es_EC."""
        return _written(self.minor, self.currency, locale)

    def split(self, weights: Sequence[int]) -> list["Money"]:
        """Divide by weight without losing a cent: the parts always sum to the whole."""
        total = sum(weights)
        if total <= 0 or min(weights) < 0:
            raise MoneyError("weights must not be negative, and one of them must be more than 0")
        edges = [self.minor * weight // total for weight in accumulate(weights, initial=0)]
        return [Money(right - left, self.currency) for left, right in pairwise(edges)]

    def percent(self, rate: Decimal) -> "Money":
        """`rate` per cent of the amount (12 means 12 %), rounded half to even."""
        share = EXACT.multiply(EXACT.multiply(Decimal(self.minor), rate), Decimal("0.01"))
        return Money(int(share.to_integral_value(ROUND_HALF_EVEN, EXACT)), self.currency)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.minor >= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __str__(self) -> str:
        return f"{self.decimal_text} {self.currency}"

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise MoneyError(f"{self.currency} and {other.currency} do not mix")
        return other.minor


@lru_cache(maxsize=8192)
def _written(minor: int, currency: str, locale: str) -> str:
    """Remembered, because the same prices come again and again on every page."""
    known, pattern = _way_of_writing(locale, exponent(currency))
    amount = Money(minor, currency).decimal
    return str(pattern.apply(amount, known, currency=currency, currency_digits=False))


@lru_cache(maxsize=512)
def _way_of_writing(locale: str, decimals: int) -> tuple[Locale, Any]:
    """The locale, and its pattern for amounts with so many decimals."""
    known = Locale.parse(locale.replace("-", "_"))
    pattern = copy(known.currency_formats["standard"])
    pattern.frac_prec = (decimals, decimals)
    return known, pattern


def _amount_text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("write the amount as a string of digits such as '45.00'")
    if re.fullmatch(AMOUNT_PATTERN[1:-1], value) is None:
        raise ValueError(
            "write the amount as digits with a point before the decimals, such as '45.00';"
            " no sign, no exponent, no thousands separator"
        )
    return value


def _currency_code(value: Any) -> Any:
    if value is None:
        return None
    if not isinstance(value, str) or re.fullmatch(CURRENCY_PATTERN[1:-1], value) is None:
        raise ValueError("give the currency as its ISO 4217 code in capitals, such as 'USD'")
    exponent(value)
    return value


class MoneyIn(BaseModel):
    """An amount as a caller gives it: never negative; the currency is the organization's."""

    amount: Annotated[
        str,
        BeforeValidator(_amount_text),
        Field(json_schema_extra={"pattern": AMOUNT_PATTERN}, examples=["45.00"]),
    ]
    currency: Annotated[
        str | None,
        BeforeValidator(_currency_code),
        Field(
            description="ISO 4217; the organization's own when left out, and no other is taken.",
            examples=["USD"],
        ),
    ] = None

    def to_money(self, default_currency: str) -> Money:
        """The amount in the organization's currency; raises MoneyError for another one."""
        if self.currency is not None and self.currency != default_currency:
            raise MoneyError(
                f"amounts here are in {default_currency}: leave the currency out, or convert"
                f" from {self.currency} first"
            )
        return Money.parse(self.amount, default_currency)

    def to_minor(self, default_currency: str) -> int:
        """The minor units of `to_money`."""
        return self.to_money(default_currency).minor


class MoneyOut(BaseModel):
    """An amount as the API shows it."""

    amount: str = Field(examples=["45.00"])
    currency: str = Field(examples=["USD"])

    @classmethod
    def of(cls, minor: int, currency: str) -> Self:
        """Show minor units of a currency."""
        return cls(amount=Money(minor, currency).decimal_text, currency=currency)
