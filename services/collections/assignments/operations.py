"""Giving out many cases at once, or only saying what would come of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.assignments.rules import Candidate, Dealt, deal
from services.collections.cases.assignment import (
    Given,
    Taker,
    by_turn,
    give,
    lock_cases,
    lock_takers,
    took_turns,
)
from services.collections.cases.rules import CaseStatus
from services.collections.cases.sight import Sight
from services.collections.collectors.rules import Free
from shared.db import raw
from shared.problems import NotFound


@dataclass(frozen=True, slots=True)
class HandedOut:
    """What came of it, or would."""

    dealt: Dealt
    shares: Sequence[tuple[Taker, int]]


async def hand_out(
    session: AsyncSession,
    sight: Sight,
    case_ids: Sequence[UUID],
    named: Sequence[UUID] | None,
    note: str | None,
    *,
    dry_run: bool,
) -> HandedOut:
    """Give cases to named collectors, or (None) by the rule, in the order of the cases.

    Everything is read under the locks of assigning, so what was counted is what is done; a dry
    run takes none and writes nothing.
    """
    tx, organization_id = await raw(session), sight.organization_id
    takers = await lock_takers(tx, [organization_id], named, lock=not dry_run)
    found = {taker.id: taker for taker in takers}
    for unknown in set(named or ()) - found.keys():
        raise NotFound("collector", unknown)
    rows = {
        case["id"]: case
        for case in await lock_cases(tx, case_ids, lock=not dry_run)
        if case["organization_id"] == organization_id
    }
    dealt = deal(
        case_ids,
        {
            case_id: Candidate(
                case_id, case["status"] == CaseStatus.CLOSED, case["collector_id"], case["segment"]
            )
            for case_id, case in rows.items()
        },
        [Free(taker.id, taker.room, taker.segments) for taker in by_turn(takers)],
        None if named is None else frozenset(named),
    )
    shares = Counter(collector_id for _, collector_id in dealt.given)
    if not dry_run:
        given = [Given(rows[case_id], found[taker_id]) for case_id, taker_id in dealt.given]
        await give(tx, given, sight.caller, note)
        if named is None:
            await took_turns(tx, shares)
    return HandedOut(dealt, [(taker, shares[taker.id]) for taker in takers if shares[taker.id]])
