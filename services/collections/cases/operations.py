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
from services.collections.cases.episodes import Asked, Covering, OpeningRow
from services.collections.cases.rules import (
    Episode,
    OpenedBy,
    Owed,
    Owner,
    course,
    opens,
    threshold,
)
from services.collections.policies.store import Terms
from services.collections.subjects.operations import learn_segments
from services.collections.subjects.subject import Subject
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
    covers_until: date | None = None


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


async def open_cases(tx: Connection, openings: Sequence[Opening]) -> set[UUID]:
    """Begin episodes; the cases of those that did not go on already."""
    if not openings:
        return set()
    rows = [_opening_row(each) for each in openings]
    return await episodes.open_all(tx, rows, clock.now())


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
    organization not heard of yet are passed over. A case keeps the segment it was opened in.
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
    covered = await _covered(tx, asked, known)
    openings: list[Opening] = []
    changed: list[tuple[UUID, int, date]] = []
    curings: list[Curing] = []
    for place, (organization_id, customer_id, because) in enumerate(customers):
        if place not in owed and place not in known:
            continue
        at = terms[organization_id.int]
        found = course(owed.get(place, ()), known.get(place, ()), at.policy, covered)
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
    await open_cases(tx, await _by_own_terms(tx, openings, terms))


async def _by_own_terms(
    tx: Connection, openings: Sequence[Opening], terms: Mapping[int, Terms]
) -> list[Opening]:
    """The episodes that begin by the terms of their owners' own segments, each with its name."""
    whose: list[tuple[Opening, Subject]] = []
    found: list[Opening] = []
    for each in openings:
        known = terms[each.owner.organization_id.int]
        if known.policy.segments:
            whose.append((each, Subject(*each.owner, known)))
        else:
            found.append(each)
    await learn_segments(tx, [subject for _, subject in whose])
    for each, subject in whose:
        at = subject.terms
        late = [debt for debt in subject.debts if debt.due_on < at.today]
        begins, segment = opens(late, at.policy, at.today, subject.about)
        if begins:
            found.append(each._replace(segment=segment))
    return found


async def _covered(
    tx: Connection, asked: Sequence[Asked], known: Mapping[int, Sequence[Episode]]
) -> dict[UUID, Sequence[Owed]]:
    """What episodes that were opened by hand are about, by their cases."""
    by_hand = [
        (episode.case_id, Covering(*asked[place][:2], episode.line_id, asked[place].today, until))
        for place, found in known.items()
        for episode in found
        if (until := episode.covers_until) is not None
    ]
    debts = await episodes.covered(tx, [covering for _, covering in by_hand])
    return {case_id: debts.get(place, ()) for place, (case_id, _) in enumerate(by_hand)}


def _opening_row(opening: Opening) -> OpeningRow:
    because = opening.because
    return OpeningRow(
        new_id(),
        *opening.owner,
        _opened_by(opening),
        opening.opened_on,
        opening.currency,
        opening.debt_minor,
        opening.oldest_due_on,
        opening.covers_until,
        opening.segment,
        because.event_id,
        because.traceparent,
    )


def _opened_by(opening: Opening) -> OpenedBy:
    if opening.covers_until is not None:
        return OpenedBy.HAND
    imported = opening.because.type == InvoicesImported.type
    return OpenedBy.IMPORT if imported else OpenedBy.POLICY


def _asked(each: Touched, terms: Terms) -> Asked:
    grace_days, _ = threshold(terms.policy)
    return Asked(each.organization_id, each.customer_id, terms.today, grace_days)
