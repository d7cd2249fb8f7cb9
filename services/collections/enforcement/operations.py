"""The one path by which lines and customers are judged, whatever asked for it.

Handlers, clocks and runs all end here: read what is known, apply the rules to each subject in
memory, record what follows. A constant number of statements for any number of them; the
caller holds the customers concerned (services.collections.enforcement.locks).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self
from uuid import UUID

from services.collections.agenda import store as agenda_store
from services.collections.agenda.store import Appointment
from services.collections.cases.operations import Because, Touched, follow
from services.collections.decisions.record import conditions_text, debts_text, inputs_text
from services.collections.decisions.rules import ORDERS, Exempt, Outcome, Verdict, judge, outcome_of
from services.collections.enforcement import climbing, store
from services.collections.enforcement.climbing import Climbed
from services.collections.enforcement.rules import (
    Concern,
    LineState,
    Tally,
    can_move,
    is_heard_whole,
    is_off,
)
from services.collections.enforcement.situation import (
    Concerned,
    Judged,
    learn,
    subjects_of,
    subjects_without_lines,
)
from services.collections.enforcement.store import Decided
from services.collections.policies import store as policies_store
from services.collections.policies.rules import SuspendScope
from services.collections.policies.store import Terms
from shared import clock
from shared.db import Connection
from shared.ids import new_id

Standing = tuple[Concern, LineState]


@dataclass(slots=True)
class Weighed:
    """What judging came to; nothing of it is recorded yet."""

    terms: Mapping[int, Terms] = field(default_factory=dict)
    examined: int = 0
    decided: list[Decided] = field(default_factory=list)
    climbed: list[Climbed] = field(default_factory=list)
    appointments: list[Appointment] = field(default_factory=list)
    kept_by_window: list[UUID] = field(default_factory=list)

    def count(self, outcome: Outcome) -> int:
        """How many lines it came to that outcome for."""
        return sum(made.outcome is outcome for made in self.decided)

    def would_cut(self) -> set[UUID]:
        """The lines that are cut by it, or as soon as the calendar's window opens."""
        cut = (made.concern.line_id for made in self.decided if made.outcome is Outcome.SUSPEND)
        return {*filter(None, cut), *self.kept_by_window}


async def assess(
    tx: Connection,
    concerns: Sequence[Concern],
    *,
    widen: bool = True,
    lost_before: datetime | None = None,
) -> Tally:
    """Judge the lines and customers concerned by what is known now; order what they deserve.

    Under a policy of scope `customer`, a push on one line concerns all lines of its
    customer, unless the caller names every line itself (`widen=False`). What a customer owes
    for no line, or without any, climbs the policy's ladder and orders nothing. Lines, organizations
    and policies not heard of yet are passed over: whoever brings them has the line judged
    then. Orders given before `lost_before` and not carried out are given again.
    """
    weighed = await weigh(tx, concerns, widen=widen, lost_before=lost_before)
    await store.record(tx, weighed.decided, clock.now())
    await follow(tx, [_touched(concern) for concern in concerns], weighed.terms)
    await climbing.record(tx, weighed.climbed)
    await agenda_store.put(tx, weighed.appointments)
    return Tally(
        examined=weighed.examined,
        suspended=weighed.count(Outcome.SUSPEND),
        reactivated=weighed.count(Outcome.REACTIVATE),
        reached=sum(len(each.stages) for each in weighed.climbed),
    )


async def weigh(
    tx: Connection,
    concerns: Sequence[Concern],
    *,
    widen: bool = True,
    lost_before: datetime | None = None,
) -> Weighed:
    """Judge without recording: what `assess` would do now."""
    if not concerns:
        return Weighed()
    known = await policies_store.terms(tx, {concern.organization_id for concern in concerns})
    terms = {organization_id.int: found for organization_id, found in known.items()}
    merged = _merged(concerns, terms, widen=widen)
    lines = await store.lines(tx, list(merged.lines.values()), lost_before)
    lines += await store.lines_of_customers(tx, list(merged.customers.values()), lost_before)
    without_lines = await store.without_lines(tx, _without_lines(merged, lines, terms))
    subjects = subjects_of(_worth_judging(lines, terms))
    subjects += subjects_without_lines(without_lines, terms)
    await learn(tx, subjects)
    weighed = Weighed(terms, len(lines) + len(without_lines))
    for subject in subjects:
        if subject.lines or is_heard_whole(subject.debts):
            _weigh_subject(subject, weighed)
    return weighed


def _touched(concern: Concern) -> Touched:
    """The customer of a concern, whose cases follow what is owed."""
    because = Because(*concern.cause[:3])
    return Touched(concern.organization_id, concern.customer_id, because)


@dataclass(slots=True)
class Merged:
    """One concern for each line, for each customer of whom everything is concerned, and for
    each of whom only what is owed for no line is; by their ids' numbers."""

    lines: dict[int, Concern] = field(default_factory=dict)
    customers: dict[int, Concern] = field(default_factory=dict)
    no_line: dict[int, Concern] = field(default_factory=dict)


def _merged(concerns: Iterable[Concern], terms: Mapping[int, Terms], *, widen: bool) -> Merged:
    found = Merged()
    for concern in concerns:
        known = terms.get(concern.organization_id.int)
        if known is None or (concern.mass and known.policy.safety is not None):
            continue
        jointly = widen and known.policy.suspend_scope is SuspendScope.CUSTOMER
        if jointly or concern.whole:
            merged, key = found.customers, concern.customer_id.int
        elif concern.line_id is not None:
            merged, key = found.lines, concern.line_id.int
        else:
            merged, key = found.no_line, concern.customer_id.int
        before = merged.get(key)
        merged[key] = concern if before is None else before.also(concern)
    return found


def _without_lines(
    merged: Merged, lines: Iterable[Standing], terms: Mapping[int, Terms]
) -> list[tuple[Concern, bool]]:
    """The customers to be judged by what they owe for no line, or (True) if they have none.

    Nobody under a policy that only cuts: it does nothing without a line.
    """
    with_lines = {concern.customer_id.int for concern, _ in lines}
    asked = []
    for concern in {**merged.no_line, **merged.customers}.values():
        policy = terms[concern.organization_id.int].policy
        alone = policy.suspend_scope is SuspendScope.CUSTOMER
        if policy.climbs and not (alone and concern.customer_id.int in with_lines):
            asked.append((concern._replace(line_id=None), alone))
    return asked


def _worth_judging(lines: Iterable[Standing], terms: Mapping[int, Terms]) -> Iterable[Judged]:
    """The lines that can move, or whose episode may climb; each once."""
    seen: set[int] = set()
    for concern, line in lines:
        known, off = terms[concern.organization_id.int], is_off(line)
        assert concern.line_id is not None
        if concern.line_id.int in seen:
            continue
        if known.policy.climbs or can_move(line, concern.push, off=off):
            seen.add(concern.line_id.int)
            yield Judged(concern, line, off, known)


def _weigh_subject(subject: Concerned, weighed: Weighed) -> None:
    """Judge the subject's episode, then each of its lines; without any, the episode is all."""
    policy, today = subject.terms.policy, subject.terms.today
    episode: Verdict | None = None
    decision_ids: list[UUID] = []
    reached = Reached()
    if policy.climbs:
        about = climbing.about_episode(subject)
        episode = judge(subject.debts, policy, today, about, off=False)
        reached = Reached.by(episode)
        if reached:
            about = climbing.after(about, episode, today)
            subject.about = about
    for judged in subject.lines or (None,):
        made = _decide(subject, judged, reached, weighed)
        if made is not None:
            decision_ids.append(made.id)
            weighed.decided.append(made)
            reached = Reached()
    if episode is not None:
        climbed = climbing.climbed(subject, episode, decision_ids)
        if climbed is not None:
            weighed.climbed.append(climbed)


@dataclass(frozen=True, slots=True)
class Reached:
    """What an episode came to, to be told by the first decision made of it."""

    stages: str | None = None
    fees: int = 0

    @classmethod
    def by(cls, episode: Verdict) -> Self:
        """The stages and fees of a judgement."""
        codes = " ".join(stage.code for stage in episode.reached)
        return cls(codes or None, len(episode.fees))

    def __bool__(self) -> bool:
        return self.stages is not None or self.fees > 0


def _decide(
    subject: Concerned, judged: Judged | None, reached: Reached, weighed: Weighed
) -> Decided | None:
    """The decision on a line (None: on a subject without any), if there is one to be recorded.

    There is none when all stays as it is and the cause is not worth a record.
    """
    terms = subject.terms
    about = judged.about(subject) if judged else subject.about
    line, off = (judged.line, judged.off) if judged else (None, False)
    concern = judged.concern if judged else subject.concern()
    verdict = judge(subject.debts, terms.policy, terms.today, about, off=off)
    _make_appointment(subject, concern, verdict, about.exempt, weighed, off=off)
    outcome = outcome_of(verdict, line.status if line else None, suspended=off)
    ordered = outcome in ORDERS
    if not ordered and not reached and not (concern.cause.keep and verdict.overdue):
        return None
    non_payment = line is not None and line.non_payment
    return Decided(
        id=new_id(),
        concern=concern,
        terms=terms,
        line_status=line.status if line else None,
        was_suspended=off,
        outcome=outcome,
        generation=max(line.seen, line.generation) + 1 if line and ordered else None,
        debts=debts_text(verdict.overdue),
        conditions=conditions_text(verdict),
        inputs=inputs_text(subject.debts, about, verdict, non_payment=non_payment),
        stages=reached.stages,
    )


def _make_appointment(
    subject: Concerned,
    concern: Concern,
    verdict: Verdict,
    exempt: Exempt | None,
    weighed: Weighed,
    *,
    off: bool,
) -> None:
    """Judge again when the window opens, an exemption ends, or a stage put off has its day."""
    at = climbing.next_moment(subject, verdict, exempt, off=off)
    if at is None:
        return
    if climbing.waits_for_window(verdict) and concern.line_id is not None:
        weighed.kept_by_window.append(concern.line_id)
    line_id = None if exempt is not None else subject.line_id
    appointment = Appointment(subject.organization_id, subject.customer_id, line_id, at)
    if appointment not in weighed.appointments[-1:]:
        weighed.appointments.append(appointment)
