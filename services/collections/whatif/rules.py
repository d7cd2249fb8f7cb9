"""A policy applied to the recorded past of one line or customer, day by day.

Pure rules: debts with their histories in, steps out, by the very function that decides
(`services.collections.decisions.rules.judge`). Only days on which something can change are
looked at: a debt becoming late by a number of days the policy names, money coming or going,
a pause beginning or ending, a stage or a window waited for. Every day is taken to be judged
once, at the first minute of its window.
"""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from services.collections.contacts.rules import ContactRules
from services.collections.debts.debt import Debt
from services.collections.decisions.rules import About, judge
from services.collections.pauses.rules import Pause
from services.collections.policies.document import StageKind
from services.collections.policies.rules import Policy
from services.collections.reminders.rules import Schedule, asked_on
from services.collections.reminders.schedules import everybodys, narrows, own_schedule

PAIR_WITHIN: Final = timedelta(days=31)
SUSPEND: Final = StageKind.SUSPEND.value
REMIND: Final = StageKind.REMIND.value


@dataclass(frozen=True, slots=True)
class Past:
    """A debt and what was settled of it from each day on; `gone_on`: annulled that day."""

    debt: Debt
    issued_on: date
    settled: tuple[tuple[date, int], ...]
    gone_on: date | None = None

    def open_before(self, day: date) -> int:
        """What was open of it when a day began; of what was issued that day, at its end."""
        began = max(day - timedelta(days=1), self.issued_on)
        return self.open_on(began) if began <= day else 0

    def open_on(self, day: date) -> int:
        """What was open of it at the end of a day."""
        if day < self.issued_on or (self.gone_on is not None and self.gone_on <= day):
            return 0
        settled = 0
        for since, sum_minor in self.settled:
            if since > day:
                break
            settled = sum_minor
        return max(0, self.debt.open_minor - settled)


class Step(NamedTuple):
    """Something that happens to somebody on a day."""

    kind: str
    on: date
    stage: str
    amount_minor: int


class Compared(NamedTuple):
    """The same step under the policy tried (`would_on`) and as it was done (`did_on`)."""

    kind: str
    would_on: date | None
    did_on: date | None
    stage: str | None
    amount_minor: int | None


def settled_over_time(
    changes: Iterable[tuple[str, date, int, int]],
) -> tuple[tuple[date, int], ...]:
    """The sums settled from each day on, of changes (kind, day, version, sum of the kind)."""
    latest: dict[str, int] = {}
    found: dict[date, int] = {}
    for kind, day, _, settled in sorted(changes, key=lambda each: (each[1], each[2])):
        latest[kind] = settled
        found[day] = sum(latest.values())
    return tuple(sorted(found.items()))


def replayed(
    pasts: Sequence[Past],
    policy: Policy,
    about: About,
    pauses: Sequence[Pause],
    from_on: date,
    to_on: date,
) -> list[Step]:
    """The steps the policy takes between two days, and the days of coming back."""
    if not pasts:
        return []
    steps = list(_reminders(pasts, policy, about, pauses, from_on, to_on))
    days = _Days(pasts, policy, pauses, to_on)
    reached: dict[str, date] = {}
    off = False
    for day in days:
        debts = [
            each.debt._replace(open_minor=open_minor)
            for each in pasts
            if each.debt.due_on < day and (open_minor := each.open_on(day))
        ]
        if not debts:
            reached, off = {}, False
            continue
        at = _about_on(about, policy, pauses, day, reached)
        if off:
            off = judge(debts, policy, day, at, off=True).justified
            at = replace(at, reached=dict(reached))
        episode = judge(debts, policy, day, at, off=False)
        if episode.waits_for is not None:
            days.add(episode.waits_for)
        if episode.window_closed and policy.calendar is not None:
            days.add(policy.calendar.first_open_day(day + timedelta(days=1)))
        amount = sum(debt.open_minor for debt in debts if debt.currency == policy.currency)
        for stage in episode.reached:
            reached[stage.code] = day
            if not stage.cuts and day >= from_on:
                steps.append(Step(stage.kind.value, day, stage.code, amount))
        if episode.justified and not off:
            off = True
            if day >= from_on:
                steps.append(Step(SUSPEND, day, "", amount))
    return steps


class _Days:
    """The days to look at, soonest first, each once; more may be added on the way."""

    def __init__(
        self, pasts: Sequence[Past], policy: Policy, pauses: Sequence[Pause], to_on: date
    ) -> None:
        self._to_on = to_on
        self._seen: set[date] = set()
        self._heap: list[date] = []
        for past in pasts:
            for offset in policy.offsets:
                day = past.debt.due_on + timedelta(days=offset)
                if past.open_on(day):
                    self.add(day)
            for since, _ in past.settled:
                if since > past.debt.due_on:
                    self.add(since)
            if past.gone_on is not None and past.gone_on > past.debt.due_on:
                self.add(past.gone_on)
        for pause in pauses:
            self.add(pause.from_on)
            if pause.until_on is not None:
                self.add(pause.until_on + timedelta(days=1))

    def add(self, day: date | None) -> None:
        """Look at a day, too."""
        if day is not None and day <= self._to_on and day not in self._seen:
            self._seen.add(day)
            heapq.heappush(self._heap, day)

    def __iter__(self) -> "_Days":
        return self

    def __next__(self) -> date:
        if not self._heap:
            raise StopIteration
        return heapq.heappop(self._heap)


def _about_on(
    about: About, policy: Policy, pauses: Sequence[Pause], day: date, reached: dict[str, date]
) -> About:
    counting = tuple(
        pause
        for pause in pauses
        if pause.from_on <= day and (pause.until_on is None or day <= pause.until_on)
    )
    local = None
    if policy.calendar is not None:
        local = datetime.combine(day, policy.calendar.opens)
    return replace(about, pauses=counting, reached=dict(reached), local=local)


def _reminders(
    pasts: Sequence[Past],
    policy: Policy,
    about: About,
    pauses: Sequence[Pause],
    from_on: date,
    to_on: date,
) -> Iterator[Step]:
    """The days on which somebody is reminded, by the schedule that is theirs on that day.

    Reminders go out when a day begins; those of one day are one step.
    """
    schedule = everybodys(policy, ContactRules())
    asked = _asked(pasts, schedule, from_on, to_on)
    for day in sorted(asked):
        own, counting = schedule, _about_on(about, policy, pauses, day, {})
        if narrows(policy):
            overdue = [_debt(past, day) for past in pasts if past.debt.due_on < day]
            own = own_schedule([debt for debt in overdue if debt.open_minor], policy, day, counting)
        yesterday = day - timedelta(days=1)
        stage, amount = None, 0
        for debt in (_debt(past, day) for past in asked[day]):
            offset = asked_on(own, yesterday, day, debt.due_on)
            if offset is not None and not _is_left_in_peace(debt, counting.pauses):
                stage = stage or own.stage_on(offset)
                amount += debt.open_minor
        if amount:
            yield Step(REMIND, day, stage or "", amount)


def _asked(
    pasts: Sequence[Past], schedule: Schedule, from_on: date, to_on: date
) -> dict[date, list[Past]]:
    """The debts that may be reminded of, by day."""
    offsets = {*schedule.overdue_days, *(-day for day in schedule.upcoming_days)}
    offsets |= {0} if schedule.due_today else set()
    found: dict[date, list[Past]] = {}
    for past in pasts:
        for offset in offsets:
            day = past.debt.due_on + timedelta(days=offset)
            if from_on <= day <= to_on and past.open_before(day):
                found.setdefault(day, []).append(past)
    return found


def _debt(past: Past, day: date) -> Debt:
    return past.debt._replace(open_minor=past.open_before(day))


def _is_left_in_peace(debt: Debt, pauses: Iterable[Pause]) -> bool:
    """As services.collections.reminders.pauses has it."""
    return any(
        pause.covers(debt) and (pause.amount_minor is None or pause.amount_minor >= debt.open_minor)
        for pause in pauses
    )


def compared(would: Iterable[Step], did: Iterable[tuple[str, date]]) -> list[Compared]:
    """Both, step by step of each kind: on the same day, else within a month of each other."""
    found: list[Compared] = []
    done: dict[str, list[date]] = {}
    for kind, on in sorted(set(did)):
        done.setdefault(kind, []).append(on)
    left: list[Step] = []
    for step in sorted(would, key=lambda each: (each.kind, each.on, each.stage)):
        theirs = done.get(step.kind, [])
        if step.on in theirs:
            theirs.remove(step.on)
            found.append(Compared(step.kind, step.on, step.on, step.stage, step.amount_minor))
        else:
            left.append(step)
    for step in left:
        theirs = done.get(step.kind, [])
        while theirs and theirs[0] < step.on - PAIR_WITHIN:
            found.append(Compared(step.kind, None, theirs.pop(0), None, None))
        same = theirs.pop(0) if theirs and theirs[0] <= step.on + PAIR_WITHIN else None
        found.append(Compared(step.kind, step.on, same, step.stage, step.amount_minor))
    for kind, rest in done.items():
        found += [Compared(kind, None, on, None, None) for on in rest]
    return sorted(found, key=lambda each: (each.kind, each.would_on or each.did_on or date.min))


class Whose(NamedTuple):
    """Whose past it is: a line's, or (by scope) a customer's."""

    customer_id: UUID
    line_id: UUID | None
