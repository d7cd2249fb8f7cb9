"""When a line deserves to be suspended, and what follows for it.

Pure rules: debts, policy, today and what else is known in, verdict out. No clock, no
database, no events. The same facts give the same answer, so that a repeated or reordered
event is harmless.

A line deserves suspension while the policy is active, some debt is overdue by more days
than its grace, and those debts together reach its minimum. With no grace that is the day
after the due date. A policy of stages asks for more: see `judge`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, Final, NamedTuple

from services.collections.debts.debt import Debt, sums_by_currency
from services.collections.decisions.about import NOTHING_ELSE, About, Exempt, subject_of
from services.collections.pauses.rules import what_counts
from services.collections.policies.conditions import holds
from services.collections.policies.rules import Policy, RestoreRule, Stage, StageKind
from shared.contracts.customers import LineStatus

__all__ = ["NOTHING_ELSE", "About", "Debt", "Exempt", "sums_by_currency"]

ENFORCEABLE: Final = frozenset({LineStatus.ACTIVE, LineStatus.SUSPENDED})


class Outcome(StrEnum):
    """What an evaluation led to."""

    SUSPEND = "suspend"
    REACTIVATE = "reactivate"
    KEEP_SUSPENDED = "keep_suspended"
    KEEP_ACTIVE = "keep_active"
    NONE = "none"


ORDERS: Final = frozenset({Outcome.SUSPEND, Outcome.REACTIVATE})


class ConditionName(StrEnum):
    """The conditions of a suspension, in the order they are judged."""

    POLICY_ACTIVE = "policy_active"
    OVERDUE = "overdue"
    BEYOND_GRACE = "beyond_grace"
    MINIMUM_DEBT = "minimum_debt"
    NOT_PAUSED = "not_paused"
    NOT_EXEMPT = "not_exempt"
    NOT_ESSENTIAL = "not_essential"
    HAS_LINE = "has_line"
    STAGE_DAY = "stage_day"
    STAGES_BEFORE = "stages_before"
    STAGE_CONDITION = "stage_condition"
    WINDOW_OPEN = "window_open"
    NOT_RESTORED = "not_restored"


# What keeps a line off that is off already.
KEEP_OFF: Final = frozenset(
    {
        ConditionName.POLICY_ACTIVE,
        ConditionName.NOT_EXEMPT,
        ConditionName.NOT_ESSENTIAL,
        ConditionName.NOT_RESTORED,
    }
)


class Condition(NamedTuple):
    """One condition, the value it was judged by, and whether it holds.

    The value is: whether the policy is active; how many debts are overdue; the days the
    oldest of them is overdue; the minor units overdue beyond grace, by currency. Only where
    there is something to say: what pauses cover, by currency; the exemption; whether the line
    is essential; whether there is a line at all; the days the stage that cuts takes; the day
    it waits for because of the stages before it; what its own condition found; the local
    time; the rule of coming back.
    """

    name: ConditionName
    value: Any
    holds: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the debts justify a suspension (all conditions hold), and why."""

    justified: bool
    conditions: tuple[Condition, ...]
    overdue: tuple[Debt, ...]
    segment: str | None = None
    reached: tuple[Stage, ...] = ()
    fees: tuple[tuple[Stage, Debt], ...] = ()
    waits_for: date | None = None
    window_closed: bool = False


def deserved(debts: Collection[Debt], policy: Policy, today: date) -> Verdict:
    """Judge what is open on `today`; debts not yet overdue count for nothing."""
    if not debts:
        return nothing_overdue(policy.active)
    overdue = sorted(
        (debt for debt in debts if debt.open_minor > 0 and debt.due_on < today),
        key=lambda debt: (debt.due_on, debt.invoice_id.int),
    )
    if not overdue:
        return nothing_overdue(policy.active)
    worst = (today - overdue[0].due_on).days
    beyond = sums_by_currency(
        debt for debt in overdue if (today - debt.due_on).days > policy.grace_days
    )
    enough = reaches_minimum(beyond, policy)
    return Verdict(
        justified=policy.active and enough,
        conditions=(
            Condition(ConditionName.POLICY_ACTIVE, policy.active, policy.active),
            Condition(ConditionName.OVERDUE, len(overdue), True),
            Condition(ConditionName.BEYOND_GRACE, worst, worst > policy.grace_days),
            Condition(ConditionName.MINIMUM_DEBT, beyond, enough),
        ),
        overdue=tuple(overdue),
    )


def judge(
    debts: Collection[Debt], policy: Policy, today: date, about: About, *, off: bool
) -> Verdict:
    """Judge a line that is or is not `off` by a policy of stages, and by all that is known.

    A stage is due when what counts (overdue, not covered by a pause) has reached its minimum
    beyond grace and the oldest of it is overdue by the stage's days, its condition holds, and
    every stage before it was reached at least their distance ago: so a stage that came late
    puts off those after it, and none is ever skipped. Stages whose condition does not hold
    are passed over. A stage that cuts waits for the calendar, too.

    A line that is on is cut by the first stage that cuts. One that is off stays so until the
    rule of coming back is met: no calendar and no stage counts for that. Only a line that is
    on climbs the ladder: whoever judges a customer's episode judges it as if it were on.
    """
    if policy.is_plain and about is NOTHING_ELSE:
        return deserved(debts, policy, today)
    return _Case(debts, policy, today, about, off=off).verdict()


class _Case:
    """One judgement while it is made."""

    def __init__(
        self, debts: Collection[Debt], policy: Policy, today: date, about: About, *, off: bool
    ) -> None:
        open_debts = [debt for debt in debts if debt.open_minor > 0]
        overdue = [debt for debt in open_debts if debt.due_on < today]
        self.overdue = tuple(sorted(overdue, key=lambda debt: (debt.due_on, debt.invoice_id.int)))
        self.today, self.about, self.off = today, about, off
        self.due = what_counts(open_debts, about.pauses, off=off)
        self.counted = [debt for debt in self.due if debt.due_on < today]
        self.worst = (today - self.counted[0].due_on).days if self.counted else 0
        self.subject = subject_of(self.counted, policy, today, about)
        self.policy = policy.for_subject(self.subject)
        self.subject.segment = self.policy.segment
        self.beyond = sums_by_currency(
            debt for debt in self.counted if (today - debt.due_on).days > self.policy.grace_days
        )
        self.enough = reaches_minimum(self.beyond, self.policy)
        self.free = about.exempt is None and self.policy.active
        self.reached: list[Stage] = []
        self.fees: list[tuple[Stage, Debt]] = []
        self.waits_for: date | None = None
        self.window_closed = False

    def verdict(self) -> Verdict:
        """The conditions one after the other; all of them hold where the verdict is that."""
        conditions = [*self._plain(), *self._reliefs()]
        if not self.off:
            self._climb()
        if self.off:
            conditions.append(self._not_restored())
            deciding = [each for each in conditions if each.name in KEEP_OFF]
        else:
            if not self.about.without_line:
                conditions += [*self._stage(), *self._window()]
            deciding = conditions
        return Verdict(
            justified=all(condition.holds for condition in deciding),
            conditions=tuple(conditions),
            overdue=self.overdue,
            segment=self.policy.segment,
            reached=tuple(self.reached),
            fees=tuple(self.fees),
            waits_for=self.waits_for,
            window_closed=self.window_closed,
        )

    def _plain(self) -> list[Condition]:
        active, grace = self.policy.active, self.policy.grace_days
        return [
            Condition(ConditionName.POLICY_ACTIVE, active, active),
            Condition(ConditionName.OVERDUE, len(self.overdue), bool(self.overdue)),
            Condition(ConditionName.BEYOND_GRACE, self.worst, self.worst > grace),
            Condition(ConditionName.MINIMUM_DEBT, self.beyond, self.enough),
        ]

    def _reliefs(self) -> list[Condition]:
        found = []
        if self.about.pauses and self.overdue:
            before, after = sums_by_currency(self.overdue), sums_by_currency(self.counted)
            covered = {name: minor - after.get(name, 0) for name, minor in before.items()}
            covered = {name: minor for name, minor in covered.items() if minor}
            found.append(Condition(ConditionName.NOT_PAUSED, covered, bool(self.counted)))
        if self.about.exempt is not None:
            _, reason, until_on = self.about.exempt
            said = [reason, until_on.isoformat()]
            found.append(Condition(ConditionName.NOT_EXEMPT, said, False))
        if self.about.essential:
            found.append(Condition(ConditionName.NOT_ESSENTIAL, True, False))
        if self.about.without_line:
            found.append(Condition(ConditionName.HAS_LINE, False, False))
        return found

    def _climb(self) -> None:
        """Note the stages that are due today, and the day the next one waits for."""
        reached = dict(self.about.reached or {})
        never_cut = self.about.essential or self.about.without_line
        before: list[tuple[Stage, date]] = []
        for stage in self.policy.ladder if self.free and self.enough else ():
            if self.worst < self.policy.beyond(stage):
                return
            if not holds(stage.when, self.subject) or (stage.cuts and never_cut):
                continue
            if stage.code not in reached:
                ready = self._ready_on(stage, before)
                if ready > self.today:
                    self.waits_for = ready
                    return
                if stage.cuts and not self._is_open():
                    self.window_closed = True
                    return
                self.reached.append(stage)
                reached[stage.code] = self.today
            before.append((stage, reached[stage.code]))
            if stage.kind is StageKind.LATE_FEE:
                self._charge(stage, reached)

    def _ready_on(self, stage: Stage, before: Sequence[tuple[Stage, date]]) -> date:
        """The first day on which every stage before it was reached long enough ago."""
        needs = self.policy.beyond(stage)
        days = (day + timedelta(days=needs - self.policy.beyond(each)) for each, day in before)
        return max(days, default=self.today)

    def _charge(self, stage: Stage, reached: Mapping[str, date]) -> None:
        for debt in self.counted:
            late = (self.today - debt.due_on).days >= self.policy.beyond(stage)
            if late and not debt.is_fee and f"{stage.code}/{debt.invoice_id}" not in reached:
                self.fees.append((stage, debt))

    def _stage(self) -> list[Condition]:
        """Of the stage that would cut: its days, those before it, its condition."""
        if not self.policy.stages:
            return []
        cutting = [stage for stage in self.policy.ladder if stage.cuts]
        stage = next((each for each in cutting if holds(each.when, self.subject)), None)
        if stage is None:
            names = [each.code for each in cutting]
            return [Condition(ConditionName.STAGE_CONDITION, [names, self.subject.seen], False)]
        days = self.policy.beyond(stage)
        found = [Condition(ConditionName.STAGE_DAY, days, self.worst >= days)]
        done = stage.code in (self.about.reached or {}) or stage in self.reached
        if self.worst >= days and self.waits_for is not None and not done:
            until = self.waits_for.isoformat()
            found.append(Condition(ConditionName.STAGES_BEFORE, until, False))
        if stage.when is not None:
            said = [[stage.code], self.subject.seen]
            found.append(Condition(ConditionName.STAGE_CONDITION, said, True))
        return found

    def _window(self) -> list[Condition]:
        if self.policy.calendar is None or self.about.local is None:
            return []
        is_open = self._is_open()
        local = self.about.local.isoformat(timespec="minutes")
        return [Condition(ConditionName.WINDOW_OPEN, local, is_open)]

    def _is_open(self) -> bool:
        calendar, local = self.policy.calendar, self.about.local
        return calendar is None or local is None or calendar.is_open(local)

    def _not_restored(self) -> Condition:
        rule = self.policy.restore
        match rule:
            case RestoreRule.ZERO:
                owes = any(debt.due_on <= self.today for debt in self.due)
            case RestoreRule.BELOW_THRESHOLD:
                owes = reaches_minimum(self.beyond, self.policy, self.policy.threshold_minor)
            case RestoreRule.PAST_DUE_CLEARED | RestoreRule.FIRST_INSTALMENT:
                owes = bool(self.counted)
        return Condition(ConditionName.NOT_RESTORED, rule.value, owes)


@cache
def nothing_overdue(policy_active: bool) -> Verdict:
    """The verdict on a line with no overdue debt; one object, for there are many."""
    return Verdict(
        justified=False,
        conditions=(
            Condition(ConditionName.POLICY_ACTIVE, policy_active, policy_active),
            Condition(ConditionName.OVERDUE, 0, False),
            Condition(ConditionName.BEYOND_GRACE, 0, False),
            Condition(ConditionName.MINIMUM_DEBT, {}, False),
        ),
        overdue=(),
    )


def outcome_of(verdict: Verdict, status: str | None, *, suspended: bool) -> Outcome:
    """What follows for a line that is (or is ordered to be) `suspended` for non-payment.

    Only an installed line is ever ordered off. A cancelled one is beyond orders: its holds
    went with it. Without a line (no status) nothing is ordered.
    """
    if status is None or status == LineStatus.CANCELLED:
        return Outcome.NONE
    if verdict.justified:
        if suspended:
            return Outcome.KEEP_SUSPENDED
        return Outcome.SUSPEND if status in ENFORCEABLE else Outcome.NONE
    if suspended:
        return Outcome.REACTIVATE
    return Outcome.KEEP_ACTIVE if verdict.overdue and status in ENFORCEABLE else Outcome.NONE


def reaches_minimum(
    sums: Mapping[str, int], policy: Policy, least_minor: int | None = None
) -> bool:
    """Whether sums by currency come to the policy's minimum, or another least."""
    least = max(policy.minimum_minor if least_minor is None else least_minor, 1)
    return any(
        minor >= (least if currency == policy.currency else 1) for currency, minor in sums.items()
    )
