"""What a statement's rules say of an invoice and of an amount."""

from datetime import date
from typing import Final

import pytest

from services.billing.statements.papers import _amount
from services.billing.statements.rules import Scope, Standing, StatementStatus
from shared.ids import new_id
from shared.money import Money

DUE: Final = date(2026, 11, 20)


def standing(open_minor: int, *, void: bool = False) -> Standing:
    """An invoice of 100.00 due on DUE."""
    return Standing(new_id(), "INV-1", new_id(), DUE, DUE, 10_000, 0, 0, 0, open_minor, void)


@pytest.mark.parametrize(
    ("open_minor", "day", "status"),
    [
        (10_000, date(2026, 11, 20), StatementStatus.SENT),
        (4_000, date(2026, 11, 20), StatementStatus.PARTIAL),
        (4_000, date(2026, 11, 21), StatementStatus.OVERDUE),
        (0, date(2026, 12, 31), StatementStatus.PAID),
    ],
)
def test_an_invoice_is_overdue_from_the_day_after_its_due_date(
    open_minor: int, day: date, status: StatementStatus
) -> None:
    assert standing(open_minor).status_on(day) is status
    assert standing(open_minor, void=True).status_on(day) is StatementStatus.VOID


@pytest.mark.parametrize("currency", ["USD", "CLP", "BHD"])
@pytest.mark.parametrize("minor", [0, 1, 12, 123, 1_234, -5, -123_456, 10**17])
def test_amounts_of_a_file_are_written_as_money_writes_them(currency: str, minor: int) -> None:
    scope = Scope(new_id(), None, currency, None, DUE, None)

    assert _amount(minor, scope) == Money(minor, currency).decimal_text
