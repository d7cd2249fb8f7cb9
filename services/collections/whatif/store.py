"""Every query of what-ifs: the past read by pages of customers, the steps written back."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

import orjson
from psycopg.rows import class_row, tuple_row
from sqlalchemy import and_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.arrays import pg_array, pg_columns
from services.collections.whatif.model import WhatIf, WhatIfStep
from shared import clock
from shared.db import Connection, raw
from shared.pages import PageRequest, paginate

NOBODY: Final = UUID(int=0)
WAKE: Final = "NOTIFY duesline_timer, 'run-what-ifs'"
NEXT: Final = """
SELECT id, organization_id, document::text AS document, from_on, to_on, status, after_customer_id
FROM what_if WHERE status IN ('pending', 'running')
ORDER BY requested_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
"""
CUSTOMERS: Final = """
SELECT c.id FROM customer AS c WHERE c.organization_id = %s AND c.id > %s ORDER BY c.id LIMIT %s
"""
DEBTS: Final = """
SELECT d.customer_id, d.invoice_id, d.number, d.currency, d.total_minor, d.due_on, d.line_id,
       d.kind <> 'charge', coalesce(d.issued_on, d.due_on)
FROM debt AS d WHERE d.customer_id = ANY(%s::uuid[]) AND d.organization_id = %s
  AND d.total_minor IS NOT NULL AND d.due_on <= %s
"""
CHANGES: Final = """
SELECT invoice_id, kind, on_day, version, settled_minor FROM debt_change
WHERE invoice_id = ANY(%s::uuid[])
"""
LINES: Final = """
SELECT line_id, customer_id, plan_name, installed_on, essential FROM line
WHERE organization_id = %s AND customer_id = ANY(%s::uuid[])
"""
FACTS: Final = "SELECT id, tags, area FROM customer WHERE id = ANY(%s::uuid[])"
PAUSES: Final = """
SELECT customer_id, id, kind, line_id, invoice_id, amount_minor, from_on,
       least(until_on, (ended_at AT TIME ZONE 'UTC')::date - 1,
             (expires_at AT TIME ZONE 'UTC')::date), NULL::timestamptz, restores
FROM pause WHERE customer_id = ANY(%s::uuid[]) AND from_on < 'infinity'
"""
DID: Final = """
SELECT d.customer_id, d.line_id, d.today, d.outcome, d.stages, d.policy_version
FROM decision AS d
WHERE (d.line_id = ANY(%s::uuid[]) OR d.line_id IS NULL AND d.customer_id = ANY(%s::uuid[]))
  AND d.organization_id = %s AND d.today BETWEEN %s AND %s
  AND (d.outcome = 'suspend' OR d.stages IS NOT NULL)
"""
REMINDED: Final = """
SELECT r.customer_id, d.line_id, r.on_day FROM reminder AS r
JOIN debt AS d ON d.invoice_id = r.invoice_id
WHERE r.organization_id = %s AND r.customer_id = ANY(%s::uuid[]) AND r.on_day BETWEEN %s AND %s
"""
STEPS: Final = """
INSERT INTO what_if_step (what_if_id, organization_id, customer_id, subject_id, line_id,
                          stage_kind, place, would_on, did_on, stage, amount_minor)
SELECT %s, %s, row.* FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::int[],
                                 %s::date[], %s::date[], %s::text[], %s::bigint[]) AS row
ON CONFLICT DO NOTHING
"""
SUMMARY: Final = """
SELECT stage_kind AS kind, count(would_on) AS would, count(did_on) AS did,
       count(*) FILTER (WHERE would_on = did_on) AS same,
       count(*) FILTER (WHERE would_on < did_on) AS sooner,
       count(*) FILTER (WHERE would_on > did_on) AS later,
       count(*) FILTER (WHERE did_on IS NULL) AS only_tried,
       count(*) FILTER (WHERE would_on IS NULL) AS only_done,
       count(DISTINCT customer_id) FILTER (WHERE would_on IS NOT NULL) AS customers_would,
       count(DISTINCT customer_id) FILTER (WHERE did_on IS NOT NULL) AS customers_did
FROM what_if_step WHERE what_if_id = %s GROUP BY stage_kind ORDER BY stage_kind
"""
EXPORT: Final = """
SELECT s.customer_id, c.name, s.line_id, s.stage_kind, s.stage, s.would_on, s.did_on,
       s.amount_minor, s.subject_id, s.place
FROM what_if_step AS s LEFT JOIN customer AS c ON c.id = s.customer_id
WHERE s.organization_id = %(organization_id)s AND s.what_if_id = %(id)s
  AND s.would_on IS DISTINCT FROM s.did_on
  AND (s.stage_kind, s.customer_id, s.subject_id, s.place)
    > (%(kind)s, %(customer_id)s, %(subject_id)s, %(place)s)
ORDER BY s.stage_kind, s.customer_id, s.subject_id, s.place LIMIT %(limit)s
"""
EXPORT_PAGE: Final = 5000


@dataclass(frozen=True, slots=True)
class Progress:
    """A what-if under way."""

    id: UUID
    organization_id: UUID
    document: str
    from_on: date
    to_on: date
    status: str
    after_customer_id: UUID | None


async def lock_next(tx: Connection) -> Progress | None:
    """The what-if asked for first that is not over, locked."""
    async with tx.cursor(row_factory=class_row(Progress)) as cursor:
        await cursor.execute(NEXT)
        return await cursor.fetchone()


async def start(tx: Connection, found: Progress) -> None:
    """Mark as begun, with how many customers there are to look at."""
    await tx.execute(
        "UPDATE what_if SET status = 'running', started_at = %s, customers ="
        " (SELECT count(*) FROM customer WHERE organization_id = %s) WHERE id = %s",
        (clock.now(), found.organization_id, found.id),
    )


async def customers_after(tx: Connection, found: Progress, limit: int) -> list[UUID]:
    """The next page of customers."""
    cursor = await tx.execute(
        CUSTOMERS, (found.organization_id, found.after_customer_id or NOBODY, limit)
    )
    return [row["id"] for row in await cursor.fetchall()]


async def rows(tx: Connection, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """What one of the statements on the past yields."""
    async with tx.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(statement, parameters)
        return await cursor.fetchall()


async def keep(
    tx: Connection, found: Progress, steps: Sequence[tuple[Any, ...]], customers: Sequence[UUID]
) -> None:
    """Write a page's steps and remember where it ended."""
    if steps:
        await tx.execute(STEPS, (found.id, found.organization_id, *pg_columns(steps)))
    await tx.execute(
        "UPDATE what_if SET after_customer_id = %s, customers_done = customers_done + %s"
        " WHERE id = %s",
        (customers[-1], len(customers), found.id),
    )


async def finish(tx: Connection, found: Progress) -> None:
    """Mark as done, with its summary."""
    cursor = await tx.execute(SUMMARY, (found.id,))
    summary = orjson.dumps([dict(row) for row in await cursor.fetchall()]).decode()
    await tx.execute(
        "UPDATE what_if SET status = 'finished', finished_at = %s, summary = %s::json"
        " WHERE id = %s",
        (clock.now(), summary, found.id),
    )


async def fail(tx: Connection, what_if_id: UUID, error: str) -> None:
    """Mark as failed."""
    await tx.execute(
        "UPDATE what_if SET status = 'failed', finished_at = %s, error = %s WHERE id = %s",
        (clock.now(), error[:1000], what_if_id),
    )


async def get(
    session: AsyncSession, organization_id: UUID, what_if_id: UUID, *, lock: bool = False
) -> WhatIf | None:
    """One what-if of an organization."""
    query = select(WhatIf).where(WhatIf.organization_id == organization_id, WhatIf.id == what_if_id)
    return await session.scalar(query.with_for_update() if lock else query)


async def wake(session: AsyncSession) -> None:
    """Have the worker look when this commits."""
    await (await raw(session)).execute(WAKE)


async def list_what_ifs(
    session: AsyncSession, organization_id: UUID, paging: PageRequest, status: str | None
) -> tuple[list[WhatIf], str | None]:
    """What-ifs, the latest first; served by ix_what_if_organization."""
    query = select(WhatIf).where(WhatIf.organization_id == organization_id)
    if status is not None:
        query = query.where(WhatIf.status == status)
    found, following = await paginate(
        session,
        query,
        paging,
        sortable={"requested_at": WhatIf.id.expression},
        default="-requested_at",
        key=WhatIf.id.expression,
    )
    return [row[0] for row in found], following


async def list_steps(
    session: AsyncSession,
    organization_id: UUID,
    what_if_id: UUID,
    *,
    kind: str | None,
    change: str | None,
    customer_id: UUID | None,
    after: tuple[str, UUID, UUID, int] | None,
    limit: int,
) -> list[WhatIfStep]:
    """The steps that differ, by kind, customer and subject; one more than a page has."""
    step = WhatIfStep
    query = select(step).where(
        step.organization_id == organization_id,
        step.what_if_id == what_if_id,
        step.would_on.is_distinct_from(step.did_on),
    )
    if kind is not None:
        query = query.where(step.stage_kind == kind)
    if customer_id is not None:
        query = query.where(step.customer_id == customer_id)
    conditions = {
        "only_tried": step.did_on.is_(None),
        "only_done": step.would_on.is_(None),
        "sooner": and_(step.would_on < step.did_on),
        "later": and_(step.would_on > step.did_on),
    }
    if change is not None:
        query = query.where(conditions[change])
    order = (step.stage_kind, step.customer_id, step.subject_id, step.place)
    if after is not None:
        query = query.where(_beyond(after))
    found = await session.scalars(query.order_by(*order).limit(limit + 1))
    return list(found)


def _beyond(after: tuple[str, UUID, UUID, int]) -> Any:
    step = WhatIfStep
    return tuple_(step.stage_kind, step.customer_id, step.subject_id, step.place) > after


async def export(
    tx: Connection, organization_id: UUID, what_if_id: UUID
) -> AsyncIterator[list[tuple[Any, ...]]]:
    """All steps that differ, page by page."""
    place: tuple[Any, ...] = ("", NOBODY, NOBODY, -1)
    while True:
        async with tx.cursor(row_factory=tuple_row) as cursor:
            await cursor.execute(
                EXPORT,
                {
                    "organization_id": organization_id,
                    "id": what_if_id,
                    "kind": place[0],
                    "customer_id": place[1],
                    "subject_id": place[2],
                    "place": place[3],
                    "limit": EXPORT_PAGE,
                },
            )
            page = await cursor.fetchall()
        if not page:
            return
        yield page
        last = page[-1]
        place = (last[3], last[0], last[8], last[9])


def ids(values: Sequence[UUID]) -> str:
    """Ids as an array parameter."""
    return pg_array(list(values))
