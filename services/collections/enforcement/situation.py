"""What is known of whoever is about to be judged, read in a constant number of statements."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from services.collections.decisions.rules import About, Exempt
from services.collections.enforcement.rules import UNCAUSED, Cause, Concern, LineState, Push
from services.collections.exemptions import store as exemptions_store
from services.collections.policies.rules import SuspendScope
from services.collections.policies.store import Terms
from services.collections.stages import store as stages_store
from services.collections.subjects.operations import learn_segments
from services.collections.subjects.subject import Subject
from shared.db import Connection


@dataclass(slots=True)
class Judged:
    """A line about to be judged."""

    concern: Concern
    line: LineState
    off: bool
    terms: Terms
    exempt: Exempt | None = None

    def about(self, subject: Subject) -> About:
        """What counts for this line: its subject's, and what is its own."""
        if self.exempt is None and not self.line.essential:
            return subject.about
        exempt = self.exempt or subject.about.exempt
        return replace(subject.about, exempt=exempt, essential=self.line.essential)


@dataclass(slots=True)
class Concerned(Subject):
    """A subject that something has pushed, and those of its lines that an order could go to."""

    cause: Cause = UNCAUSED
    lines: list[Judged] = field(default_factory=list)

    def concern(self) -> Concern:
        """Its own, for whoever has no line to be concerned."""
        return Concern(self.organization_id, self.customer_id, None, Push.EITHER, self.cause)


def subjects_without_lines(
    concerns: Iterable[Concern], terms: Mapping[int, Terms]
) -> list[Concerned]:
    """The subjects of customers of whom no line is judged with them; each once."""
    found: dict[int, Concerned] = {}
    for concern in concerns:
        known = terms[concern.organization_id.int]
        found[concern.customer_id.int] = Concerned(
            concern.organization_id,
            concern.customer_id,
            None,
            known,
            about=About(without_line=True),
            cause=concern.cause,
        )
    return list(found.values())


def subjects_of(lines: Iterable[Judged]) -> list[Concerned]:
    """The subjects of lines, each with its lines: under scope `line`, one each."""
    found: dict[int, Concerned] = {}
    for judged in lines:
        concern, terms = judged.concern, judged.terms
        alone = terms.policy.suspend_scope is SuspendScope.LINE
        line_id = concern.line_id if alone else None
        key = (line_id or concern.customer_id).int
        if key not in found:
            found[key] = Concerned(
                concern.organization_id, concern.customer_id, line_id, terms, cause=concern.cause
            )
        found[key].lines.append(judged)
    return list(found.values())


async def learn(tx: Connection, subjects: Sequence[Concerned], *, ahead_days: int = 0) -> None:
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


async def _learn_exemptions(tx: Connection, subjects: Sequence[Concerned]) -> None:
    """Those of subjects and of each line: under scope `customer` a line may have its own."""
    asked: list[tuple[UUID, UUID, UUID | None, date]] = []
    whose: list[Concerned | Judged] = []
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
