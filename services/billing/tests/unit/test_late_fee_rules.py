"""What a late fee comes to, and when none is charged."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.late_fees.rules import (
    ChargeBy,
    Late,
    Period,
    Refusal,
    Rule,
    against,
    fee_on,
    period_of,
)
from shared.ids import new_id

TODAY = date(2026, 11, 20)
FLAT = Rule(
    id=new_id(),
    code="flat",
    name="Late fee",
    charge=ChargeBy.FLAT,
    currency="USD",
    amount_minor=500,
    rate=None,
    cap_minor=None,
    tax_rate=Decimal(15),
    period=Period.ONCE,
    due_days=0,
)
PERCENT = replace(
    FLAT, charge=ChargeBy.PERCENT, amount_minor=None, rate=Decimal("2.5"), cap_minor=1000
)
LATE = Late(
    id=new_id(),
    organization_id=new_id(),
    customer_id=new_id(),
    line_id=None,
    number="INV-00000001",
    document="issued",
    kind="charge",
    currency="USD",
    open_minor=10_000,
    due_on=TODAY - timedelta(days=1),
)


@pytest.mark.parametrize(
    ("rule", "open_minor", "fee_minor"),
    [
        (FLAT, 1, 500),
        (PERCENT, 10_000, 250),
        (PERCENT, 20, 0),  # 0.5 -> 0
        (PERCENT, 60, 2),  # 1.5 -> 2
        (PERCENT, 40_000, 1000),
        (PERCENT, 40_100, 1000),
        (replace(PERCENT, cap_minor=None), 40_100, 1002),
    ],
)
def test_a_fee_is_flat_or_a_share_of_what_is_open_up_to_its_cap(
    rule: Rule, open_minor: int, fee_minor: int
) -> None:
    assert fee_on(rule, open_minor, "USD").minor == fee_minor


@given(st.integers(1, 10**12), st.integers(1, 10**6))
def test_a_fee_never_exceeds_its_cap(open_minor: int, cap_minor: int) -> None:
    fee = fee_on(replace(PERCENT, cap_minor=cap_minor), open_minor, "USD")

    assert 0 <= fee.minor <= cap_minor


@pytest.mark.parametrize(
    ("period", "said", "key"),
    [
        (Period.ONCE, None, "once"),
        (Period.ONCE, "2026-10", "once"),
        (Period.MONTHLY, None, "2026-11"),
        (Period.MONTHLY, "2026-10", "2026-10"),
        (Period.MONTHLY, "once", "2026-11"),
        (Period.MONTHLY, "2026-13", "2026-11"),
    ],
)
def test_the_rule_says_what_a_period_is(period: Period, said: str | None, key: str) -> None:
    assert period_of(replace(FLAT, period=period), TODAY, said) == key


@pytest.mark.parametrize(
    ("rule", "late", "refusal"),
    [
        (FLAT, LATE, None),
        (replace(FLAT, active=False), LATE, Refusal.RULE_INACTIVE),
        (FLAT, replace(LATE, document="void", open_minor=0), Refusal.NOT_ISSUED),
        (FLAT, replace(LATE, document="draft", open_minor=0), Refusal.NOT_ISSUED),
        (FLAT, replace(LATE, kind="late_fee"), Refusal.IS_A_FEE),
        (FLAT, replace(LATE, open_minor=0), Refusal.NOTHING_OPEN),
        (FLAT, replace(LATE, due_on=TODAY), Refusal.NOT_OVERDUE),
        (FLAT, replace(LATE, currency="EUR"), Refusal.OTHER_CURRENCY),
        (PERCENT, replace(LATE, currency="EUR"), Refusal.OTHER_CURRENCY),
        (replace(PERCENT, cap_minor=None), replace(LATE, currency="EUR"), None),
        (PERCENT, replace(LATE, open_minor=20), Refusal.COMES_TO_NOTHING),
    ],
)
def test_a_fee_is_charged_on_an_overdue_charge_by_an_active_rule(
    rule: Rule, late: Late, refusal: Refusal | None
) -> None:
    assert against(rule, late, TODAY) is refusal
