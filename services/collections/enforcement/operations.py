"""The one path by which lines are judged, whatever asked for it.

Handlers, clocks and runs all end here: read what is known, apply the rules to each line in
memory, record what follows. A constant number of statements for any number of lines; the
caller holds the customers concerned (services.collections.enforcement.locks).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.collections.agenda import store as agenda_store
from services.collections.agenda.store import Appointment
from services.collections.cases.operations import Because, Touched, follow
from services.collections.cases.rules import Owner
from services.collections.decisions.record import conditions_text, debts_text, inputs_text
from services.collections.decisions.rules import ORDERS, Exempt, Outcome, Verdict, judge, outcome_of
from services.collections.enforcement import climbing, store
from services.collections.enforcement.climbing import Climbed
from services.collections.enforcement.rules import Concern, LineState, Tally, can_move, is_off
from services.collections.enforcement.situation import Judged, Subject, learn, subjects_of
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
    segments: dict[Owner, str] = field(default_factory=dict)

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
    """Judge the lines concerned by what is known now; order what they deserve.

    Under a policy of scope `customer`, a push on one line concerns all lines of its
    customer, unless the caller names every line itself (`widen=False`). Lines, organizations
    and policies not heard of yet are passed over: whoever brings them has the line judged
    then. Orders given before `lost_before` and not carried out are given again.
    """
    weighed = await weigh(tx, concerns, widen=widen, lost_before=lost_before)
    await store.record(tx, weighed.decided, clock.now())
    await follow(tx, [_touched(concern) for concern in concerns], weighed.terms, weighed.segments)
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
    by_line, by_customer = _merged(concerns, terms, widen=widen)
    lines = await store.lines(tx, by_line, lost_before)
    lines += await store.lines_of_customers(tx, by_customer, lost_before)
    subjects = subjects_of(_worth_judging(lines, terms))
    await learn(tx, subjects)
    weighed = Weighed(terms, len(lines))
    for subject in subjects:
        _weigh_subject(subject, weighed)
    return weighed


def _touched(concern: Concern) -> Touched:
    """The customer of a concern, whose cases follow what is owed."""
    because = Because(*concern.cause[:3])
    return Touched(concern.organization_id, concern.customer_id, because)


def _merged(
    concerns: Iterable[Concern], terms: Mapping[int, Terms], *, widen: bool
) -> tuple[list[Concern], list[Concern]]:
    """One concern for each line, and for each customer of whom every line is concerned."""
    by_line: dict[int, Concern] = {}
    by_customer: dict[int, Concern] = {}
    for concern in concerns:
        known = terms.get(concern.organization_id.int)
        if known is None or (concern.mass and known.policy.safety is not None):
            continue
        jointly = widen and known.policy.suspend_scope is SuspendScope.CUSTOMER
        if jointly or concern.whole:
            merged, key = by_customer, concern.customer_id.int
        elif concern.line_id is not None:
            merged, key = by_line, concern.line_id.int
        else:
            continue
        before = merged.get(key)
        merged[key] = concern if before is None else before.also(concern)
    return list(by_line.values()), list(by_customer.values())


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


def _weigh_subject(subject: Subject, weighed: Weighed) -> None:
    """Judge the subject's episode, then each of its lines."""
    policy, today = subject.terms.policy, subject.terms.today
    episode: Verdict | None = None
    decision_ids: list[UUID] = []
    stages: str | None = None
    if policy.climbs:
        about = climbing.about_episode(subject)
        episode = judge(subject.debts, policy, today, about, off=False)
        stages = " ".join(stage.code for stage in episode.reached) or None
        if episode.reached or episode.fees:
            about = climbing.after(about, episode, today)
            subject.about = about
    for judged in subject.lines:
        made = _decide(subject, judged, stages, weighed)
        if made is not None:
            decision_ids.append(made.id)
            weighed.decided.append(made)
            stages = None
    if episode is not None:
        climbed = climbing.climbed(subject, episode, decision_ids)
        if climbed is not None:
            weighed.climbed.append(climbed)


def _decide(
    subject: Subject, judged: Judged, stages: str | None, weighed: Weighed
) -> Decided | None:
    """The decision on a line; None when it stays as it is and the cause is not worth a record."""
    concern, line, off, terms = judged.concern, judged.line, judged.off, judged.terms
    about = judged.about(subject)
    verdict = judge(subject.debts, terms.policy, terms.today, about, off=off)
    _make_appointment(subject, judged, verdict, about.exempt, weighed)
    if verdict.segment is not None:
        owner = Owner(subject.organization_id, subject.customer_id, subject.line_id)
        weighed.segments[owner] = verdict.segment
    outcome = outcome_of(verdict, line.status, suspended=off)
    ordered = outcome in ORDERS
    if not ordered and stages is None and not (concern.cause.keep and verdict.overdue):
        return None
    return Decided(
        id=new_id(),
        concern=concern,
        terms=terms,
        line_status=line.status,
        was_suspended=off,
        outcome=outcome,
        generation=max(line.seen, line.generation) + 1 if ordered else None,
        debts=debts_text(verdict.overdue),
        conditions=conditions_text(verdict),
        inputs=inputs_text(subject.debts, about, verdict, non_payment=line.non_payment),
        stages=stages,
    )


def _make_appointment(
    subject: Subject, judged: Judged, verdict: Verdict, exempt: Exempt | None, weighed: Weighed
) -> None:
    """Judge again when the window opens, an exemption ends, or a stage put off has its day."""
    at = climbing.next_moment(subject, verdict, exempt, off=judged.off)
    if at is None:
        return
    if climbing.waits_for_window(verdict) and judged.concern.line_id is not None:
        weighed.kept_by_window.append(judged.concern.line_id)
    line_id = None if exempt is not None else subject.line_id
    appointment = Appointment(subject.organization_id, subject.customer_id, line_id, at)
    if appointment not in weighed.appointments[-1:]:
        weighed.appointments.append(appointment)
