"""A customer explained from the facts of this moment: how far up the ladder, and what is next.

Of what the customer owes for no line or, where the policy counts by customers, altogether.
Lines have their own explanation (services.collections.why.operations).
"""

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.cases import episodes
from services.collections.cases.episodes import Asked
from services.collections.decisions import store as decisions
from services.collections.decisions.rules import Verdict, judge, sums_by_currency
from services.collections.enforcement import store as enforcement
from services.collections.enforcement.climbing import about_episode
from services.collections.enforcement.rules import Concern, Push, is_off
from services.collections.enforcement.situation import (
    Concerned,
    Judged,
    learn,
    subjects_of,
    subjects_without_lines,
)
from services.collections.pauses import store as pauses_store
from services.collections.policies.rules import SuspendScope
from services.collections.policies.store import Terms
from services.collections.status import store
from services.collections.status.operations import LOOKED_AT, terms_of
from services.collections.why.operations import Reason
from services.collections.why.rules import (
    HORIZON_DAYS,
    Known,
    Payment,
    next_stages,
    to_go_no_further,
)
from services.collections.why.words import Words
from shared.db import Connection, raw
from shared.problems import NotFound

FEE_OF: Final = "/"


@dataclass(frozen=True, slots=True)
class Step:
    """A stage that was reached on a day, or comes on it."""

    code: str
    kind: str
    on: date


@dataclass(frozen=True, slots=True)
class CustomerExplanation:
    """Where a customer stands, and what would change it."""

    customer_id: UUID
    without_line: bool
    language: str
    summary: str
    reasons: tuple[Reason, ...]
    reached: tuple[Step, ...]
    following: tuple[Step, ...]
    payment: Payment | None
    what_would_change_it: str
    segment: str | None
    case_id: UUID | None
    decision_id: UUID | None


async def explain_customer(
    session: AsyncSession, organization_id: UUID, customer_id: UUID, words: Words
) -> CustomerExplanation:
    """How far up the ladder a customer of an organization is; NotFound."""
    tx = await raw(session)
    if not await store.knows_customer(tx, organization_id, customer_id):
        raise NotFound("customer", customer_id)
    terms = await terms_of(session, organization_id)
    subject = await _subject(tx, terms, customer_id)
    await learn(tx, [subject], ahead_days=HORIZON_DAYS)
    known = await _known(tx, subject)
    verdict = judge(known.debts, known.policy, known.today, known.about, off=False)
    day, stages, about = next_stages(known)
    payment = to_go_no_further(known, day, about) if day is not None else None
    following = tuple(Step(each.code, each.kind.value, day) for each in stages if day)
    reached = _reached(subject)
    asked = Asked(organization_id, customer_id, terms.today, 0)
    cases = (await episodes.episodes(tx, [asked])).get(0, ())
    return CustomerExplanation(
        customer_id=customer_id,
        without_line=subject.about.without_line,
        language=words.language,
        summary=_summary(verdict, terms, reached, words),
        reasons=tuple(
            Reason(each.name.value, words.condition(each, terms.policy.variant(verdict.segment)))
            for each in verdict.conditions
            if not each.holds
        ),
        reached=reached,
        following=following,
        payment=payment,
        what_would_change_it=_change(payment, following, words),
        segment=verdict.segment,
        case_id=next((each.case_id for each in cases if each.line_id is None), None),
        decision_id=await decisions.latest_of_customer(session, organization_id, customer_id),
    )


async def _subject(tx: Connection, terms: Terms, customer_id: UUID) -> Concerned:
    """The customer as it is judged, with its lines where their debts count together."""
    organization_id = terms.organization.id
    concern = Concern(organization_id, customer_id, None, Push.EITHER, LOOKED_AT)
    if terms.policy.suspend_scope is SuspendScope.CUSTOMER:
        lines = await enforcement.lines_of_customers(tx, [concern], None)
        if lines:
            (subject,) = subjects_of(
                Judged(each, line, is_off(line), terms) for each, line in lines
            )
            return subject
    (subject,) = subjects_without_lines([concern], {organization_id.int: terms})
    return subject


async def _known(tx: Connection, subject: Concerned) -> Known:
    pauses = await pauses_store.of_customers(tx, [subject.customer_id])
    return Known(
        debts=tuple(subject.debts),
        policy=subject.terms.policy,
        today=subject.terms.today,
        about=about_episode(subject),
        pauses=tuple(pauses.get(subject.customer_id.int, ())),
        off=False,
    )


def _reached(subject: Concerned) -> tuple[Step, ...]:
    """The stages reached so far, in the order they came; fees apart from their stage are not."""
    kinds = {stage.code: stage.kind.value for stage in subject.terms.policy.every_stage}
    reached = subject.about.reached or {}
    found = [(on, code) for code, on in reached.items() if FEE_OF not in code]
    return tuple(Step(code, kinds[code], on) for on, code in sorted(found) if code in kinds)


def _summary(verdict: Verdict, terms: Terms, reached: tuple[Step, ...], words: Words) -> str:
    if not verdict.overdue:
        return words.say("customer_owes_nothing")
    worst = (terms.today - verdict.overdue[0].due_on).days
    owed = words.owed(len(verdict.overdue), worst, sums_by_currency(verdict.overdue))
    stages = words.stages((step.kind, step.on) for step in reached)
    so_far = words.say("reached", stages=stages) if reached else ""
    return words.say("customer_owes", owed=owed, reached=so_far)


def _change(payment: Payment | None, following: tuple[Step, ...], words: Words) -> str:
    if not following:
        return words.say("no_further")
    coming = words.stages((step.kind, step.on) for step in following)
    if payment is None or payment.by is None:
        return words.say("goes_on", next=coming)
    amount, day = words.amounts(payment.amounts), words.day(payment.by)
    return words.say("pay_no_further", amount=amount, day=day, next=coming)
