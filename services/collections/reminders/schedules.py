"""The schedules an organization reminds by, out of its policy.

Stages of kind `remind` are days of a schedule: those of a customer's own segment, and of them
those whose condition holds. A policy of four terms says nothing of reminders and has the
schedule that comes with us.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from services.collections.channels.rules import Channel
from services.collections.contacts.operations import rules_of
from services.collections.contacts.rules import ContactRules
from services.collections.debts.debt import Debt
from services.collections.decisions.about import About, terms_for
from services.collections.policies import store as policies
from services.collections.policies.conditions import holds
from services.collections.policies.document import RemindersIn, StageKind
from services.collections.policies.rules import Policy, Stage
from services.collections.policies.store import Terms
from services.collections.reminders.rules import Schedule
from shared.db import Connection

WAYS: Final = frozenset(channel.value for channel in Channel)


@dataclass(frozen=True, slots=True)
class Schedules:
    """What an organization reminds by: on the days of `everybody` somebody may be reminded.

    Whether it is this customer follows from its own schedule, which is everybody's unless the
    policy `narrows`.
    """

    everybody: Schedule
    terms: Terms | None = None

    @property
    def narrows(self) -> bool:
        """Whether segments or conditions decide who is reminded."""
        return self.terms is not None and narrows(self.terms.policy)

    def names(self, code: str) -> bool:
        """Whether some segment has a reminder of that code."""
        if self.terms is None:
            return False
        chosen = (each for each in self.terms.policy.every_stage if each.kind is StageKind.REMIND)
        return any(stage.code == code for stage in chosen)


async def schedules_of(tx: Connection, organization_id: UUID) -> Schedules:
    """The schedules of the policy in force; ours where there is no policy yet."""
    terms = (await policies.terms(tx, [organization_id])).get(organization_id)
    if terms is None:
        return Schedules(Schedule())
    return Schedules(everybodys(terms.policy, rules_of(terms)), terms)


def narrows(policy: Policy) -> bool:
    """Whether segments or conditions decide who is reminded."""
    conditions = (stage.when for stage in reminders_of(policy))
    return bool(policy.segments) or any(when is not None for when in conditions)


def everybodys(policy: Policy, contact: ContactRules) -> Schedule:
    """All days on which anybody may be reminded, whichever conditions hold for whom."""
    if not narrows(policy):
        return schedule_in(policy, contact)
    found = [
        schedule_in(variant, contact, stages)
        for variant in policy.variants
        for stages in _beginnings(reminders_of(variant))
    ]
    return Schedule(
        upcoming_days=tuple(sorted({day for each in found for day in each.upcoming_days})),
        due_today=any(each.due_today for each in found),
        overdue_until=0,
        overdue_on=tuple(sorted({day for each in found for day in each.overdue_days})),
        channels=found[0].channels,
        contact=found[0].contact,
    )


def own_schedule(debts: Sequence[Debt], policy: Policy, today: date, about: About) -> Schedule:
    """The days of somebody with those debts: of the segment, by what holds on that day."""
    own, facts = terms_for(debts, policy, today, about)
    stages = tuple(stage for stage in reminders_of(own) if holds(stage.when, facts))
    return schedule_in(own, ContactRules(), stages)


def schedule_in(
    policy: Policy, contact: ContactRules, stages: tuple[Stage, ...] | None = None
) -> Schedule:
    """The schedule a policy comes to, by all of its reminders or only some.

    Overdue ones are repeated from the first of them that counts.
    """
    if policy.is_plain or policy.document is None:
        return Schedule(contact=contact)
    section = policy.document.reminders
    chosen = reminders_of(policy) if stages is None else stages
    codes = {stage.day: stage.code for stage in reversed(chosen)}
    days = sorted(codes)
    overdue = tuple(day for day in days if day > 0)
    none_counts = not overdue and any(stage.day > 0 for stage in reminders_of(policy))
    every = None if none_counts else section.overdue_every_days
    return Schedule(
        upcoming_days=tuple(-day for day in days if day < 0),
        due_today=0 in days,
        overdue_from=overdue[0] if overdue else 1,
        overdue_every=every or 1,
        overdue_until=section.overdue_until_days if every else 0,
        overdue_on=overdue,
        codes=tuple(sorted(codes.items())),
        channels=tuple(Channel(one.value) for one in section.channels if one.value in WAYS),
        contact=quieter(contact, section),
    )


def reminders_of(policy: Policy) -> tuple[Stage, ...]:
    """The reminders of a policy itself, by their days."""
    chosen = (stage for stage in policy.stages if stage.kind is StageKind.REMIND)
    return tuple(sorted(chosen, key=lambda stage: (stage.day, stage.code)))


def _beginnings(stages: tuple[Stage, ...]) -> Iterator[tuple[Stage, ...]]:
    """All of the reminders, and what is left when the first overdue ones do not count."""
    yield stages
    overdue = [stage for stage in stages if stage.day > 0]
    for place in range(1, len(overdue)):
        yield tuple(overdue[place:])


def quieter(contact: ContactRules, section: RemindersIn) -> ContactRules:
    """The contact rules without the quiet hours; as they are where nothing would be left."""
    if section.quiet_from <= section.quiet_until:
        return contact
    opens = max(contact.opens, section.quiet_until)
    closes = min(contact.closes, section.quiet_from)
    if opens >= closes:
        return contact
    return ContactRules(
        contact.weekdays, opens, closes, contact.calls_per_week, contact.messages_per_day
    )
