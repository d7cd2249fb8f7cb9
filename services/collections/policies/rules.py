"""What an organization's policy asks before a line may be suspended, and at which stages.

A `Policy` is one version compiled from its document (services.collections.policies.document):
amounts in minor units, conditions read, each segment a whole policy of its own. Policies of
four terms, without stages, are what `PUT /collections/policy` makes; they suspend when grace
has ended, and nothing else, and are judged without a look at anything but debts.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from services.collections.policies.calendar import Calendar
from services.collections.policies.conditions import (
    BadCondition,
    Condition,
    Fact,
    Subject,
    facts_of,
    holds,
    read_condition,
    turns_of,
)
from services.collections.policies.document import (
    MOST_GRACE_DAYS,
    CalendarIn,
    DunningDocument,
    Overrides,
    RestoreIn,
    RestoreRule,
    SafetyIn,
    StageIn,
    StageKind,
    SuspendScope,
)
from shared.money import Money, MoneyError, MoneyIn

__all__ = ["MOST_GRACE_DAYS", "Policy", "RestoreRule", "Stage", "StageKind", "SuspendScope"]

DEFAULT_GRACE_DAYS: Final = 0
DEFAULT_MINIMUM_MINOR: Final = 1
CUTS: Final = frozenset({StageKind.SUSPEND, StageKind.RESTRICT})
# What a debt adds to from its first day late, before grace has ended.
COUNTED: Final = frozenset({Fact.OPEN_DEBTS, Fact.AMOUNT_DUE})


class BadPolicy(ValueError):
    """The document cannot be a policy; `path` leads to the part that is wrong."""

    def __init__(self, message: str, *path: str | int) -> None:
        super().__init__(message)
        self.path = path


@dataclass(frozen=True, slots=True)
class Stage:
    """A step: it comes when the debt is overdue by `day` days and its condition holds."""

    code: str
    kind: StageKind
    day: int
    when: Condition | None = None
    rule: str | None = None
    channel: str | None = None

    @property
    def cuts(self) -> bool:
        """Whether it takes a line's service away, in whole or in part: by the same hold."""
        return self.kind in CUTS


@dataclass(frozen=True)
class Policy:
    """One version of an organization's policy; versions never change.

    `minimum_minor` is in `currency`; a debt in another currency counts from its first unit.
    An inactive policy suspends nobody and switches back on whom it had suspended.
    """

    version: int
    grace_days: int
    minimum_minor: int
    currency: str
    suspend_scope: SuspendScope
    active: bool
    restore: RestoreRule = RestoreRule.BELOW_THRESHOLD
    threshold_minor: int | None = None
    calendar: Calendar | None = None
    stages: tuple[Stage, ...] = ()
    segment: str | None = None
    segments: tuple[tuple[Condition, "Policy"], ...] = ()
    safety: SafetyIn | None = None
    document: DunningDocument | None = None

    @cached_property
    def ladder(self) -> tuple[Stage, ...]:
        """The stages that follow one another, gentlest first: all but reminders."""
        chosen = (stage for stage in self.stages if stage.kind is not StageKind.REMIND)
        return tuple(sorted(chosen, key=lambda stage: (self.beyond(stage), stage.cuts, stage.code)))

    @cached_property
    def is_plain(self) -> bool:
        """Whether debts alone decide: a suspension when grace has ended, and nothing else."""
        return not self.stages

    @cached_property
    def climbs(self) -> bool:
        """Whether stages reached are recorded, here or in a segment; a lone cut has its order."""
        own = len(self.ladder) > 1 or any(not stage.cuts for stage in self.ladder)
        return own or any(variant.climbs for _, variant in self.segments)

    @cached_property
    def asks_for_today(self) -> bool:
        """Whether what falls due today counts for coming back, here or in a segment."""
        return any(variant.restore is RestoreRule.ZERO for variant in self.variants)

    @cached_property
    def needs_facts(self) -> bool:
        """Whether more than debts must be known of a customer and its lines."""
        conditions = [each for variant in self.variants for each in variant._conditions]
        asked = frozenset().union(*map(facts_of, conditions))
        by_customer = self.calendar is not None and self.calendar.zone.value == "customer"
        return by_customer or bool(asked & {Fact.TAG, Fact.PLAN, Fact.AREA, Fact.TENURE_DAYS})

    def beyond(self, stage: Stage) -> int:
        """The days a debt must be overdue for a stage: its own, or one more than grace."""
        return max(stage.day, self.grace_days + 1)

    @cached_property
    def offsets(self) -> tuple[int, ...]:
        """All days after a due date on which something may come due, soonest first."""
        return tuple(sorted(set(self._offsets())))

    def _offsets(self) -> Iterator[int]:
        yield self.grace_days + 1
        for stage in self.ladder:
            yield self.beyond(stage)
        for _, variant in self.segments:
            yield from variant.offsets
        for condition in self._conditions:
            yield from (days for days in turns_of(condition, Fact.DAYS_OVERDUE) if days > 0)
            if facts_of(condition) & COUNTED:
                yield 1

    @cached_property
    def tenure_turns(self) -> tuple[int, ...]:
        """The days since installation on which a condition here or in a segment may turn."""
        found = (turns_of(condition, Fact.TENURE_DAYS) for condition in self._conditions)
        own = frozenset().union(*found)
        return tuple(sorted(own.union(*(each.tenure_turns for _, each in self.segments))))

    @property
    def _conditions(self) -> list[Condition]:
        """Its own: those that choose its segments, and those of its stages."""
        chosen = [condition for condition, _ in self.segments]
        return chosen + [stage.when for stage in self.stages if stage.when is not None]

    @cached_property
    def variants(self) -> tuple["Policy", ...]:
        """The policy itself, and as it is for each of its segments."""
        return (self, *(variant for _, variant in self.segments))

    @cached_property
    def every_stage(self) -> tuple[Stage, ...]:
        """The stages of all variants."""
        return tuple(stage for variant in self.variants for stage in variant.stages)

    def variant(self, segment: str | None) -> "Policy":
        """The policy as it is for a segment by its name."""
        return next((each for each in self.variants if each.segment == segment), self)

    def for_subject(self, subject: Subject) -> "Policy":
        """The policy as it is for somebody: that of the first segment they belong to."""
        for condition, variant in self.segments:
            if holds(condition, subject):
                return variant
        return self


def default_policy(currency: str) -> Policy:
    """The policy of an organization that has not chosen one."""
    return Policy(
        version=1,
        grace_days=DEFAULT_GRACE_DAYS,
        minimum_minor=DEFAULT_MINIMUM_MINOR,
        currency=currency,
        suspend_scope=SuspendScope.LINE,
        active=True,
    )


def compile_policy(document: DunningDocument, version: int, currency: str, country: str) -> Policy:
    """The terms a document states for an organization; raises BadPolicy with the place."""
    minor = _reader(currency)
    base = Policy(
        version=version,
        grace_days=document.grace_days,
        minimum_minor=_amount(document.minimum_debt, currency, "minimum_debt") or 1,
        currency=currency,
        suspend_scope=document.scope,
        active=document.active,
        restore=document.restore.rule,
        threshold_minor=_amount(document.restore.threshold, currency, "restore", "threshold"),
        calendar=_calendar(document.calendar, country),
        stages=tuple(
            _stage(stage, minor, "stages", place) for place, stage in enumerate(document.stages)
        ),
        safety=document.safety,
        document=document,
    )
    segments = []
    for place, segment in enumerate(document.segments):
        condition = _condition(segment.when, minor, "segments", place, "when")
        if condition is None or Fact.SEGMENT in facts_of(condition):
            raise BadPolicy("a segment is not chosen by segment", "segments", place, "when")
        variant = _override(base, segment.overrides, minor, currency, "segments", place)
        segments.append((condition, replace(variant, segment=segment.name)))
    return replace(base, segments=tuple(segments))


def _override(
    base: Policy, by: Overrides, minor: Callable[[str], int], currency: str, *path: str | int
) -> Policy:
    changes: dict[str, object] = {}
    if by.grace_days is not None:
        changes["grace_days"] = by.grace_days
    if by.minimum_debt is not None:
        changes["minimum_minor"] = _amount(by.minimum_debt, currency, *path, "minimum_debt") or 1
    if by.restore is not None:
        changes |= _restore(by.restore, currency, *path)
    if by.stages is not None:
        changes["stages"] = tuple(
            _stage(stage, minor, *path, "overrides", "stages", place)
            for place, stage in enumerate(by.stages)
        )
    return replace(base, **changes)  # type: ignore[arg-type] # the names are those of the fields


def _restore(by: RestoreIn, currency: str, *path: str | int) -> dict[str, object]:
    threshold = _amount(by.threshold, currency, *path, "overrides", "restore", "threshold")
    return {"restore": by.rule, "threshold_minor": threshold}


def _stage(stage: StageIn, minor: Callable[[str], int], *path: str | int) -> Stage:
    return Stage(
        code=stage.code,
        kind=stage.kind,
        day=stage.day,
        when=_condition(stage.when, minor, *path, "when"),
        rule=stage.rule,
        channel=stage.channel,
    )


def _calendar(given: CalendarIn | None, country: str) -> Calendar | None:
    if given is None:
        return None
    return Calendar(
        weekdays=frozenset(given.weekdays),
        opens=given.opens,
        closes=given.closes,
        country=country if given.holidays else None,
        days=frozenset(given.days),
        zone=given.zone,
    )


def _condition(written: object, minor: Callable[[str], int], *path: str | int) -> Condition | None:
    try:
        return read_condition(written, minor)
    except BadCondition as error:
        raise BadPolicy(str(error), *path, *error.path) from error


def _amount(given: MoneyIn | None, currency: str, *path: str | int) -> int | None:
    if given is None:
        return None
    try:
        return given.to_minor(currency)
    except MoneyError as error:
        raise BadPolicy(str(error), *path) from error


def _reader(currency: str) -> Callable[[str], int]:
    return lambda text: Money.parse(text, currency).minor
