"""A line explained from the facts of this moment; nothing is recorded."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.decisions.rules import ConditionName, sums_by_currency
from services.collections.pauses import store as pauses_store
from services.collections.status.operations import Standing, standing
from services.collections.why.rules import (
    HORIZON_DAYS,
    Known,
    Payment,
    cut_on,
    stands_in_the_way,
    to_come_back,
    to_stay_on,
)
from services.collections.why.words import Words
from shared.contracts.customers import LineStatus
from shared.db import raw


@dataclass(frozen=True, slots=True)
class Reason:
    """One condition that keeps the line where it is."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a line is where it is, and what would change it."""

    standing: Standing
    language: str
    summary: str
    reasons: tuple[Reason, ...]
    payment: Payment | None
    next_on: date | None
    what_would_change_it: str


async def explain(
    session: AsyncSession, organization_id: UUID, line_id: UUID, words: Words
) -> Explanation:
    """Why a line of an organization is or is not suspended; NotFound."""
    found = await standing(session, organization_id, line_id, ahead_days=HORIZON_DAYS)
    pauses = await pauses_store.of_customers(await raw(session), [found.line.customer_id])
    known = Known(
        debts=tuple(found.debts),
        policy=found.terms.policy,
        today=found.terms.today,
        about=found.about,
        pauses=tuple(pauses.get(found.line.customer_id.int, ())),
        off=found.off,
    )
    policy = found.policy
    counting = [each for each in found.about.pauses if each.restores or not found.off]
    conditions = stands_in_the_way(found.verdict, off=found.off)
    reasons = tuple(
        Reason(each.name.value, words.condition(each, policy, counting))
        for each in conditions
        if not each.holds or each.name is ConditionName.NOT_RESTORED
    )
    payment = to_come_back(known) if found.off else to_stay_on(known)
    next_on = None if found.off or payment is None else cut_on(known)[0]
    in_service = found.line.status in (LineStatus.ACTIVE, LineStatus.SUSPENDED)
    if not in_service:
        payment = next_on = None
    return Explanation(
        standing=found,
        language=words.language,
        summary=_summary(found, reasons, words),
        reasons=reasons,
        payment=payment,
        next_on=next_on,
        what_would_change_it=_change(found, payment, next_on, words),
    )


def _summary(found: Standing, reasons: tuple[Reason, ...], words: Words) -> str:
    verdict, line = found.verdict, found.line
    if line.status in (LineStatus.CANCELLED, LineStatus.NOT_INSTALLED):
        return words.say(line.status)
    owed = ""
    if verdict.overdue:
        worst = (found.terms.today - verdict.overdue[0].due_on).days
        sums = sums_by_currency(verdict.overdue)
        owed = words.owed(len(verdict.overdue), worst, sums)
    if found.off:
        return words.say("off", owed=owed) if verdict.justified and owed else words.say("returning")
    if line.status == LineStatus.SUSPENDED and not line.non_payment:
        return words.say("other_hold")
    if verdict.justified:
        return words.say("cutting", owed=owed)
    # What was granted says more than the sums it has changed.
    granted = {ConditionName.NOT_EXEMPT, ConditionName.NOT_ESSENTIAL, ConditionName.NOT_PAUSED}
    first = next((each for each in reasons if each.code in granted), reasons[0])
    return words.say("on", reason=first.text)


def _change(found: Standing, payment: Payment | None, next_on: date | None, words: Words) -> str:
    if payment is None:
        return "" if found.off else words.say("no_danger")
    return words.payment(payment, off=found.off, next_on=next_on)
