"""What a subscription is charged for its periods.

Pure: a subscription, plans and days in; priced items out. A period is charged for the days
it is served (see proration). A period billed earlier is looked at again when something has
changed within it; what should have been charged less what was is an item of the next
invoice, to pay or given back. What is given back never brings an invoice below zero: the
rest waits for the one after.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Final
from uuid import UUID

from services.billing.bill_runs.words import Words
from services.billing.invoices.rules import MOST_MINOR, Charge, Priced, Totals, price, totals
from services.billing.plans.rules import PlanTerms, SuspendedRule, Timing
from services.billing.proration.rules import (
    Billed,
    Charged,
    Part,
    Refused,
    Subject,
    by_plan,
    parts_of,
)
from services.billing.subscriptions.rules import ONE, bills_on, end_of, period_at, terms_on
from shared.money import Money

MOST_PERIODS: Final = 36
"""The most periods of one subscription that one run bills."""


ZERO: Final = Totals(0, 0)


class PeriodOutcome(StrEnum):
    """What became of a period: an invoice, or why there is none.

    `covered`: what was to give back covers it. `nothing`: no day was served. `skipped`: the line
    was suspended and its plan skips such periods, or the customer was inactive; never made good.
    """

    BILLED = "billed"
    COVERED = "covered"
    NOTHING = "nothing"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Window:
    """Bill what is to be billed on these days; nothing in arrears before it is over."""

    start: date
    end: date
    today: date


@dataclass(frozen=True, slots=True)
class PeriodBill:
    """What is charged for one period."""

    start: date
    end: date
    outcome: PeriodOutcome
    items: tuple[Priced, ...] = ()
    sums: Totals = ZERO
    charged: Mapping[UUID, Charged] = field(default_factory=dict)


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
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class _Difference:
    """What an earlier period should have been charged more (or less) under one plan."""

    billed: Billed
    plan: PlanTerms
    amount_minor: int
    tax_rate: Decimal
    list_minor: int | None


def bill(
    subject: Subject, plans: Mapping[UUID, PlanTerms], window: Window, currency: str, words: Words
) -> Bill:
    """Bill every period of a subscription that falls into the window, oldest first."""
    desk = _Desk(subject, plans, currency, words)
    while len(desk.periods) < MOST_PERIODS:
        on = desk.bills_on()
        if on is None or not window.start <= on <= window.end:
            break
        if on > window.today and not desk.prepaid():
            break
        try:
            desk.bill_period(on)
        except Refused as refusal:
            desk.failure = Failure(desk.start, refusal.code, str(refusal))
            break
    return desk.result()


def to_make_good(
    subject: Subject, plans: Mapping[UUID, PlanTerms], currency: str, words: Words
) -> list[tuple[Billed, PlanTerms, int]]:
    """What the next invoice would carry of earlier periods, with tax; below 0: to give back."""
    return _Desk(subject, plans, currency, words).to_make_good()


class _Desk:
    """One subscription being billed, period after period."""

    def __init__(
        self, subject: Subject, plans: Mapping[UUID, PlanTerms], currency: str, words: Words
    ) -> None:
        self.subject, self.plans, self.currency, self.words = subject, plans, currency, words
        self.start, self.setup_due = subject.next_start, subject.setup_due
        self.earlier = {each.start: each for each in subject.billed}
        self.amended: set[date] = set()
        self.look_back = subject.look_back_from
        self.periods: list[PeriodBill] = []
        self.closed = False
        self.failure: Failure | None = None

    def bills_on(self) -> date | None:
        """When the period at `start` is to be billed."""
        if self.closed:
            return None
        subject, looks_back = self.subject, self.look_back is not None
        return bills_on(
            self.start, subject.anchor_on, subject.timeline, self.plans, looks_back=looks_back
        )

    def prepaid(self) -> bool:
        """Whether the period at `start` is billed ahead."""
        end = end_of(self.subject.timeline)
        if end is not None and self.start >= end:
            return False
        return self._plan_at(self.start).timing is Timing.PREPAID

    def bill_period(self, on: date) -> None:
        """Bill the period at `start` and go on to the next; raises Refused."""
        end = end_of(self.subject.timeline)
        if end is not None and self.start >= end:
            self._settle_the_last()
            return
        plan = self._plan_at(self.start)
        period = period_at(self.start, self.subject.anchor_on, plan.interval.months)
        if self._skips(plan, on):
            self.periods.append(PeriodBill(period.start, period.end, PeriodOutcome.SKIPPED))
        else:
            parts = parts_of(self.subject, self.plans, period, {})
            self._charge(period.start, period.end, parts)
        self.start = period.end

    def _plan_at(self, day: date) -> PlanTerms:
        return self.plans[terms_on(self.subject.timeline, day).plan_id]

    def _skips(self, plan: PlanTerms, on: date) -> bool:
        if not self.subject.served:
            return True
        return plan.suspended_rule is SuspendedRule.SKIP and any(
            suspension.covers(on) for suspension in self.subject.suspensions
        )

    def _settle_the_last(self) -> None:
        """What is cancelled: ask for what is still owed for its days, if that is anything."""
        self.closed = True
        self._charge(self.start, self.start, [])
        if self.periods[-1].outcome is not PeriodOutcome.BILLED:
            self.periods.pop()

    def _charge(self, start: date, end: date, parts: Sequence[Part]) -> None:
        items = [self._item(part) for part in parts if part.amount_minor]
        setup = bool(parts) and self.setup_due
        if setup and (fee := parts[0].plan.setup_fee_minor):
            items.append(self._priced(self.words.setup(parts[0].plan), ONE, fee, parts[0].plan))
        differences = list(self._differences())
        more = [each for each in differences if each.amount_minor > 0]
        less = [each for each in differences if each.amount_minor < 0]
        items += [self._difference_item(each) for each in more]
        returned = [self._difference_item(each) for each in less]
        sums, back = totals(items), totals(returned)
        asked = sums.total_minor
        if max(asked, -back.total_minor) > MOST_MINOR:
            most = Money(MOST_MINOR, self.currency)
            raise Refused("amount-too-large", f"it comes to more than {most}")
        self._amend(more)
        outcome = PeriodOutcome.NOTHING
        if asked + back.total_minor > 0:
            self._amend(less)
            outcome = PeriodOutcome.BILLED
            items += returned
            sums = Totals(
                sums.subtotal_minor + back.subtotal_minor, sums.tax_minor + back.tax_minor
            )
        elif asked:
            self._give_back(asked, less, returned)
            outcome, items, sums = PeriodOutcome.COVERED, [], ZERO
        if setup:
            self.setup_due = False
        charged = by_plan(parts)
        self.periods.append(PeriodBill(start, end, outcome, tuple(items), sums, charged))
        self.look_back = min((each.billed.start for each in self._differences()), default=None)

    def _differences(self) -> Iterator[_Difference]:
        """How each earlier period differs from what it should have been charged."""
        for billed in self.earlier.values():
            plan = self._plan_at(billed.start)
            months = plan.interval.months
            period = period_at(billed.start, self.subject.anchor_on, months)
            should = by_plan(parts_of(self.subject, self.plans, period, billed.charged))
            for plan_id in {**billed.charged, **should}:
                now, then = should.get(plan_id), billed.charged.get(plan_id)
                amount = (now.amount_minor if now else 0) - (then.amount_minor if then else 0)
                facts = then or now
                if amount and facts:
                    yield _Difference(
                        billed, self.plans[plan_id], amount, facts.tax_rate, facts.list_minor
                    )

    def to_make_good(self) -> list[tuple[Billed, PlanTerms, int]]:
        """The differences of earlier periods with their amounts, tax included."""
        return [
            (each.billed, each.plan, totals([self._difference_item(each)]).total_minor)
            for each in self._differences()
        ]

    def _amend(self, differences: Sequence[_Difference]) -> None:
        """Count differences as made good."""
        for each in differences:
            billed = self.earlier[each.billed.start]
            known = billed.charged.get(each.plan.id)
            amount = each.amount_minor + (known.amount_minor if known else 0)
            charged = {
                **billed.charged,
                each.plan.id: Charged(amount, each.list_minor, each.tax_rate),
            }
            self.earlier[billed.start] = Billed(billed.start, billed.end, charged)
            self.amended.add(billed.start)

    def _give_back(
        self, asked: int, less: Sequence[_Difference], returned: Sequence[Priced]
    ) -> None:
        """Use up as much of what is to give back as `asked` needs, and keep the rest."""
        for each, priced in zip(less, returned, strict=True):
            worth = -totals([priced]).total_minor
            taken = min(asked, worth)
            amount = -(-each.amount_minor * taken // worth)
            self._amend(
                [_Difference(each.billed, each.plan, amount, each.tax_rate, each.list_minor)]
            )
            asked -= taken

    def _item(self, part: Part) -> Priced:
        text = self.words.days(part.plan, part.stretch.start, part.stretch.end)
        if part.whole:
            terms = part.stretch.terms
            return self._priced(text, terms.quantity, part.price_minor, part.plan)
        return self._priced(text, ONE, part.amount_minor, part.plan)

    def _difference_item(self, each: _Difference) -> Priced:
        text = self.words.adjustment(each.plan, each.billed.start, each.billed.end)
        return self._priced(text, ONE, each.amount_minor, each.plan, each.tax_rate)

    def _priced(
        self,
        text: str,
        quantity: Decimal,
        unit_price_minor: int,
        plan: PlanTerms,
        tax_rate: Decimal | None = None,
    ) -> Priced:
        charge = Charge(
            text,
            quantity,
            unit_price_minor,
            plan.tax_rate if tax_rate is None else tax_rate,
            plan.price_includes_tax,
            plan.tax_category,
            plan.category_id,
        )
        return Priced(charge, *_amounts(replace(charge, description=""), self.currency))

    def result(self) -> Bill:
        """Where the subscription stands now."""
        return Bill(
            periods=tuple(self.periods),
            amended=tuple(self.earlier[start] for start in sorted(self.amended)),
            next_start=self.start,
            bills_on=self.bills_on(),
            look_back_from=self.look_back,
            setup_due=self.setup_due,
            failure=self.failure,
        )


@lru_cache(maxsize=4096)
def _amounts(charge: Charge, currency: str) -> tuple[int, int]:
    """Net and tax of a charge; remembered, for most subscriptions cost the same."""
    priced = price(charge, currency)
    return priced.net_minor, priced.tax_minor
