"""Whom a schedule is for: the policy's segments and conditions, asked for a page of invoices.

An invoice belongs to its line or, where the policy counts by customers or there is no line, to
its customer; what they owe overdue at this moment, and what is known of them, decides.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.collections.policies.rules import SuspendScope
from services.collections.policies.store import Terms
from services.collections.reminders.rules import Schedule, asked_on
from services.collections.reminders.schedules import Schedules, own_schedule
from services.collections.reminders.store import Told
from services.collections.subjects.operations import learn_segments
from services.collections.subjects.subject import Subject
from shared.db import Connection

Whose = tuple[int, int | None]


async def wanted(
    tx: Connection, schedules: Schedules, told: Sequence[Told], done: date, today: date
) -> list[Told]:
    """Those that are reminded of by their own customer's schedule, each with the stage behind it.

    `done` is the last day that was worked through. A constant number of statements, none where
    everybody has the same schedule.
    """
    own = await _own(tx, schedules, told)
    found = []
    for one in told:
        schedule = own.get(_whose(schedules, one), schedules.everybody)
        day = asked_on(schedule, done, today, one.due_on)
        if day is not None:
            found.append(one._replace(stage=schedule.stage_on(day)))
    return found


async def still_wanted(
    tx: Connection, schedules: Schedules, customer_id: UUID, line_id: UUID | None, stage: str | None
) -> bool:
    """Whether the stage behind a reminder is the customer's still, and its condition holds.

    One that no segment has any more was decided on by another policy, and stands.
    """
    terms = schedules.terms
    if stage is None or terms is None or not schedules.narrows or not schedules.names(stage):
        return True
    subject = _subject(terms, customer_id, line_id)
    await learn_segments(tx, [subject], owing=False)
    schedule = own_schedule(subject.debts, terms.policy, terms.today, subject.about)
    return stage in dict(schedule.codes).values()


async def _own(tx: Connection, schedules: Schedules, told: Sequence[Told]) -> dict[Whose, Schedule]:
    """The schedules of those concerned, where they are not everybody's."""
    terms = schedules.terms
    if terms is None or not schedules.narrows:
        return {}
    subjects = {
        _whose(schedules, one): _subject(terms, one.customer_id, one.line_id) for one in told
    }
    await learn_segments(tx, list(subjects.values()), owing=False)
    return {
        whose: own_schedule(each.debts, terms.policy, terms.today, each.about)
        for whose, each in subjects.items()
    }


def _whose(schedules: Schedules, one: Told) -> Whose:
    line_id = one.line_id if schedules.terms and _by_line(schedules.terms) else None
    return one.customer_id.int, line_id.int if line_id else None


def _subject(terms: Terms, customer_id: UUID, line_id: UUID | None) -> Subject:
    return Subject(terms.organization.id, customer_id, line_id if _by_line(terms) else None, terms)


def _by_line(terms: Terms) -> bool:
    return terms.policy.suspend_scope is SuspendScope.LINE
