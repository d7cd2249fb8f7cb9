"""What is known of whoever is about to be judged, read in a constant number of statements.

Judged is a `Subject`: a line by what is owed for it; a customer by everything owed, where the
policy says so; or a customer by what is owed for no line. It has any number of lines that an
order could go to, also none: a school's pupil climbs the same ladder as a line does.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from psycopg.rows import tuple_row

from services.collections.arrays import pg_columns
from services.collections.debts import store as debts_store
from services.collections.debts.store import Debtor
from services.collections.decisions.rules import NOTHING_ELSE, About, Debt, Exempt
from services.collections.enforcement.rules import UNCAUSED, Cause, Concern, LineState, Push
from services.collections.exemptions import store as exemptions_store
from services.collections.pauses import store as pauses_store
from services.collections.pauses.rules import in_force
from services.collections.policies.calendar import zone_of
from services.collections.policies.document import ZoneOf
from services.collections.policies.rules import SuspendScope
from services.collections.policies.store import Terms
from services.collections.stages import store as stages_store
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


@dataclass(slots=True)
class Judged:
    """A line about to be judged."""

    concern: Concern
    line: LineState
    off: bool
    terms: Terms
    exempt: Exempt | None = None

    def about(self, subject: "Subject") -> About:
        """What counts for this line: its subject's, and what is its own."""
        if self.exempt is None and not self.line.essential:
            return subject.about
        exempt = self.exempt or subject.about.exempt
        return replace(subject.about, exempt=exempt, essential=self.line.essential)


@dataclass(slots=True)
class Subject:
    """Whose debts count: a line's alone, all of a customer's, or a customer's for no line.

    Under scope `line` one without a line is judged by what is owed for none.
    """

    organization_id: UUID
    customer_id: UUID
    line_id: UUID | None
    terms: Terms
    cause: Cause = UNCAUSED
    debts: Sequence[Debt] = ()
    about: About = NOTHING_ELSE
    lines: list[Judged] = field(default_factory=list)

    @property
    def id(self) -> UUID:
        """The line's or the customer's."""
        return self.line_id or self.customer_id

    def concern(self) -> Concern:
        """Its own, for whoever has no line to be concerned."""
        return Concern(self.organization_id, self.customer_id, None, Push.EITHER, self.cause)

    @property
    def owes_for_no_line(self) -> bool:
        """Whether only what is owed for no line counts."""
        return self.line_id is None and self.terms.policy.suspend_scope is SuspendScope.LINE


def subjects_without_lines(
    concerns: Iterable[Concern], terms: Mapping[int, Terms]
) -> list[Subject]:
    """The subjects of customers of whom no line is judged with them; each once."""
    found: dict[int, Subject] = {}
    for concern in concerns:
        known = terms[concern.organization_id.int]
        found[concern.customer_id.int] = Subject(
            concern.organization_id,
            concern.customer_id,
            None,
            known,
            concern.cause,
            about=About(without_line=True),
        )
    return list(found.values())


def subjects_of(lines: Iterable[Judged]) -> list[Subject]:
    """The subjects of lines, each with its lines: under scope `line`, one each."""
    found: dict[int, Subject] = {}
    for judged in lines:
        concern, terms = judged.concern, judged.terms
        alone = terms.policy.suspend_scope is SuspendScope.LINE
        line_id = concern.line_id if alone else None
        key = (line_id or concern.customer_id).int
        if key not in found:
            found[key] = Subject(
                concern.organization_id, concern.customer_id, line_id, terms, concern.cause
            )
        found[key].lines.append(judged)
    return list(found.values())


async def learn(tx: Connection, subjects: Sequence[Subject], *, ahead_days: int = 0) -> None:
    """Read what counts for subjects: debts, pauses, exemptions, facts, stages reached.

    Debts that fall due within `ahead_days` are read for whoever asks about days to come.
    """
    await learn_segments(tx, subjects, ahead_days=ahead_days)
    owing = [subject for subject in subjects if subject.debts]
    await _learn_exemptions(tx, [each for each in owing if each.terms.exempts])
    climbing = [each for each in subjects if each.terms.policy.climbs]
    reached = await stages_store.reached(tx, [each.id for each in climbing])
    for subject in climbing:
        known_stages = reached.get(subject.id.int)
        if known_stages is not None:
            subject.about = replace(subject.about, reached=known_stages)
    for subject in owing:
        if subject.terms.policy.calendar is not None and subject.about.local is None:
            local = subject.terms.clock.astimezone(subject.terms.organization.zone)
            subject.about = replace(subject.about, local=local)


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


async def _learn_exemptions(tx: Connection, subjects: Sequence[Subject]) -> None:
    """Those of subjects and of each line: under scope `customer` a line may have its own."""
    asked: list[tuple[UUID, UUID, UUID | None, date]] = []
    whose: list[Subject | Judged] = []
    for subject in subjects:
        today = subject.terms.today
        asked.append((subject.organization_id, subject.customer_id, subject.line_id, today))
        whose.append(subject)
        if subject.line_id is None:
            for judged in subject.lines:
                concern = judged.concern
                asked.append((*concern[:3], today))
                whose.append(judged)
    for place, exempt in (await exemptions_store.in_force(tx, asked)).items():
        found = whose[place]
        if isinstance(found, Judged):
            found.exempt = exempt
        else:
            found.about = replace(found.about, exempt=exempt)


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
