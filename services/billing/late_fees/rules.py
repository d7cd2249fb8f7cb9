"""What a late fee comes to, and whether one may be charged.

Pure: a rule and the late invoice in, an amount or the reason against it out. A fee is an
invoice of its own; it never changes the late one, and no fee is charged on a fee.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from shared.money import Money

MONTH: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
ONCE: Final = "once"


class ChargeBy(StrEnum):
    """How a rule measures its fee."""

    FLAT = "flat"
    PERCENT = "percent"


class Period(StrEnum):
    """How often a rule charges one invoice."""

    ONCE = "once"
    MONTHLY = "monthly"


class Refusal(StrEnum):
    """Why no fee is charged."""

    RULE_INACTIVE = "rule_inactive"
    NOT_ISSUED = "not_issued"
    IS_A_FEE = "is_a_fee"
    NOTHING_OPEN = "nothing_open"
    NOT_OVERDUE = "not_overdue"
    OTHER_CURRENCY = "other_currency"
    COMES_TO_NOTHING = "comes_to_nothing"


@dataclass(frozen=True, slots=True)
class Rule:
    """A way to charge for lateness; amounts are in `currency`."""

    id: UUID
    code: str
    name: str
    charge: ChargeBy
    currency: str
    amount_minor: int | None
    rate: Decimal | None
    cap_minor: int | None
    tax_rate: Decimal
    period: Period
    due_days: int
    active: bool = True


@dataclass(frozen=True, slots=True)
class Late:
    """The invoice a fee is for, as it is now."""

    id: UUID
    organization_id: UUID
    customer_id: UUID
    line_id: UUID | None
    number: str | None
    document: str
    kind: str
    currency: str
    open_minor: int
    due_on: date | None


def fee_on(rule: Rule, open_minor: int, currency: str) -> Money:
    """The fee before tax: flat, or a share of what is open, rounded once, up to the cap."""
    if rule.amount_minor is not None:
        return Money(rule.amount_minor, currency)
    assert rule.rate is not None
    share = Money(open_minor, currency).percent(rule.rate)
    return share if rule.cap_minor is None else min(share, Money(rule.cap_minor, currency))


def period_of(rule: Rule, day: date, said: str | None = None) -> str:
    """The period a fee falls in: as said when that is a month, else the day's."""
    if rule.period is Period.ONCE:
        return ONCE
    return said if said and MONTH.fullmatch(said) else f"{day:%Y-%m}"


def against(rule: Rule, late: Late, today: date) -> Refusal | None:
    """Why this rule charges this invoice nothing; None when it charges."""
    in_money = rule.amount_minor is not None or rule.cap_minor is not None
    judged = (
        (not rule.active, Refusal.RULE_INACTIVE),
        (late.document != "issued", Refusal.NOT_ISSUED),
        (late.kind != "charge", Refusal.IS_A_FEE),
        (late.open_minor == 0, Refusal.NOTHING_OPEN),
        (in_money and rule.currency != late.currency, Refusal.OTHER_CURRENCY),
        (not fee_on(rule, late.open_minor, late.currency), Refusal.COMES_TO_NOTHING),
        (late.due_on is None or late.due_on >= today, Refusal.NOT_OVERDUE),
    )
    return next((refusal for broken, refusal in judged if broken), None)
