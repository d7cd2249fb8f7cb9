"""What events, clocks and stages do to cases: for any number of owners, a constant number of
statements. The caller holds the customers concerned (services.collections.enforcement.locks),
so nobody else opens or cures an episode of theirs meanwhile.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple
from uuid import UUID

from services.collections.cases import episodes
from services.collections.cases.assignment import assign_by_rule
from services.collections.cases.episodes import Asked, OpeningRow
from services.collections.cases.rules import OpenedBy, Owner, course, threshold
from services.collections.policies.store import Terms
from shared import clock
from shared.contracts.billing import InvoicesImported
from shared.db import Connection
from shared.ids import new_id

ASSIGN: Final = "assign"


class Because(NamedTuple):
    """The event behind something, for its trace; nothing when a clock is."""

    type: str | None = None
    event_id: UUID | None = None
    traceparent: str | None = None


NOTHING: Final = Because()


class Opening(NamedTuple):
    """An episode that is to begin unless its owner has one."""

    owner: Owner
    opened_on: date
    currency: str
    debt_minor: int
    oldest_due_on: date
    segment: str | None = None
    because: Because = NOTHING


class Reaching(NamedTuple):
    """An owner's episode that comes to a stage, once."""

    owner: Owner
    stage: str
    kind: str
    reached_on: date
    decision_id: UUID | None = None
    because: Because = NOTHING


class Curing(NamedTuple):
    """An owner of whom nothing is overdue any more."""

    owner: Owner
    cured_on: date
    because: Because = NOTHING


class Touched(NamedTuple):
    """A customer of whom something was heard that may open, change or cure an episode."""

    organization_id: UUID
    customer_id: UUID
    because: Because = NOTHING


async def open_cases(tx: Connection, openings: Sequence[Opening]) -> int:
    """Begin episodes; how many there were that did not go on already."""
    if not openings:
        return 0
    rows = [_opening_row(each) for each in openings]
    return len(await episodes.open_all(tx, rows, clock.now()))


async def reach_stages(tx: Connection, reachings: Sequence[Reaching]) -> list[Reaching]:
    """Bring episodes to stages; those that were new to them, in the order given.

    An owner without an episode is passed over. A stage of kind `assign` gives the case to a
    collector whose turn it is, if nobody has it yet.
    """
    if not reachings:
        return []
    rows = [(*each.owner, *each[1:5], *each.because[1:]) for each in reachings]
    reached = await episodes.reach_all(tx, rows, clock.now())
    to_assign = [case_id for place, case_id in reached if reachings[place].kind == ASSIGN]
    await assign_by_rule(tx, to_assign)
    return [reachings[place] for place, _ in reached]


async def cure_cases(tx: Connection, curings: Sequence[Curing]) -> int:
    """End episodes, and with them the work on their cases; how many there were."""
    if not curings:
        return 0
    rows = [(*each.owner, each.cured_on, *each.because[1:]) for each in curings]
    return len(await episodes.cure_all(tx, rows, clock.now()))


async def follow(tx: Connection, touched: Iterable[Touched], terms: Mapping[int, Terms]) -> None:
    """Let the episodes of customers follow what they owe: open, keep current, cure.

    `terms` are those of the organizations by the number of their id; customers of an
    organization not heard of yet are passed over.
    """
    each_once = {
        (each.organization_id.int, each.customer_id.int): each
        for each in touched
        if each.organization_id.int in terms
    }
    customers = list(each_once.values())
    if not customers:
        return
    asked = [_asked(each, terms[each.organization_id.int]) for each in customers]
    owed = await episodes.owed(tx, asked)
    known = await episodes.episodes(tx, asked)
    openings: list[Opening] = []
    changed: list[tuple[UUID, int, date]] = []
    curings: list[Curing] = []
    for place, (organization_id, customer_id, because) in enumerate(customers):
        if place not in owed and place not in known:
            continue
        at = terms[organization_id.int]
        found = course(owed.get(place, ()), known.get(place, ()), at.policy)
        for line_id, debt in found.opening.items():
            owner = Owner(organization_id, customer_id, line_id)
            currency = at.policy.currency
            openings.append(Opening(owner, at.today, currency, *debt.amounts, because=because))
        changed += [(case_id, *debt.amounts) for case_id, debt in found.changed.items()]
        for episode in found.cured:
            owner = Owner(organization_id, customer_id, episode.line_id)
            curings.append(Curing(owner, at.today, because))
    if changed:
        await episodes.refresh(tx, changed)
    await cure_cases(tx, curings)
    await open_cases(tx, openings)


def _opening_row(opening: Opening) -> OpeningRow:
    owner, opened_on, currency, debt_minor, oldest_due_on, segment, because = opening
    by_import = because.type == InvoicesImported.type
    opened_by = OpenedBy.IMPORT if by_import else OpenedBy.POLICY
    return OpeningRow(
        new_id(),
        *owner,
        opened_by,
        opened_on,
        currency,
        debt_minor,
        oldest_due_on,
        segment,
        because.event_id,
        because.traceparent,
    )


def _asked(each: Touched, terms: Terms) -> Asked:
    grace_days, _ = threshold(terms.policy)
    return Asked(each.organization_id, each.customer_id, terms.today, grace_days)
