"""Plans, subscriptions and their bills, as the tests of rules speak of them."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from services.billing.bill_runs.desk import bill
from services.billing.bill_runs.rules import Bill, PeriodOutcome, Window
from services.billing.bill_runs.words import Words
from services.billing.plans.rules import Interval, PlanTerms, Price, SuspendedRule, Timing
from services.billing.proration.rules import Billed, Subject
from services.billing.subscriptions.rules import (
    Change,
    SubscriptionStatus,
    Terms,
)

ONE = Decimal(1)


WORDS = Words.of("es_EC")


SLOW, FAST = uuid4(), uuid4()


def plan(id_: UUID = SLOW, price: int = 3100, **more: Any) -> PlanTerms:
    """A monthly prepaid plan without tax: 1.00 a day in March."""
    facts: dict[str, Any] = {
        "id": id_,
        "name": "Lento" if id_ == SLOW else "Veloz",
        "interval": Interval.MONTHLY,
        "timing": Timing.PREPAID,
        "tax_rate": Decimal(0),
        "price_includes_tax": False,
        "setup_fee_minor": 0,
        "suspended_rule": SuspendedRule.BILL,
        "prices": (Price(date(2020, 1, 1), price),),
    }
    return PlanTerms(**(facts | more))


def day(text: str) -> date:
    """A day of 2026, as MM-DD."""
    return date.fromisoformat(f"2026-{text}")


def terms(
    status: SubscriptionStatus = SubscriptionStatus.ACTIVE,
    plan_id: UUID = SLOW,
    quantity: str = "1",
    override: int | None = None,
) -> Terms:
    """Some terms."""
    return Terms(status, plan_id, Decimal(quantity), override)


PAUSED, CANCELLED = terms(SubscriptionStatus.PAUSED), terms(SubscriptionStatus.CANCELLED)


def subject(start: str = "03-01", *changes: tuple[str, Terms], **more: Any) -> Subject:
    """A subscription that started on a day, with changes."""
    facts: dict[str, Any] = {
        "id": uuid4(),
        "customer_id": uuid4(),
        "line_id": None,
        "anchor_on": day(start),
        "next_start": day(start),
        "setup_due": False,
        "timeline": (
            Change(day(start), terms()),
            *(Change(day(on), each) for on, each in changes),
        ),
    }
    return Subject(**(facts | more))


def run(
    one: Subject, to: str, *plans: PlanTerms, today: str | None = None, since: str = "01-01"
) -> Bill:
    """The bill up to a day."""
    known = {each.id: each for each in plans or (plan(),)}
    window = Window(day(since), day(to), day(today or to))
    return bill(one, known, window, "USD", WORDS)


def then(one: Subject, made: Bill, *changes: tuple[str, Terms], **more: Any) -> Subject:
    """The subscription after a bill, with what was billed to be looked at again."""
    billed = {each.start: each for each in (*one.billed, *made.amended)}
    for period in made.periods:
        if period.outcome is not PeriodOutcome.SKIPPED:
            billed[period.start] = Billed(period.start, period.end, period.charged)
    added = tuple(Change(day(on), each) for on, each in changes)
    return replace(
        one,
        next_start=made.next_start,
        setup_due=made.setup_due,
        look_back_from=added[0].effective_on if added else made.look_back_from,
        timeline=(*one.timeline, *added),
        billed=tuple(billed[start] for start in sorted(billed)),
        **more,
    )


def shown(made: Bill) -> list[tuple[str, PeriodOutcome, list[int]]]:
    """Each period's first day, outcome and net amounts."""
    return [
        (each.start.isoformat()[5:], each.outcome, [item.net_minor for item in each.items])
        for each in made.periods
    ]
