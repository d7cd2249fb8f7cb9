"""What a subscription is charged for its periods.

Pure: a subscription, plans and days in; priced items out. A period is charged for the days
it is served (see proration). A period billed earlier is looked at again when something has
changed within it; what should have been charged less what was is an item of the next
invoice, to pay or given back. What is given back never brings an invoice below zero: the
rest waits for the one after, or, when there is none, is credited (see closings).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from uuid import UUID

from services.billing.bill_runs.rules import (
    MOST_PERIODS,
    ZERO,
    Bill,
    Carried,
    Difference,
    Failure,
    PeriodBill,
    PeriodOutcome,
    Window,
)
from services.billing.bill_runs.words import Words
from services.billing.invoices.rules import MOST_MINOR, Charge, Priced, Totals, price, totals
from services.billing.plans.rules import PlanTerms, SuspendedRule, Timing, UnusedRule
from services.billing.proration.rules import (
    Billed,
    Charged,
    Part,
    Refused,
    Subject,
    by_plan,
    parts_of,
)
from services.billing.subscriptions.rules import (
    ONE,
    Period,
    bills_on,
    end_of,
    period_at,
    terms_on,
)
from shared.money import Money


def bill(
    subject: Subject, plans: Mapping[UUID, PlanTerms], window: Window, currency: str, words: Words
) -> Bill:
    """Bill every period of a subscription that falls into the window, oldest first."""
    desk = Desk(subject, plans, currency, words)
    while len(desk.periods) < MOST_PERIODS:
        on = desk.bills_on()
        if on is None or not window.start <= on <= window.end:
            break
        if on > window.today and not desk.ahead():
            break
        start = desk.next_start()
        try:
            desk.bill_period(on)
        except Refused as refusal:
            desk.failure = Failure(start, refusal.code, str(refusal))
            break
    return desk.result()


class Desk:
    """One subscription being billed, period after period."""

    def __init__(
        self, subject: Subject, plans: Mapping[UUID, PlanTerms], currency: str, words: Words
    ) -> None:
        self.subject, self.plans, self.currency, self.words = subject, plans, currency, words
        self.start, self.setup_due = subject.next_start, subject.setup_due
        self.again = list(subject.again)
        self.earlier = {each.start: each for each in subject.billed}
        self.amended: set[date] = set()
        self.carried: defaultdict[date, dict[UUID, int]] = defaultdict(dict)
        self.look_back = subject.look_back_from
        self.periods: list[PeriodBill] = []
        self.closed = False
        self.failure: Failure | None = None

    def bills_on(self) -> date | None:
        """When the next period is to be billed: the one at `start`, or one to bill again."""
        again_on = self.again[0].on if self.again else None
        if self.closed:
            return again_on
        return bills_on(
            self.start,
            self.subject.anchor_on,
            self.subject.timeline,
            self.plans,
            looks_back=self.look_back is not None,
            again_on=again_on,
        )

    def next_start(self) -> date:
        """Where the period begins that is billed next."""
        return self.again[0].start if self._again_first() else self.start

    def ahead(self) -> bool:
        """Whether the next period is billed ahead."""
        start, end = self.next_start(), end_of(self.subject.timeline)
        if end is not None and start >= end:
            return False
        return self._plan_at(start).timing is Timing.PREPAID

    def bill_period(self, on: date) -> None:
        """Bill the next period and go on; raises Refused."""
        if self._again_first():
            self._bill(self._period(self.again[0].start), on)
            self.again.pop(0)
            return
        end = end_of(self.subject.timeline)
        if end is not None and self.start >= end:
            self._settle_the_last()
            return
        period = self._period(self.start)
        self._bill(period, on)
        self.start = period.end

    def _again_first(self) -> bool:
        return bool(self.again) and self.bills_on() == self.again[0].on

    def _period(self, start: date) -> Period:
        months = self._plan_at(start).interval.months
        return period_at(start, self.subject.anchor_on, months)

    def _plan_at(self, day: date) -> PlanTerms:
        return self.plans[terms_on(self.subject.timeline, day).plan_id]

    def _bill(self, period: Period, on: date) -> None:
        if self._skips(self._plan_at(period.start), on):
            self.periods.append(PeriodBill(period.start, period.end, PeriodOutcome.SKIPPED))
        else:
            parts = parts_of(self.subject, self.plans, period, {})
            self._charge(period.start, period.end, parts)

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
        if self.periods[-1].outcome is PeriodOutcome.NOTHING:
            self.periods.pop()

    def _charge(self, start: date, end: date, parts: Sequence[Part]) -> None:
        items = [self._item(part) for part in parts if part.amount_minor]
        setup = bool(parts) and self.setup_due
        if setup and (fee := parts[0].plan.setup_fee_minor):
            items.append(self._priced(self.words.setup(parts[0].plan), ONE, fee, parts[0].plan))
        differences = list(self.differences())
        more = [each for each in differences if each.amount_minor > 0]
        less = [each for each in differences if each.amount_minor < 0]
        items += [self._difference_item(each) for each in more]
        returned = [self._difference_item(each) for each in less]
        sums, back = totals(items), totals(returned)
        asked = sums.total_minor
        if max(asked, -back.total_minor) > MOST_MINOR:
            most = Money(MOST_MINOR, self.currency)
            raise Refused("amount-too-large", f"it comes to more than {most}")
        self.carried.clear()
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
        carried: Carried = {on: dict(plans) for on, plans in self.carried.items()}
        made = PeriodBill(
            start, end, outcome, tuple(items), sums, by_plan(parts), carried, setup=setup
        )
        self.periods.append(made)
        self.look_back = self._looks_back_from()

    def _looks_back_from(self) -> date | None:
        return min((each.billed.start for each in self.differences()), default=None)

    def differences(self) -> Iterator[Difference]:
        """How each earlier period differs from what it should have been charged."""
        for billed in self.earlier.values():
            period = self._period(billed.start)
            should = by_plan(parts_of(self.subject, self.plans, period, billed.charged))
            for plan_id in {**billed.charged, **should}:
                now, then = should.get(plan_id), billed.charged.get(plan_id)
                amount = (now.amount_minor if now else 0) - (then.amount_minor if then else 0)
                if amount < 0 and self.plans[plan_id].unused_rule is UnusedRule.KEEP:
                    amount = min(0, amount + self._kept(billed, plan_id, period))
                facts = then or now
                if amount and facts:
                    yield Difference(
                        billed, self.plans[plan_id], amount, facts.tax_rate, facts.list_minor
                    )

    def _kept(self, billed: Billed, plan_id: UUID, period: Period) -> int:
        """What a period costs less for the cancellation alone."""
        timeline = self.subject.timeline
        if end_of(timeline) is None:
            return 0
        whole = replace(self.subject, timeline=timeline[:-1])
        went_on, ended = (
            by_plan(parts_of(each, self.plans, period, billed.charged)).get(plan_id)
            for each in (whole, self.subject)
        )
        return (went_on.amount_minor if went_on else 0) - (ended.amount_minor if ended else 0)

    def worth(self, each: Difference) -> int:
        """A difference with its tax."""
        return totals([self._difference_item(each)]).total_minor

    def unused(self) -> list[Difference]:
        """What a cancelled subscription is to be given back.

        Nothing while something is to be asked as well: the last invoice sets them off first.
        """
        found = list(self.differences())
        return [] if any(each.amount_minor > 0 for each in found) else found

    def give_back(self, each: Difference, minor: int) -> None:
        """So much of what a difference is worth has been given back."""
        amount = -(-each.amount_minor * minor // -self.worth(each))
        self._amend([replace(each, amount_minor=amount)])
        self.look_back = self._looks_back_from()

    def closed_now(self) -> Bill:
        """Where a cancelled subscription stands that has been given back what could be.

        It comes up again only when a bill run has set off what was still to be asked.
        """
        end = end_of(self.subject.timeline)
        over = end is not None and self.start >= end
        self.closed = over and all(each.amount_minor < 0 for each in self.differences())
        return replace(self.result(), credit_on=None)

    def _amend(self, differences: Sequence[Difference]) -> None:
        """Count differences as made good."""
        for each in differences:
            billed = self.earlier[each.billed.start]
            known = billed.charged.get(each.plan.id)
            amount = each.amount_minor + (known.amount_minor if known else 0)
            positions = known.positions if known else ()
            charged = {
                **billed.charged,
                each.plan.id: Charged(amount, each.list_minor, each.tax_rate, positions),
            }
            self.earlier[billed.start] = Billed(billed.start, billed.end, charged)
            self.amended.add(billed.start)
            self.carried[billed.start][each.plan.id] = each.amount_minor

    def _give_back(
        self, asked: int, less: Sequence[Difference], returned: Sequence[Priced]
    ) -> None:
        """Use up as much of what is to give back as `asked` needs, and keep the rest."""
        for each, priced in zip(less, returned, strict=True):
            worth = -totals([priced]).total_minor
            taken = min(asked, worth)
            amount = -(-each.amount_minor * taken // worth)
            self._amend([replace(each, amount_minor=amount)])
            asked -= taken

    def _item(self, part: Part) -> Priced:
        text = self.words.days(part.plan, part.stretch.start, part.stretch.end)
        if part.whole:
            terms = part.stretch.terms
            return self._priced(text, terms.quantity, part.price_minor, part.plan)
        return self._priced(text, ONE, part.amount_minor, part.plan)

    def _difference_item(self, each: Difference) -> Priced:
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
        """Where the subscription stands now; what it has not used is credited from its end on."""
        end = end_of(self.subject.timeline)
        credited = end is not None and self.start >= end and self.look_back is not None
        return Bill(
            periods=tuple(self.periods),
            amended=tuple(self.earlier[start] for start in sorted(self.amended)),
            next_start=self.start,
            bills_on=self.bills_on(),
            look_back_from=self.look_back,
            setup_due=self.setup_due,
            again_on=self.again[0].on if self.again else None,
            credit_on=end if credited else None,
            failure=self.failure,
        )


@lru_cache(maxsize=4096)
def _amounts(charge: Charge, currency: str) -> tuple[int, int]:
    """Net and tax of a charge; remembered, for most subscriptions cost the same."""
    priced = price(charge, currency)
    return priced.net_minor, priced.tax_minor
