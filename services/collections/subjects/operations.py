"""What decides whose segment subjects are in, read in a constant number of statements."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from psycopg.rows import tuple_row

from services.collections.arrays import pg_columns
from services.collections.debts import store as debts_store
from services.collections.debts.store import Debtor
from services.collections.pauses import store as pauses_store
from services.collections.pauses.rules import in_force
from services.collections.policies.calendar import zone_of
from services.collections.policies.document import ZoneOf
from services.collections.policies.store import Terms
from services.collections.subjects.subject import Subject
from shared.db import Connection

# What conditions may ask of a line or, without one, of all lines of a customer.
FACTS: Final = """
SELECT asked.place::int - 1, c.tags, c.area, c.time_zone, l.plans, l.installed_on
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[]) WITH ORDINALITY
     AS asked (organization_id, customer_id, line_id, place)
LEFT JOIN LATERAL (SELECT * FROM customer WHERE customer.id = asked.customer_id OFFSET 0) AS c
    ON true
LEFT JOIN LATERAL (
    SELECT array_agg(DISTINCT plan_name ORDER BY plan_name) AS plans,
           min(installed_on) AS installed_on
    FROM line WHERE line.organization_id = asked.organization_id
      AND line.customer_id = asked.customer_id
      AND (asked.line_id IS NULL OR line.line_id = asked.line_id)
      AND line.status <> 'cancelled' OFFSET 0) AS l ON true
"""


async def learn_segments(
    tx: Connection, subjects: Sequence[Subject], *, ahead_days: int = 0, owing: bool = True
) -> None:
    """Read what decides whose segment subjects are in: debts, pauses, facts.

    Of those who are not overdue nothing else is read, unless they count too (not `owing`).
    """
    await _learn_debts(tx, subjects, ahead_days)
    chosen = [each for each in subjects if each.debts or not owing]
    pauses = await pauses_store.of_customers(tx, {each.customer_id for each in chosen})
    for subject in chosen:
        known = pauses.get(subject.customer_id.int, ())
        if counting := in_force(known, subject.terms.today, subject.terms.clock):
            subject.about = replace(subject.about, pauses=counting)
    await _learn_facts(tx, [each for each in chosen if each.terms.policy.needs_facts])


async def _learn_debts(tx: Connection, subjects: Sequence[Subject], ahead_days: int) -> None:
    alone = [each for each in subjects if each.line_id is not None]
    for_none = [each for each in subjects if each.owes_for_no_line]
    jointly = [each for each in subjects if each.line_id is None and not each.owes_for_no_line]
    for chosen, read in (
        (alone, debts_store.overdue_of_lines),
        (jointly, debts_store.overdue_of_customers),
        (for_none, debts_store.overdue_without_line),
    ):
        debtors = [
            Debtor(
                each.organization_id,
                each.customer_id,
                each.line_id,
                _before(each.terms, ahead_days),
            )
            for each in chosen
        ]
        for place, debts in (await read(tx, debtors)).items():
            chosen[place].debts = debts


def _before(terms: Terms, ahead_days: int) -> date:
    """Debts due before this day are read: what falls due today counts for coming back alone."""
    return terms.today + timedelta(days=max(terms.policy.asks_for_today, ahead_days))


async def _learn_facts(tx: Connection, subjects: Sequence[Subject]) -> None:
    if not subjects:
        return
    async with tx.cursor(row_factory=tuple_row) as cursor:
        columns = pg_columns(
            (each.organization_id, each.customer_id, each.line_id) for each in subjects
        )
        await cursor.execute(FACTS, columns)
        for place, tags, area, zone, plans, installed_on in await cursor.fetchall():
            subject = subjects[place]
            subject.about = replace(
                subject.about,
                tags=frozenset(tags or ()),
                plans=frozenset(plan for plan in plans or () if plan),
                area=area,
                installed_on=installed_on,
                local=_local(subject.terms, zone),
            )


def _local(terms: Terms, zone: str | None) -> datetime | None:
    """The time by the clock that the policy's calendar goes by."""
    calendar = terms.policy.calendar
    if calendar is None:
        return None
    theirs = calendar.zone is ZoneOf.CUSTOMER and zone is not None
    chosen = zone_of(zone) if theirs and zone else terms.organization.zone
    return terms.clock.astimezone(chosen)
