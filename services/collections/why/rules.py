"""What keeps a line on or off now, how far a customer is up the ladder, and what would change it.

Pure rules, computed from the facts of this moment by the very function that decides
(`services.collections.decisions.rules.judge`): what is to be paid is tried out before it is
named, and the day of a suspension is found by judging the days to come one after the other.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from services.collections.debts.debt import Debt
from services.collections.decisions.rules import (
    NOTHING_ELSE,
    About,
    Condition,
    Verdict,
    judge,
    sums_by_currency,
)
from services.collections.pauses.rules import Pause
from services.collections.policies.rules import Policy, Stage

HORIZON_DAYS: Final = 400


@dataclass(frozen=True, slots=True)
class Known:
    """A line or customer at one moment: `debts` are all that are open, not yet due ones too.

    `pauses` are all that have not ended, `about` holds those in force now.
    """

    debts: tuple[Debt, ...]
    policy: Policy
    today: date
    about: About
    pauses: tuple[Pause, ...]
    off: bool


@dataclass(frozen=True, slots=True)
class Payment:
    """What has to be paid, in each currency, and the last day for it (None: at any time)."""

    amounts: dict[str, int]
    by: date | None


def verdict_of(known: Known) -> Verdict:
    """The verdict of this moment."""
    return judge(known.debts, known.policy, known.today, known.about, off=known.off)


def stands_in_the_way(verdict: Verdict, *, off: bool) -> tuple[Condition, ...]:
    """The conditions that say why: those that fail, or (off, or about to be) those that hold."""
    if verdict.justified or off:
        return tuple(each for each in verdict.conditions if each.holds)
    return tuple(each for each in verdict.conditions if not each.holds)


def to_come_back(known: Known) -> Payment | None:
    """The least that brings a line back that is off, paid against what is oldest."""
    if not known.off or not verdict_of(known).justified:
        return None
    return _least(known, known.today, by=None)


def to_stay_on(known: Known) -> Payment | None:
    """The least that keeps a line on, and the day before it would be cut; None for no danger."""
    if known.off:
        return None
    day, about = cut_on(known)
    if day is None:
        return None
    at_that = replace(known, about=about)
    return _least(at_that, day, by=max(day - timedelta(days=1), known.today))


def cut_on(known: Known) -> tuple[date | None, About]:
    """The day on which a line would be cut if nothing else happened, and what is so by then."""
    reached = dict(known.about.reached or {})
    for day in _days(known):
        about = _about_on(known, day, reached)
        verdict = judge(known.debts, known.policy, day, about, off=False)
        reached |= {stage.code: day for stage in verdict.reached}
        if verdict.justified:
            return day, replace(about, reached=reached)
    return None, known.about


def next_stages(known: Known) -> tuple[date | None, tuple[Stage, ...], About]:
    """The day on which the next stages come if nothing else happens, and what is so before it."""
    for day in _days(known):
        about = _about_on(known, day, dict(known.about.reached or {}))
        verdict = judge(known.debts, known.policy, day, about, off=False)
        if verdict.reached:
            return day, verdict.reached, about
    return None, (), known.about


def to_go_no_further(known: Known, day: date, about: About) -> Payment | None:
    """The least that keeps the stages of a day from coming, and the last day for it."""
    at_that = replace(known, about=about)
    return _least(
        at_that,
        day,
        by=max(day - timedelta(days=1), known.today),
        goes_on=lambda verdict: bool(verdict.reached),
    )


def _days(known: Known) -> Iterable[date]:
    """The days on which anything can change by itself, soonest first, today included."""
    yield known.today
    yield from (
        day
        for ahead in range(1, HORIZON_DAYS)
        if (day := known.today + timedelta(days=ahead)) and known.debts
    )


def _about_on(known: Known, day: date, reached: dict[str, date]) -> About:
    """What counts on a day to come: pauses and exemptions end, a window opens if it does."""
    if known.about is NOTHING_ELSE and not known.pauses and known.policy.is_plain:
        return NOTHING_ELSE
    pauses = tuple(
        pause
        for pause in sorted(known.pauses, key=lambda each: each.id.int)
        if pause.from_on <= day
        and (pause.until_on is None or day <= pause.until_on)
        and (pause.expires_at is None or day < pause.expires_at.date())
    )
    if day == known.today:
        pauses = known.about.pauses
    exempt = known.about.exempt
    if exempt is not None and exempt.until_on < day:
        exempt = None
    local = known.about.local
    if local is not None and known.policy.calendar is not None and day > known.today:
        local = datetime.combine(day, known.policy.calendar.opens, tzinfo=local.tzinfo)
    return replace(known.about, pauses=pauses, exempt=exempt, local=local, reached=dict(reached))


def _justified(verdict: Verdict) -> bool:
    return verdict.justified


def _least(
    known: Known,
    day: date,
    by: date | None,
    goes_on: Callable[[Verdict], bool] = _justified,
) -> Payment | None:
    """The least that, paid against the oldest debts first, undoes the verdict of a day.

    Paying more never makes it worse, so halving finds the least minor unit.
    """

    def still(debts: Sequence[Debt]) -> bool:
        return goes_on(judge(debts, known.policy, day, known.about, off=known.off))

    late = [debt for debt in known.debts if debt.due_on <= day]
    paid: dict[str, int] = {}
    debts = list(known.debts)
    for currency, most in sorted(sums_by_currency(late).items()):
        if not still(debts):
            break
        low, high = 0, most
        if still(_paid(debts, currency, most, day)):
            low = most  # this currency alone does not do it: all of it is to be paid
        while low < high:
            middle = (low + high) // 2
            if still(_paid(debts, currency, middle, day)):
                low = middle + 1
            else:
                high = middle
        paid[currency] = high
        debts = _paid(debts, currency, high, day)
    if still(debts):
        return None
    return Payment({currency: minor for currency, minor in paid.items() if minor}, by)


def _paid(debts: Sequence[Debt], currency: str, minor: int, day: date) -> list[Debt]:
    """The debts after a payment against the oldest of those due by a day."""
    left, remaining = [], minor
    for debt in sorted(debts, key=lambda each: (each.due_on, each.invoice_id.int)):
        if debt.currency == currency and debt.due_on <= day and remaining:
            taken = min(remaining, debt.open_minor)
            remaining -= taken
            if taken == debt.open_minor:
                continue
            left.append(debt._replace(open_minor=debt.open_minor - taken))
        else:
            left.append(debt)
    return left
