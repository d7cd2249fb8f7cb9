"""Entries of the journal as an accounting system takes them."""

from datetime import date
from uuid import UUID

import pytest

from services.payments.journal.export import HEADER, cells, safe

POSTING = UUID(int=1)


@pytest.mark.parametrize(
    ("minor", "currency", "debit", "credit"),
    [
        (1234, "USD", "12.34", ""),
        (-1234, "USD", "", "12.34"),
        (-5, "KWD", "", "0.005"),
        (7, "CLP", "7", ""),
    ],
)
def test_an_amount_is_a_debit_or_a_credit_and_never_signed(
    minor: int, currency: str, debit: str, credit: str
) -> None:
    row = (date(2026, 11, 25), POSTING, 7, "deposit", "Bank", minor, currency, None, None, None)

    shown = dict(zip(HEADER, cells(row), strict=True))

    assert (shown["debit"], shown["credit"], shown["currency"]) == (debit, credit, currency)
    assert (shown["reference"], shown["customer"], shown["invoice"]) == ("", "", "")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_no_text_runs_as_a_formula(text: str) -> None:
    assert safe(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "slip 9", "a=b", None])
def test_other_text_stays_as_it_is(text: str | None) -> None:
    assert safe(text) == (text or "")
