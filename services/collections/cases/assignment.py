"""Giving cases to collectors; the locks that keep every collector within capacity.

Whoever gives cases to collectors locks those collectors first, in order of id, and then
counts what they have: each statement sees what was committed before it began, so nobody else
can fill a place meanwhile. Closing a case needs no lock: it only makes room.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from services.collections.activities.rules import ActivityKind
from services.collections.activities.store import Activity, record
from services.collections.arrays import pg_array, pg_columns
from services.collections.cases.rules import CaseStatus
from services.collections.collectors.rules import Free, in_turn
from shared import clock
from shared.auth import Principal
from shared.db import Connection

# The order of turns is read after the lock; those who never had one come first.
COLLECTORS: Final = """
SELECT id, organization_id, name, capacity, segments, active, turn_at FROM collector
WHERE organization_id = ANY(%s::uuid[]) AND (%s::uuid[] IS NULL OR id = ANY(%s::uuid[]))
ORDER BY id
"""
LOADS: Final = """
SELECT collector_id, count(*) AS cases FROM dunning_case
WHERE collector_id = ANY(%s::uuid[]) AND status <> 'closed' GROUP BY collector_id
"""
CASES: Final = """
SELECT id, organization_id, status, collector_id, segment FROM dunning_case
WHERE id = ANY(%s::uuid[]) ORDER BY id
"""
LOCK: Final = " FOR NO KEY UPDATE"
GIVE: Final = """
UPDATE dunning_case AS c SET collector_id = given.collector_id, assigned_at = %s,
    status = CASE c.status WHEN 'new' THEN 'assigned' ELSE c.status END,
    leased_by = NULL, leased_until = NULL, version = c.version + 1
FROM unnest(%s::uuid[], %s::uuid[]) AS given (case_id, collector_id)
WHERE c.id = given.case_id
"""
# The history of who had what: by the organization's calendar, and the instant within a day.
DAY: Final = "((%s + make_interval(secs => o.clock_offset_seconds)) AT TIME ZONE o.time_zone)::date"
END: Final = f"""
UPDATE case_assignment AS h SET until_on = {DAY}, until_at = %s
FROM organization AS o
WHERE h.case_id = ANY(%s::uuid[]) AND h.until_at IS NULL AND o.id = h.organization_id
"""
BEGIN: Final = f"""
INSERT INTO case_assignment (id, organization_id, case_id, collector_id, from_on, from_at)
SELECT duesline_uuid7(), o.id, given.case_id, given.collector_id, {DAY}, %s
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[])
     AS given (case_id, collector_id, organization_id)
JOIN organization AS o ON o.id = given.organization_id
"""
TURNS: Final = "UPDATE collector SET turn_at = %s WHERE id = ANY(%s::uuid[])"
NEVER: Final = datetime.min.replace(tzinfo=UTC)


class Taker(NamedTuple):
    """A collector, locked, and how many more cases it can take."""

    id: UUID
    organization_id: UUID
    name: str
    active: bool
    room: int
    segments: frozenset[str]
    turn_at: datetime | None


class Given(NamedTuple):
    """A case, locked, and who is to have it."""

    case: Mapping[str, Any]
    taker: Taker


async def lock_takers(
    tx: Connection,
    organization_ids: Collection[UUID],
    ids: Collection[UUID] | None = None,
    *,
    lock: bool = True,
) -> list[Taker]:
    """The collectors of organizations (only `ids`, if given), locked, with their room."""
    wanted = None if ids is None else pg_array(list(ids))
    query = COLLECTORS + LOCK if lock else COLLECTORS
    cursor = await tx.execute(query, (pg_array(list(organization_ids)), wanted, wanted))
    rows = await cursor.fetchall()
    cursor = await tx.execute(LOADS, (pg_array([row["id"] for row in rows]),))
    loads = {row["collector_id"]: row["cases"] for row in await cursor.fetchall()}
    return [
        Taker(
            row["id"],
            row["organization_id"],
            row["name"],
            row["active"],
            row["capacity"] - loads.get(row["id"], 0),
            frozenset(row["segments"]),
            row["turn_at"],
        )
        for row in rows
    ]


async def lock_cases(
    tx: Connection, ids: Collection[UUID], *, lock: bool = True
) -> list[dict[str, Any]]:
    """Cases, locked in order of id; unknown ones are left out."""
    cursor = await tx.execute(CASES + LOCK if lock else CASES, (pg_array(list(ids)),))
    return await cursor.fetchall()


async def give(
    tx: Connection, given: Sequence[Given], by: Principal | None, note: str | None = None
) -> None:
    """Write who has which case from now on, and say so on the timelines."""
    if not given:
        return
    at = clock.now()
    await tx.execute(GIVE, (at, *pg_columns((each.case["id"], each.taker.id) for each in given)))
    await end(tx, [each.case["id"] for each in given], at)
    begun = ((case["id"], taker.id, taker.organization_id) for case, taker in given)
    await tx.execute(BEGIN, (at, at, *pg_columns(begun)))
    activities: list[Activity] = []
    for case, taker in given:
        about = case["id"], case["organization_id"]
        data = {"collector_id": taker.id, "collector": taker.name, "before": case["collector_id"]}
        activities.append(Activity(*about, ActivityKind.ASSIGNED, by, note, data))
        if case["status"] == CaseStatus.NEW:
            moved = {"from": CaseStatus.NEW, "to": CaseStatus.ASSIGNED}
            activities.append(Activity(*about, ActivityKind.MOVED, by, None, moved))
    await record(tx, activities, at)


async def end(tx: Connection, case_ids: Collection[UUID], at: datetime) -> None:
    """Let cases be nobody's from now on, as far as the history goes."""
    await tx.execute(END, (at, at, pg_array(list(case_ids))))


async def assign_by_rule(
    tx: Connection, case_ids: Sequence[UUID], by: Principal | None = None
) -> int:
    """Give cases that nobody has to collectors in turn; how many found one.

    Where nobody has room a case stays as it is.
    """
    if not case_ids:
        return 0
    cursor = await tx.execute(
        "SELECT DISTINCT organization_id FROM dunning_case WHERE id = ANY(%s::uuid[])",
        (pg_array(list(case_ids)),),
    )
    organization_ids = [row["organization_id"] for row in await cursor.fetchall()]
    takers = await lock_takers(tx, organization_ids)
    cases = [
        case
        for case in await lock_cases(tx, case_ids)
        if case["collector_id"] is None and case["status"] != CaseStatus.CLOSED
    ]
    given: list[Given] = []
    for organization_id in organization_ids:
        waiting = [case for case in cases if case["organization_id"] == organization_id]
        given += _in_turn(waiting, [t for t in takers if t.organization_id == organization_id])
    await give(tx, given, by)
    await took_turns(tx, {each.taker.id for each in given})
    return len(given)


def by_turn(takers: Iterable[Taker]) -> list[Taker]:
    """The active ones, who waits longest first."""
    active = (taker for taker in takers if taker.active)
    return sorted(active, key=lambda taker: (taker.turn_at or NEVER, taker.id))


async def took_turns(tx: Connection, collector_ids: Collection[UUID]) -> None:
    """Have collectors wait for their next turn from now on."""
    if collector_ids:
        await tx.execute(TURNS, (clock.now(), pg_array(list(collector_ids))))


def _in_turn(cases: Sequence[Mapping[str, Any]], takers: Sequence[Taker]) -> list[Given]:
    free = by_turn(takers)
    chosen = in_turn(
        [case["segment"] for case in cases],
        [Free(taker.id, taker.room, taker.segments) for taker in free],
    )
    found = {taker.id: taker for taker in free}
    return [
        Given(case, found[collector_id])
        for case, collector_id in zip(cases, chosen, strict=True)
        if collector_id is not None
    ]
