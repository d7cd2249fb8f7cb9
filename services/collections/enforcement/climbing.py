"""Episodes climbing their policy's ladder: which stages were reached, and what they ask for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from services.collections.cases.operations import Because, Reaching, reach_stages
from services.collections.cases.rules import Owner
from services.collections.decisions.rules import About, ConditionName, Debt, Exempt, Verdict
from services.collections.enforcement.rules import Cause
from services.collections.enforcement.situation import Concerned
from services.collections.policies.rules import Stage
from services.collections.stages import store
from services.collections.stages.store import Fee, Rung
from shared.contracts.collections import LateFeeOrdered
from shared.db import Connection

ONCE: Final = "once"


@dataclass(frozen=True, slots=True)
class Climbed:
    """How one episode went on: the stages it reached now, or that it has ended."""

    subject: Concerned
    cause: Cause
    stages: tuple[Stage, ...]
    fees: tuple[tuple[Stage, Debt], ...]
    decision_id: UUID | None
    overdue: tuple[Debt, ...]
    cured: bool


def about_episode(subject: Concerned) -> About:
    """What counts for the episode: a line of its own that is essential is never cut."""
    if subject.line_id is None:
        return subject.about
    return subject.lines[0].about(subject)


def after(about: About, episode: Verdict, today: date) -> About:
    """The same with the stages and fees of a judgement behind it."""
    reached = dict(about.reached or {})
    reached.update({stage.code: today for stage in episode.reached})
    reached.update({_fee_key(stage, debt): today for stage, debt in episode.fees})
    return replace(about, reached=reached)


def climbed(subject: Concerned, episode: Verdict, decision_ids: Sequence[UUID]) -> Climbed | None:
    """What there is to record of an episode; None when it is where it was."""
    cured = subject.about.reached is not None and not episode.overdue
    if not (episode.reached or episode.fees or cured):
        return None
    return Climbed(
        subject=subject,
        cause=subject.cause,
        stages=episode.reached,
        fees=episode.fees,
        decision_id=decision_ids[0] if decision_ids else None,
        overdue=episode.overdue,
        cured=cured,
    )


async def record(tx: Connection, climbed: Sequence[Climbed]) -> None:
    """Keep how far episodes have come, and order the late fees that stages charge."""
    if not climbed:
        return
    on = [each for each in climbed if not each.cured]
    await store.reach(tx, [_rung(each) for each in on])
    await store.forget(tx, [each.subject.id for each in climbed if each.cured])
    await store.order_fees(tx, [fee for each in on for fee in _fees(each)])
    await reach_stages(tx, [reaching for each in on for reaching in _reachings(each)])


def next_moment(
    subject: Concerned, verdict: Verdict, exempt: Exempt | None, *, off: bool
) -> datetime | None:
    """When time alone may change what a line deserves, if not by a due date: None for never.

    A pause makes its appointments when it is put; an exemption may come to a customer who
    moves into its area, so whoever has one is judged on the day after it.
    """
    zone = subject.terms.organization.zone
    if exempt is not None and verdict.overdue:
        return datetime.combine(exempt.until_on + timedelta(days=1), time.min, tzinfo=zone)
    if off:
        return None
    calendar, local = subject.terms.policy.calendar, subject.about.local
    if calendar is not None and local is not None and waits_for_window(verdict):
        return calendar.next_opening(local)
    days = [day for day in (verdict.waits_for, _tenure_turns_on(subject, verdict)) if day]
    if days:
        return datetime.combine(min(days), time.min, tzinfo=zone)
    return None


def _tenure_turns_on(subject: Concerned, verdict: Verdict) -> date | None:
    """The next day on which a condition on how long the line has been installed may turn."""
    installed_on, today = subject.about.installed_on, subject.terms.today
    if installed_on is None or not verdict.overdue:
        return None
    turns = (installed_on + timedelta(days=turn) for turn in subject.terms.policy.tenure_turns)
    return next((day for day in turns if day > today), None)


def waits_for_window(verdict: Verdict) -> bool:
    """Whether a closed window keeps a stage back."""
    return verdict.window_closed or waits_for_window_alone(verdict)


def waits_for_window_alone(verdict: Verdict) -> bool:
    """Whether a line would be cut but for a closed window."""
    failing = [condition for condition in verdict.conditions if not condition.holds]
    return [condition.name for condition in failing] == [ConditionName.WINDOW_OPEN]


def _rung(each: Climbed) -> Rung:
    subject = each.subject
    return Rung(
        subject.id,
        subject.organization_id,
        subject.customer_id,
        subject.line_id,
        subject.about.reached or {},
        subject.terms.today,
    )


def _reachings(each: Climbed) -> list[Reaching]:
    subject, cause = each.subject, each.cause
    owner = Owner(subject.organization_id, subject.customer_id, subject.line_id)
    because = Because(cause.type, cause.event_id, cause.traceparent)
    today = subject.terms.today
    return [
        Reaching(owner, stage.code, stage.kind.value, today, each.decision_id, because)
        for stage in each.stages
    ]


def _fees(each: Climbed) -> list[Fee]:
    if each.decision_id is None:
        return []
    subject = each.subject
    return [
        Fee(
            subject.organization_id,
            LateFeeOrdered(
                invoice_id=debt.invoice_id,
                customer_id=subject.customer_id,
                line_id=debt.line_id,
                decision_id=each.decision_id,
                rule=stage.rule or stage.code,
                period=ONCE,
                ordered_on=subject.terms.today,
            ),
            each.cause.event_id,
            each.cause.traceparent,
        )
        for stage, debt in each.fees
    ]


def _fee_key(stage: Stage, debt: Debt) -> str:
    return f"{stage.code}/{debt.invoice_id}"
