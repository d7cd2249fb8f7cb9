"""Every statement by which agreements follow the money: sets in, sets out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg.rows import class_row, tuple_row

from services.collections.agreements.rules import Instalment, Judgement, Receipt
from services.collections.arrays import pg_array, pg_columns
from shared.db import Connection

# Served by ix_agreement_customer. Money counts by its day; what is heard of before an agreement
# is made was there already. A plan is paid by what is put against its own invoices and its fee's.
RECEIVE: Final = """
INSERT INTO agreement_receipt AS r (agreement_id, payment_id, organization_id, received_on,
                                    amount_minor)
SELECT a.id, paid.payment_id, a.organization_id, min(paid.received_on), sum(paid.amount_minor)
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[], %s::text[],
            %s::date[], %s::timestamptz[])
     AS paid (organization_id, customer_id, line_id, invoice_id, payment_id, amount_minor,
              currency, received_on, at)
JOIN agreement AS a ON a.customer_id = paid.customer_id
 AND a.organization_id = paid.organization_id AND a.currency = paid.currency
 AND (a.line_id IS NULL OR a.line_id = paid.line_id)
 AND (a.kind <> 'plan' OR paid.invoice_id = a.fee_invoice_id
      OR paid.invoice_id = ANY(a.invoice_ids))
 AND a.status IN ('open', 'broken') AND a.made_at <= paid.at AND a.last_on >= paid.received_on
GROUP BY a.id, paid.payment_id, a.organization_id
ON CONFLICT (agreement_id, payment_id) DO UPDATE
    SET amount_minor = r.amount_minor + excluded.amount_minor
RETURNING agreement_id
"""
# Served by ix_agreement_customer; what nothing can change any more is none of it.
ANY_OF: Final = """
SELECT EXISTS (
    SELECT FROM agreement WHERE customer_id = ANY(%s::uuid[])
      AND (status IN ('open', 'broken') OR kind = 'offer' AND status = 'kept' AND NOT cleared)
) AS found
"""
OPEN_OF: Final = """
SELECT id FROM agreement WHERE customer_id = ANY(%s::uuid[]) AND status = 'open'
"""
# Served by ix_agreement_judge_on, one probe an organization.
DUE: Final = """
SELECT a.id, a.organization_id, a.customer_id
FROM organization AS o CROSS JOIN LATERAL (
    SELECT id, organization_id, customer_id FROM agreement
    WHERE organization_id = o.id AND status = 'open' AND judge_on <= (
        (%s + make_interval(secs => o.clock_offset_seconds)) AT TIME ZONE o.time_zone)::date
    ORDER BY judge_on, id LIMIT %s) AS a
LIMIT %s
"""
LOCK: Final = """
SELECT a.id, a.organization_id, a.case_id, a.customer_id, a.line_id, a.kind, a.status, a.currency,
       a.amount_minor, a.fee_minor, a.debt_minor, a.received_minor, a.grace_days, a.restores,
       a.made_on, a.last_on, a.judge_on, a.version, a.fee_invoice_id
FROM agreement AS a WHERE a.id = ANY(%s::uuid[]) ORDER BY a.id FOR NO KEY UPDATE
"""
# What is left of the debt: the case's, and of a plan its own invoices'. A fee not heard of yet is
# still to be paid.
LEFT: Final = """
SELECT a.id, c.cured_on IS NOT NULL, c.debt_minor, owed.minor,
       coalesce(fee.open_minor, a.fee_minor)
FROM agreement AS a JOIN dunning_case AS c ON c.id = a.case_id
CROSS JOIN LATERAL (
    SELECT coalesce(sum(debt.open_minor), 0)::bigint AS minor FROM debt
    WHERE debt.invoice_id = ANY(a.invoice_ids) AND debt.organization_id = a.organization_id
) AS owed
LEFT JOIN LATERAL (
    SELECT debt.open_minor FROM debt
    WHERE debt.invoice_id = a.fee_invoice_id AND debt.organization_id = a.organization_id
      AND (debt.total_minor IS NOT NULL OR debt.voided)
) AS fee ON true
WHERE a.id = ANY(%s::uuid[])
"""
# Served by ix_agreement_taken.
CLEARED: Final = """
UPDATE agreement AS a SET cleared = true
FROM dunning_case AS c
WHERE c.id = a.case_id AND c.cured_on IS NOT NULL AND a.customer_id = ANY(%s::uuid[])
  AND a.kind = 'offer' AND a.status = 'kept' AND NOT a.cleared
RETURNING a.id, a.organization_id, a.customer_id
"""
INSTALMENTS: Final = """
SELECT agreement_id, number, due_on, amount_minor FROM instalment
WHERE agreement_id = ANY(%s::uuid[]) ORDER BY agreement_id, number
"""
RECEIPTS: Final = """
SELECT agreement_id, received_on, amount_minor FROM agreement_receipt
WHERE agreement_id = ANY(%s::uuid[])
"""
WRITE: Final = """
UPDATE agreement AS a SET status = new.status, received_minor = new.received_minor,
    judge_on = new.judge_on, ended_on = new.ended_on, version = a.version + 1
FROM unnest(%s::uuid[], %s::text[], %s::bigint[], %s::date[], %s::date[])
     AS new (id, status, received_minor, judge_on, ended_on)
WHERE a.id = new.id
"""
BROKEN: Final = """
UPDATE dunning_case AS c SET broken_promises = greatest(0, c.broken_promises + new.by::int),
    version = c.version + 1
FROM unnest(%s::uuid[], %s::int[]) AS new (id, by)
WHERE c.id = new.id
"""
# The system's moves: from where the agreement put the case to where its end leaves it.
MOVE: Final = """
WITH asked AS MATERIALIZED (
    SELECT * FROM unnest(%s::uuid[], %s::text[], %s::text[]) AS row (id, was, becomes)
), locked AS MATERIALIZED (
    SELECT c.id FROM asked JOIN dunning_case AS c USING (id) WHERE c.status = asked.was
    ORDER BY c.id FOR NO KEY UPDATE OF c
), moved AS (
    UPDATE dunning_case AS c SET status = asked.becomes, version = c.version + 1
    FROM asked JOIN locked USING (id) WHERE c.id = asked.id AND c.status = asked.was
    RETURNING c.id, c.organization_id, asked.was, asked.becomes
)
INSERT INTO activity (case_id, id, organization_id, kind, at, data)
SELECT id, duesline_uuid7(), organization_id, 'moved', %s,
       json_build_object('from', was, 'to', becomes)
FROM moved
"""


class Paid(NamedTuple):
    """Money put against an invoice of a customer; a negative amount was taken back."""

    organization_id: UUID
    customer_id: UUID
    line_id: UUID | None
    invoice_id: UUID
    payment_id: UUID
    amount_minor: int
    currency: str
    received_on: date
    at: datetime


class Due(NamedTuple):
    """An agreement that a day decides about."""

    id: UUID
    organization_id: UUID
    customer_id: UUID


@dataclass(frozen=True, slots=True)
class Held:
    """An agreement, locked."""

    id: UUID
    organization_id: UUID
    case_id: UUID
    customer_id: UUID
    line_id: UUID | None
    kind: str
    status: str
    currency: str
    amount_minor: int
    fee_minor: int
    debt_minor: int
    received_minor: int
    grace_days: int
    restores: bool
    made_on: date
    last_on: date
    judge_on: date | None
    version: int
    fee_invoice_id: UUID | None


class Left(NamedTuple):
    """What is left of what an agreement is about; of a plan its invoices', and of its fee."""

    cured: bool
    rest_minor: int
    owed_minor: int
    fee_open_minor: int


async def any_of(tx: Connection, customer_ids: Collection[UUID]) -> bool:
    """Whether customers have agreements that money may say something about."""
    cursor = await tx.execute(ANY_OF, (pg_array(list(customer_ids)),))
    row = await cursor.fetchone()
    return bool(row and row["found"])


async def receive(tx: Connection, paid: Sequence[Paid]) -> set[UUID]:
    """Count money for the agreements it is for; which those are."""
    rows = [(*each[:7], each.received_on, each.at.isoformat()) for each in paid]
    cursor = await tx.execute(RECEIVE, pg_columns(rows))
    return {row["agreement_id"] for row in await cursor.fetchall()}


async def open_of(tx: Connection, customer_ids: Collection[UUID]) -> set[UUID]:
    """The open agreements of customers; served by ix_agreement_customer."""
    cursor = await tx.execute(OPEN_OF, (pg_array(list(customer_ids)),))
    return {row["id"] for row in await cursor.fetchall()}


async def due(tx: Connection, now: datetime, limit: int) -> list[Due]:
    """Open agreements of which a day has passed that may decide them."""
    async with tx.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(DUE, (now, limit, limit))
        return [Due(*row) for row in await cursor.fetchall()]


async def lock(tx: Connection, ids: Collection[UUID]) -> list[Held]:
    """Agreements, locked in order of id."""
    async with tx.cursor(row_factory=class_row(Held)) as cursor:
        await cursor.execute(LOCK, (pg_array(list(ids)),))
        return await cursor.fetchall()


async def left(tx: Connection, ids: Collection[UUID]) -> dict[UUID, Left]:
    """What is left of what agreements are about."""
    async with tx.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(LEFT, (pg_array(list(ids)),))
        return {id_: Left(*row) for id_, *row in await cursor.fetchall()}


async def cleared(tx: Connection, customer_ids: Collection[UUID]) -> list[tuple[UUID, UUID, UUID]]:
    """Offers taken of which the rest is gone now, each once, with organization and customer."""
    async with tx.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(CLEARED, (pg_array(list(customer_ids)),))
        return [(row[0], row[1], row[2]) for row in await cursor.fetchall()]


async def instalments(tx: Connection, ids: Collection[UUID]) -> dict[UUID, list[Instalment]]:
    """The days of agreements."""
    found: dict[UUID, list[Instalment]] = {}
    async with tx.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(INSTALMENTS, (pg_array(list(ids)),))
        for agreement_id, *row in await cursor.fetchall():
            found.setdefault(agreement_id, []).append(Instalment(*row))
    return found


async def receipts(tx: Connection, ids: Collection[UUID]) -> dict[UUID, list[Receipt]]:
    """What was received for agreements."""
    found: dict[UUID, list[Receipt]] = {}
    async with tx.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(RECEIPTS, (pg_array(list(ids)),))
        for agreement_id, *row in await cursor.fetchall():
            found.setdefault(agreement_id, []).append(Receipt(*row))
    return found


async def write(
    tx: Connection, judged: Sequence[tuple[Held, Judgement]], ended_on: Mapping[UUID, date | None]
) -> None:
    """Keep what was found."""
    rows: list[tuple[Any, ...]] = [
        (held.id, found.status.value, found.received_minor, found.judge_on, ended_on[held.id])
        for held, found in judged
    ]
    await tx.execute(WRITE, pg_columns(rows))


async def count_broken(tx: Connection, by_case: Mapping[UUID, int]) -> None:
    """Count promises broken (or, by money heard of late, kept after all) on their cases."""
    rows = [(case_id, by) for case_id, by in sorted(by_case.items()) if by]
    if rows:
        await tx.execute(BROKEN, pg_columns(rows))


async def move_cases(tx: Connection, moves: Sequence[tuple[UUID, str, str]], at: datetime) -> None:
    """Move cases that are where an agreement put them to where its end leaves them."""
    if moves:
        await tx.execute(MOVE, (*pg_columns(moves), at))
