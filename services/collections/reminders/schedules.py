"""The schedule an organization reminds by, out of its policy.

Stages of kind `remind` are days of the schedule, those of the policy itself: segments and
conditions do not narrow who is reminded. A policy of four terms says nothing of reminders and
has the schedule that comes with us.
"""

from uuid import UUID

from services.collections.channels.rules import Channel
from services.collections.contacts.operations import rules_of
from services.collections.contacts.rules import ContactRules
from services.collections.policies import store as policies
from services.collections.policies.document import RemindersIn, StageKind
from services.collections.policies.rules import Policy
from services.collections.reminders.rules import Schedule
from shared.db import Connection


async def schedule_of(tx: Connection, organization_id: UUID) -> Schedule:
    """The schedule of the policy in force; ours where there is no policy yet."""
    terms = (await policies.terms(tx, [organization_id])).get(organization_id)
    return Schedule() if terms is None else schedule_in(terms.policy, rules_of(terms))


def schedule_in(policy: Policy, contact: ContactRules) -> Schedule:
    """The schedule a policy comes to."""
    if policy.is_plain or policy.document is None:
        return Schedule(contact=contact)
    section = policy.document.reminders
    days = sorted(stage.day for stage in policy.stages if stage.kind is StageKind.REMIND)
    overdue = tuple(day for day in days if day > 0)
    every = section.overdue_every_days
    return Schedule(
        upcoming_days=tuple(-day for day in days if day < 0),
        due_today=0 in days,
        overdue_from=overdue[0] if overdue else 1,
        overdue_every=every or 1,
        overdue_until=section.overdue_until_days if every else 0,
        overdue_on=overdue,
        channels=tuple(Channel(one.value) for one in section.channels if one.value in WAYS),
        contact=quieter(contact, section),
    )


WAYS = frozenset(channel.value for channel in Channel)


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
