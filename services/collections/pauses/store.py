"""Every statement on pauses.

One row for each thing that paused (kind and source), written again when it changes and never
taken away: an end that is heard of before its beginning leaves a row that has ended.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from psycopg.rows import tuple_row

from services.collections.arrays import pg_array, pg_columns
from services.collections.pauses.rules import Pause, PauseKind
from shared.db import Connection

# A payment that was put against an invoice already has nothing to pause (ix_allocation_payment);
# that one came in says less of it than its announcement did.
PUT: Final = """
INSERT INTO pause AS p (id, organization_id, customer_id, line_id, invoice_id, kind, amount_minor,
                        from_on, until_on, expires_at, restores, source_id, reason, created_by,
                        created_at)
SELECT row.*, %s FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[],
    %s::bigint[], %s::date[], %s::date[], %s::timestamptz[], %s::boolean[], %s::uuid[], %s::text[],
    %s::uuid[])
    AS row (id, organization_id, customer_id, line_id, invoice_id, kind, amount_minor, from_on,
            until_on, expires_at, restores, source_id, reason, created_by)
WHERE row.kind <> 'payment_in_flight' OR NOT EXISTS (
    SELECT FROM allocation AS a
    WHERE a.payment_id = row.source_id AND a.organization_id = row.organization_id)
ON CONFLICT (organization_id, kind, source_id) DO UPDATE SET
    line_id = CASE WHEN p.kind = 'payment_in_flight'
                   THEN coalesce(excluded.line_id, p.line_id) ELSE excluded.line_id END,
    invoice_id = CASE WHEN p.kind = 'payment_in_flight'
                      THEN coalesce(excluded.invoice_id, p.invoice_id) ELSE excluded.invoice_id END,
    amount_minor = excluded.amount_minor, from_on = excluded.from_on,
    until_on = excluded.until_on, restores = excluded.restores,
    expires_at = CASE WHEN p.kind = 'payment_in_flight'
                      THEN least(p.expires_at, excluded.expires_at) ELSE excluded.expires_at END
WHERE p.ended_at IS NULL
"""
# One whose beginning is not known yet gets a row that has ended.
END: Final = """
INSERT INTO pause AS p (id, organization_id, customer_id, kind, source_id, ended_by, from_on,
                        created_at, ended_at)
SELECT row.*, 'infinity', %(at)s, %(at)s
FROM unnest(%(ids)s::uuid[], %(organization_ids)s::uuid[], %(customer_ids)s::uuid[],
            %(kinds)s::text[], %(source_ids)s::uuid[], %(ended_by)s::uuid[]) AS row
ON CONFLICT (organization_id, kind, source_id) DO UPDATE SET
    ended_at = excluded.ended_at, ended_by = excluded.ended_by
WHERE p.ended_at IS NULL
"""
PAID: Final = """
UPDATE pause SET ended_at = %s FROM unnest(%s::uuid[], %s::uuid[]) AS paid (organization_id, id)
WHERE pause.organization_id = paid.organization_id AND pause.kind = 'payment_in_flight'
  AND pause.source_id = paid.id AND pause.ended_at IS NULL
"""
# Served by ix_pause_customer. Those that have run out are left to the rule.
OF_CUSTOMERS: Final = """
SELECT customer_id, id, kind, line_id, invoice_id, amount_minor, from_on, until_on, expires_at,
       restores
FROM pause WHERE customer_id = ANY(%s::uuid[]) AND ended_at IS NULL
"""


REASON: Final = frozenset({12})  # what people wrote, among the columns of PUT


class NewPause(NamedTuple):
    """A pause about to be written; `source_id` is the promise, plan, dispute or payment.

    One that somebody makes by hand is its own source, with a reason and an author.
    """

    organization_id: UUID
    customer_id: UUID
    kind: PauseKind
    source_id: UUID
    from_on: date
    until_on: date | None = None
    line_id: UUID | None = None
    invoice_id: UUID | None = None
    amount_minor: int | None = None
    expires_at: datetime | None = None
    restores: bool = True
    reason: str | None = None
    created_by: UUID | None = None


class Ending(NamedTuple):
    """The end of what one source had paused."""

    organization_id: UUID
    customer_id: UUID
    kind: PauseKind
    source_id: UUID
    ended_by: UUID | None = None


async def put(
    tx: Connection, ids: Sequence[UUID], pauses: Sequence[NewPause], at: datetime
) -> None:
    """Write pauses, each once for its source; one that has ended stays ended."""
    rows = (
        (
            id_,
            pause.organization_id,
            pause.customer_id,
            pause.line_id,
            pause.invoice_id,
            pause.kind.value,
            pause.amount_minor,
            pause.from_on,
            pause.until_on,
            pause.expires_at,
            pause.restores,
            pause.source_id,
            pause.reason,
            pause.created_by,
        )
        for id_, pause in zip(ids, pauses, strict=True)
    )
    await tx.execute(PUT, (at, *pg_columns(rows, texts=REASON)))


async def end(tx: Connection, ids: Sequence[UUID], endings: Sequence[Ending], at: datetime) -> None:
    """End what sources had paused, now and for ever."""
    await tx.execute(
        END,
        {
            "at": at,
            "ids": pg_array(ids),
            "organization_ids": pg_array([each.organization_id for each in endings]),
            "customer_ids": pg_array([each.customer_id for each in endings]),
            "kinds": pg_array([each.kind.value for each in endings]),
            "source_ids": pg_array([each.source_id for each in endings]),
            "ended_by": pg_array([each.ended_by for each in endings]),
        },
    )


async def end_of_payments(
    tx: Connection, payments: Collection[tuple[UUID, UUID]], at: datetime
) -> None:
    """End what payments (organization, payment) had paused whose money was put to its use."""
    if payments:
        await tx.execute(PAID, (at, *pg_columns(payments)))


async def of_customers(tx: Connection, customer_ids: Collection[UUID]) -> dict[int, list[Pause]]:
    """The pauses not ended, by the number of their customer's id."""
    found: dict[int, list[Pause]] = {}
    if customer_ids:
        async with tx.cursor(row_factory=tuple_row) as cursor:
            await cursor.execute(OF_CUSTOMERS, (pg_array(list(customer_ids)),))
            for customer_id, id_, kind, *rest in await cursor.fetchall():
                pause = Pause(id_, PauseKind(kind), *rest)
                found.setdefault(customer_id.int, []).append(pause)
    return found
