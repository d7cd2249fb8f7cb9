"""What a bill run makes of a subscription: periods, what is charged for them, and why not.

Pure: words and values. How they come about is the desk's business (see desk.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.billing.invoices.rules import Priced, Totals
from services.billing.plans.rules import PlanTerms
from services.billing.proration.rules import Billed, Charged

MOST_PERIODS: Final = 36
"""The most periods of one subscription that one run bills."""


ZERO: Final = Totals(0, 0)


class PeriodOutcome(StrEnum):
    """What became of a period: an invoice, or why there is none.

    `covered`: what was to give back covers it. `nothing`: no day was served. `skipped`: the line
    was suspended and its plan skips such periods, or the customer was inactive; never made good.
    `voided`: its invoice was annulled; the period is billed again, and that is told beside it.
    """

    BILLED = "billed"
    COVERED = "covered"
    NOTHING = "nothing"
    SKIPPED = "skipped"
    VOIDED = "voided"


@dataclass(frozen=True, slots=True)
class Window:
    """Bill what is to be billed on these days; nothing in arrears before it is over."""

    start: date
    end: date
    today: date


Carried = Mapping[date, Mapping[UUID, int]]
"""What was made good of earlier periods: by first day and plan, in the plan's own prices."""


@dataclass(frozen=True, slots=True)
class PeriodBill:
    """What is charged for one period, and carried of earlier ones with it."""

    start: date
    end: date
    outcome: PeriodOutcome
    items: tuple[Priced, ...] = ()
    sums: Totals = ZERO
    charged: Mapping[UUID, Charged] = field(default_factory=dict)
    carried: Carried = field(default_factory=dict)
    setup: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """The period that cannot be billed, and why."""

    start: date
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Bill:
    """What a run makes of a subscription, and where that leaves it."""

    periods: tuple[PeriodBill, ...]
    amended: tuple[Billed, ...]
    next_start: date
    bills_on: date | None
    look_back_from: date | None
    setup_due: bool
    again_on: date | None = None
    credit_on: date | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """What an earlier period should have been charged more (or less) under one plan."""

    billed: Billed
    plan: PlanTerms
    amount_minor: int
    tax_rate: Decimal
    list_minor: int | None
