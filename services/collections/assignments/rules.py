"""Who of many gets which of many cases, and which get nobody.

Pure rules. Named collectors get cases by turns while they have room, also those that another
one has; by rule (nobody is named) only cases that nobody has are given, each to who waits
longest among those who take its segment.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from services.collections.collectors.rules import Free, in_turn


class Refusal(StrEnum):
    """Why a case is given to nobody; the slugs of the problems that say so of one case."""

    NOT_FOUND = "not-found"
    CLOSED = "case-closed"
    INACTIVE = "collector-inactive"
    FULL = "collector-full"


WORDS: Mapping[Refusal, str] = {
    Refusal.NOT_FOUND: "There is no such case.",
    Refusal.CLOSED: "The case is closed.",
    Refusal.INACTIVE: "None of the collectors is active.",
    Refusal.FULL: "No active collector who may take it has room.",
}


class Candidate(NamedTuple):
    """A case that is to be given."""

    id: UUID
    closed: bool
    collector_id: UUID | None
    segment: str | None


@dataclass(slots=True)
class Dealt:
    """What comes of giving cases out."""

    given: list[tuple[UUID, UUID]] = field(default_factory=list)
    kept: list[UUID] = field(default_factory=list)
    refused: list[tuple[UUID, Refusal]] = field(default_factory=list)


def deal(
    wanted: Sequence[UUID],
    known: Mapping[UUID, Candidate],
    takers: Sequence[Free],
    named: frozenset[UUID] | None,
) -> Dealt:
    """Give out cases in the order they are wanted.

    `takers` are the active collectors in the order of their turns; `named` those that the
    cases are for, active or not, or None for the rule.
    """
    dealt = Dealt()
    place = {case_id: number for number, case_id in enumerate(wanted)}
    waiting: list[Candidate] = []
    for case_id in dict.fromkeys(wanted):
        case = known.get(case_id)
        if case is None:
            dealt.refused.append((case_id, Refusal.NOT_FOUND))
        elif case.closed:
            dealt.refused.append((case_id, Refusal.CLOSED))
        elif case.collector_id is not None and (named is None or case.collector_id in named):
            dealt.kept.append(case_id)
        else:
            waiting.append(case)
    lacking = Refusal.INACTIVE if named is not None and not takers else Refusal.FULL
    if named is not None:
        takers = [Free(taker.collector_id, taker.room) for taker in takers]
    chosen = in_turn([case.segment for case in waiting], takers)
    for case, collector_id in zip(waiting, chosen, strict=True):
        if collector_id is None:
            dealt.refused.append((case.id, lacking))
        else:
            dealt.given.append((case.id, collector_id))
    dealt.refused.sort(key=lambda refused: place[refused[0]])
    return dealt
