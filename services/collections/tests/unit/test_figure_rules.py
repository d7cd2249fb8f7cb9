"""The arithmetic of figures, and how exports write cells."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.collections.analytics.rules import (
    LONGEST_PERIOD,
    Period,
    PeriodInvalid,
    commission_minor,
    period_of,
    rate,
)
from services.collections.exports.rules import COLUMNS, ExportKind, cell, header, lines

TODAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [(1, 3, "0.3333"), (2, 3, "0.6667"), (0, 5, "0.0000"), (-1, 4, "-0.2500"), (5, 5, "1.0000")],
)
def test_a_rate_has_four_decimals(part: int, whole: int, expected: str) -> None:
    assert str(rate(part, whole)) == expected


def test_without_a_denominator_there_is_no_rate() -> None:
    assert rate(5, 0) is None


@pytest.mark.parametrize(
    ("exact", "earned"),
    [("1000", 1000), ("2.5", 2), ("3.5", 4), ("2.5001", 3), ("-50", 0), ("0", 0)],
)
def test_a_commission_is_rounded_once_half_to_even_and_never_negative(
    exact: str, earned: int
) -> None:
    assert commission_minor(Decimal(exact)) == earned


def test_a_period_is_the_last_thirty_days_unless_days_are_given() -> None:
    assert period_of(None, None, TODAY) == Period(date(2026, 10, 27), TODAY)
    assert period_of(date(2026, 1, 1), date(2026, 1, 31), TODAY).days == 31
    assert period_of(TODAY, None, TODAY).days == 1


@given(st.none() | st.dates(), st.none() | st.dates())
def test_any_days_make_a_bounded_period_or_are_refused(
    first: date | None, last: date | None
) -> None:
    try:
        period = period_of(first, last, TODAY)
    except PeriodInvalid:
        return
    assert 1 <= period.days <= LONGEST_PERIOD
    assert period.eve < period.first


def test_a_cell_is_written_as_a_spreadsheet_reads_it_and_never_runs_it() -> None:
    row = {
        "currency": "USD",
        "open": 3450,
        "customer_name": "=HYPERLINK(1)",
        "due_on": date(2026, 11, 1),
        "created_at": datetime(2026, 11, 1, 8, 30, 0, 5, tzinfo=UTC),
        "id": UUID(int=1),
        "number": None,
        "attempts": 2,
    }
    assert cell("open", row) == "34.50"
    assert cell("customer_name", row) == "'=HYPERLINK(1)"
    assert cell("due_on", row) == "2026-11-01"
    assert cell("created_at", row) == "2026-11-01T08:30:00+00:00"
    assert cell("number", row) == ""
    assert cell("attempts", row) == "2"


@pytest.mark.parametrize("kind", ExportKind)
def test_a_line_has_a_cell_for_every_column(kind: ExportKind) -> None:
    row = dict.fromkeys(COLUMNS[kind], None)
    assert header(kind).strip("\ufeff\r\n").split(",") == list(COLUMNS[kind])
    assert lines(kind, [row]) == "," * (len(COLUMNS[kind]) - 1) + "\r\n"
