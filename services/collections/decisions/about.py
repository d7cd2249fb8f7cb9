"""What else than debts counts for a judgement, and whose segment that makes somebody.

Pure, like the rules that judge by it (services.collections.decisions.rules).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from services.collections.debts.debt import Debt, sums_by_currency
from services.collections.pauses.rules import Pause, what_counts
from services.collections.policies.conditions import Subject
from services.collections.policies.rules import Policy


class Exempt(NamedTuple):
    """An exemption in force: nothing happens to whom it is for."""

    id: UUID
    reason: str
    until_on: date


@dataclass(frozen=True, slots=True)
class About:
    """What else than debts counts: of the line, its customer, and the episode so far.

    `without_line`: there is none to cut, so stages that cut are passed over. `reached` has the
    day on which each stage of the ladder was reached (`fee/<invoice>` for each late fee).
    `local` is the time by the clock that the policy's calendar goes by.
    """

    essential: bool = False
    without_line: bool = False
    exempt: Exempt | None = None
    pauses: tuple[Pause, ...] = ()
    tags: frozenset[str] = frozenset()
    plans: frozenset[str] = frozenset()
    area: str | None = None
    installed_on: date | None = None
    reached: Mapping[str, date] | None = None
    local: datetime | None = None


NOTHING_ELSE: Final = About()


def terms_for(
    debts: Collection[Debt], policy: Policy, today: date, about: About
) -> tuple[Policy, Subject]:
    """The policy as it is for somebody that is on, and what conditions find of them.

    The same segment as `judge` finds: by what is overdue and not covered by a pause.
    """
    counted = [debt for debt in what_counts(debts, about.pauses, off=False) if debt.due_on < today]
    subject = subject_of(counted, policy, today, about)
    chosen = policy.for_subject(subject)
    subject.segment = chosen.segment
    return chosen, subject


def subject_of(counted: Sequence[Debt], policy: Policy, today: date, about: About) -> Subject:
    """What conditions may ask; `counted` is overdue, the oldest first."""
    return Subject(
        today,
        days_overdue=(today - counted[0].due_on).days if counted else 0,
        open_debts=len(counted),
        amount_due_minor=sums_by_currency(counted).get(policy.currency, 0),
        installed_on=about.installed_on,
        tags=about.tags,
        plans=about.plans,
        area=about.area,
    )
