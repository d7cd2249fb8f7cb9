"""Every statement that keeps what figures are made of.

Each row is one fact of another service under that fact's own id, so it may be said in any
order and any number of times.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from services.collections.arrays import pg_columns
from shared.db import Connection

MOVEMENTS: Final = """
INSERT INTO money_movement (id, organization_id, payment_id, customer_id, amount_minor, currency,
                            on_day)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[], %s::text[],
                     %s::date[])
ON CONFLICT DO NOTHING
"""
ALLOCATIONS: Final = """
INSERT INTO allocation (id, organization_id, payment_id, invoice_id, customer_id, line_id,
                        amount_minor, currency, on_day, event_id, at)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[],
                     %s::bigint[], %s::text[], %s::date[], %s::uuid[], %s::timestamptz[])
ON CONFLICT DO NOTHING
"""
RESTORED: Final = """
INSERT INTO line_restored (line_id, generation, organization_id, at)
SELECT * FROM unnest(%s::uuid[], %s::bigint[], %s::uuid[], %s::timestamptz[])
ON CONFLICT DO NOTHING
"""


class Movement(NamedTuple):
    """Money that came (more than 0) or went (less)."""

    id: UUID
    organization_id: UUID
    payment_id: UUID
    customer_id: UUID
    amount_minor: int
    currency: str
    on_day: date


class Allocated(NamedTuple):
    """Money put against an invoice, or (less than 0) taken back from it."""

    id: UUID
    organization_id: UUID
    payment_id: UUID
    invoice_id: UUID
    customer_id: UUID
    line_id: UUID | None
    amount_minor: int
    currency: str
    on_day: date
    event_id: UUID
    at: datetime


class Restored(NamedTuple):
    """A line that was switched back on by an order."""

    line_id: UUID
    generation: int
    organization_id: UUID
    at: datetime


async def keep_movements(tx: Connection, rows: Iterable[Movement]) -> None:
    """Keep money that came and went."""
    if found := list(rows):
        await tx.execute(MOVEMENTS, pg_columns(found))


async def keep_allocations(tx: Connection, rows: Iterable[Allocated]) -> None:
    """Keep what money was put against."""
    if found := list(rows):
        await tx.execute(ALLOCATIONS, pg_columns(found))


async def keep_restored(tx: Connection, rows: Iterable[Restored]) -> None:
    """Keep when lines came back."""
    if found := list(rows):
        await tx.execute(RESTORED, pg_columns(found))
