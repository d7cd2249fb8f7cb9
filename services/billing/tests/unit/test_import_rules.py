"""What becomes of debt rows: created once, unchanged when repeated, refused when different."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.imports.rules import OnRecord, issue_day, judge, refuse_currency
from shared.contracts.ingestion import DebtRow

TODAY = date(2026, 11, 20)
RECORD = OnRecord(UUID(int=7), 4500, "USD", TODAY)


def row(number: int = 2, invoice: int = 1, **more: Any) -> DebtRow:
    """A debt row that agrees with RECORD."""
    facts: dict[str, Any] = {
        "row": number,
        "invoice_id": UUID(int=invoice),
        "external_ref": f"D-{invoice}",
        "customer_id": UUID(int=7),
        "line_id": None,
        "amount_minor": 4500,
        "issued_on": None,
        "due_on": TODAY,
        "description": "Balance",
    }
    return DebtRow(**(facts | more))


def test_a_debt_that_is_not_on_record_is_new() -> None:
    verdicts = judge([row()], {}, "USD")

    assert (len(verdicts.new), verdicts.unchanged, verdicts.refused) == (1, 0, [])


def test_the_same_debt_again_changes_nothing() -> None:
    verdicts = judge([row()], {UUID(int=1): RECORD}, "USD")

    assert (verdicts.new, verdicts.unchanged, verdicts.refused) == ([], 1, [])


@pytest.mark.parametrize(
    ("change", "column", "says"),
    [
        ({"amount_minor": 4501}, "amount", "45.00 USD"),
        ({"due_on": TODAY + timedelta(days=1)}, "due_on", "2026-11-20"),
        ({"customer_id": UUID(int=8)}, "debt_ref", "another customer"),
    ],
)
def test_a_debt_that_contradicts_the_record_is_refused_with_what_is_on_record(
    change: dict[str, Any], column: str, says: str
) -> None:
    verdicts = judge([row(9, **change)], {UUID(int=1): RECORD}, "USD")

    (refusal,) = verdicts.refused
    assert (refusal.row, refusal.column) == (9, column)
    assert says in refusal.message
    assert verdicts.new == []


def test_what_a_row_describes_otherwise_does_not_matter() -> None:
    again = row(description="Other words", issued_on=TODAY, line_id=UUID(int=3))

    assert judge([again], {UUID(int=1): RECORD}, "USD").unchanged == 1


def test_a_debt_named_twice_in_a_page_is_created_by_the_first_row() -> None:
    verdicts = judge([row(2), row(3), row(4, amount_minor=1)], {}, "USD")

    assert [each.row for each in verdicts.new] == [2]
    assert verdicts.unchanged == 1
    assert [refusal.row for refusal in verdicts.refused] == [4]


def test_a_debt_named_on_two_pages_is_created_by_the_first_page() -> None:
    known: dict[UUID, OnRecord] = {}

    first, second = judge([row(2)], known, "USD"), judge([row(600)], known, "USD")

    assert (len(first.new), second.unchanged) == (1, 1)


def test_a_page_in_another_currency_is_refused_row_by_row() -> None:
    refused = refuse_currency([row(2), row(3)], "EUR", "USD")

    assert [(each.row, each.column) for each in refused] == [(2, "amount"), (3, "amount")]


@pytest.mark.parametrize(
    ("issued_on", "due_on", "expected"),
    [
        (None, TODAY + timedelta(days=9), TODAY),
        (None, TODAY - timedelta(days=9), TODAY - timedelta(days=9)),
        (date(2026, 1, 1), TODAY, date(2026, 1, 1)),
    ],
)
def test_a_debt_is_issued_today_but_never_after_its_due_date(
    issued_on: date | None, due_on: date, expected: date
) -> None:
    assert issue_day(row(issued_on=issued_on, due_on=due_on), TODAY) == expected


rows = st.lists(
    st.builds(
        row,
        st.integers(2, 1000),
        st.integers(1, 5),
        amount_minor=st.integers(1, 3),
        due_on=st.sampled_from([TODAY, TODAY + timedelta(days=1)]),
    ),
    max_size=30,
)


@given(rows)
def test_every_row_gets_one_verdict_and_a_second_pass_creates_nothing(
    debts: list[DebtRow],
) -> None:
    known: dict[UUID, OnRecord] = {}

    first = judge(debts, known, "USD")
    second = judge(debts, known, "USD")

    assert len(first.new) + first.unchanged + len(first.refused) == len(debts)
    assert len({each.invoice_id for each in first.new}) == len(first.new)
    assert second.new == []
    assert second.unchanged == len(first.new) + first.unchanged
    assert second.refused == first.refused
