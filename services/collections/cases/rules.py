"""When an episode of debt begins and ends, and how the work on it may move.

Pure rules. An episode belongs to an owner: a customer, or under a policy of scope `line` one
line of a customer (what a customer owes for no line is an episode of the customer). It opens
when what is overdue beyond grace reaches the minimum, both by the terms of the owner's own
segment, and is cured when nothing of the owner's is overdue any more; in between it bears any
number of debts.

A case that a person opens is about all that its owner owes and that is due by a day, overdue
yet or not: `covers_until`, the latest due date when it was opened. It is cured when nothing of
that is open and nothing is overdue; what is due later is for the policy to judge.

The episode and the work on it are two things: a case may be closed by hand while the debt
lasts, and stays closed until the episode is cured. Only then can a new one open.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from services.collections.debts.debt import Debt as Open
from services.collections.debts.debt import sums_by_currency
from services.collections.decisions.about import About, terms_for
from services.collections.decisions.rules import reaches_minimum
from services.collections.policies.rules import Policy, SuspendScope


class CaseStatus(StrEnum):
    """How far the work on a case is."""

    NEW = "new"
    ASSIGNED = "assigned"
    IN_CONTACT = "in_contact"
    NEGOTIATING = "negotiating"
    PAYMENT_PLAN = "payment_plan"
    DISPUTED = "disputed"
    SETTLED = "settled"
    CLOSED = "closed"


class ClosedReason(StrEnum):
    """Why the work on a case ended."""

    CURED = "cured"
    EXHAUSTED = "exhausted"
    BY_HAND = "by_hand"


class OpenedBy(StrEnum):
    """What brought a case about: the policy as days passed, debts that a file brought, or
    a person."""

    POLICY = "policy"
    IMPORT = "import"
    HAND = "hand"


MAY_BECOME: Final[Mapping[CaseStatus, frozenset[CaseStatus]]] = {
    CaseStatus.NEW: frozenset({CaseStatus.ASSIGNED, CaseStatus.CLOSED}),
    CaseStatus.ASSIGNED: frozenset({CaseStatus.IN_CONTACT, CaseStatus.DISPUTED, CaseStatus.CLOSED}),
    CaseStatus.IN_CONTACT: frozenset(
        {CaseStatus.NEGOTIATING, CaseStatus.DISPUTED, CaseStatus.CLOSED}
    ),
    CaseStatus.NEGOTIATING: frozenset(
        {CaseStatus.PAYMENT_PLAN, CaseStatus.SETTLED, CaseStatus.DISPUTED, CaseStatus.CLOSED}
    ),
    CaseStatus.PAYMENT_PLAN: frozenset(
        {CaseStatus.SETTLED, CaseStatus.DISPUTED, CaseStatus.CLOSED}
    ),
    CaseStatus.DISPUTED: frozenset({CaseStatus.IN_CONTACT, CaseStatus.CLOSED}),
    CaseStatus.SETTLED: frozenset({CaseStatus.CLOSED}),
    CaseStatus.CLOSED: frozenset(),
}
"""The moves a person may make. Assigning a new case makes it `assigned`."""

WHEN_BROKEN: Final = CaseStatus.IN_CONTACT
"""Where a case returns from `payment_plan` when its plan ends: the system's move alone."""

FORWARD: Final = (
    CaseStatus.ASSIGNED,
    CaseStatus.IN_CONTACT,
    CaseStatus.NEGOTIATING,
    CaseStatus.PAYMENT_PLAN,
)


def way(current: CaseStatus, wanted: CaseStatus) -> tuple[CaseStatus, ...]:
    """The moves by which what was agreed or disputed gets a case where it belongs.

    An agreement reached in the first call has brought the case into contact and negotiation
    on the way, one allowed step each. A new case, which nobody has, passes over `assigned`:
    somebody was in contact, whoever is to work it. A disputed one stays so until the dispute
    is decided. Empty when the case is there, or cannot get there.
    """
    if current not in (CaseStatus.NEW, *FORWARD):
        return ()
    steps: list[CaseStatus] = []
    if current is CaseStatus.NEW:
        current = CaseStatus.IN_CONTACT
        steps.append(current)
    while current is not wanted and wanted not in MAY_BECOME[current]:
        ahead = FORWARD[FORWARD.index(current) + 1 :]
        if not ahead:
            return ()
        current = ahead[0]
        steps.append(current)
    return tuple(steps) if current is wanted else (*steps, wanted)


def threshold(policy: Policy) -> tuple[int, int]:
    """Grace and minimum below which nobody has a case: the loosest of policy and segments.

    Whose own terms are stricter is left out by `opens` when those are known.
    """
    return (
        min(variant.grace_days for variant in policy.variants),
        max(min(variant.minimum_minor for variant in policy.variants), 1),
    )


def opens(
    debts: Collection[Open], policy: Policy, today: date, about: About
) -> tuple[bool, str | None]:
    """Whether an owner's debts open a case by the terms of its own segment, and which that is.

    The segment is the one stages go by; so a stage never comes to somebody without a case.
    What a pause covers counts for the minimum: it is owed, and the desk has it to do with.
    """
    own, _ = terms_for(debts, policy, today, about)
    beyond = sums_by_currency(debt for debt in debts if (today - debt.due_on).days > own.grace_days)
    return own.active and reaches_minimum(beyond, own), own.segment


class Owner(NamedTuple):
    """Whose episode: a customer's, or that of one line of a customer."""

    organization_id: UUID
    customer_id: UUID
    line_id: UUID | None


class Owed(NamedTuple):
    """What of a customer's is owed for one line (or for none) in one currency: what is overdue,
    or all that a case opened by hand covers."""

    line_id: UUID | None
    currency: str
    overdue_minor: int
    beyond_grace_minor: int
    oldest_due_on: date


class Episode(NamedTuple):
    """An episode of a customer's that is not cured."""

    case_id: UUID
    line_id: UUID | None
    debt_minor: int
    oldest_due_on: date | None
    covers_until: date | None = None


@dataclass(frozen=True, slots=True)
class Debt:
    """An owner's debt: in the organization's currency, and since when in any."""

    minor: int
    oldest_due_on: date
    reaches_minimum: bool

    @property
    def amounts(self) -> tuple[int, date]:
        """What is kept of it with a case."""
        return self.minor, self.oldest_due_on


@dataclass(frozen=True, slots=True)
class Course:
    """What follows for a customer's episodes: which open, which changed, which are cured."""

    opening: Mapping[UUID | None, Debt]
    changed: Mapping[UUID, Debt]
    cured: Sequence[Episode]


def course(
    owed: Sequence[Owed],
    episodes: Sequence[Episode],
    policy: Policy,
    covered: Mapping[UUID, Sequence[Owed]] | None = None,
) -> Course:
    """Compare what a customer owes overdue with the customer's episodes.

    An episode that began under another scope goes on for its own owner until it is cured.
    `covered` is what those opened by hand cover, by their cases.
    """
    debts = _by_owner(owed, policy)
    known = {episode.line_id: episode for episode in episodes}
    changed: dict[UUID, Debt] = {}
    cured: list[Episode] = []
    for line_id, episode in known.items():
        if episode.covers_until is None:
            debt = debts.get(line_id) or debt_of([o for o in owed if o.line_id == line_id], policy)
        else:
            debt = debt_of((covered or {}).get(episode.case_id, ()), policy)
        if debt is None:
            cured.append(episode)
        elif debt.amounts != (episode.debt_minor, episode.oldest_due_on):
            changed[episode.case_id] = debt
    opening = {
        line_id: debt
        for line_id, debt in debts.items()
        if line_id not in known and debt.reaches_minimum
    }
    return Course(opening, changed, cured)


def _by_owner(owed: Sequence[Owed], policy: Policy) -> dict[UUID | None, Debt]:
    grouped: dict[UUID | None, list[Owed]] = defaultdict(list)
    for each in owed:
        by_line = policy.suspend_scope is SuspendScope.LINE
        grouped[each.line_id if by_line else None].append(each)
    return {
        line_id: debt
        for line_id, group in grouped.items()
        if (debt := debt_of(group, policy)) is not None
    }


def debt_of(owed: Iterable[Owed], policy: Policy) -> Debt | None:
    """The debt of one owner; None when nothing is owed."""
    minor = beyond = 0
    foreign = False
    oldest: date | None = None
    for each in owed:
        oldest = each.oldest_due_on if oldest is None else min(oldest, each.oldest_due_on)
        if each.currency == policy.currency:
            minor += each.overdue_minor
            beyond += each.beyond_grace_minor
        else:
            foreign = foreign or each.beyond_grace_minor > 0
    if oldest is None:
        return None
    enough = foreign or beyond >= threshold(policy)[1]
    return Debt(minor, oldest, policy.active and enough)
