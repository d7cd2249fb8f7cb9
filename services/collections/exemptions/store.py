"""Every query on exemptions."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from psycopg.rows import tuple_row
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.arrays import pg_columns
from services.collections.decisions.rules import Exempt
from services.collections.exemptions.model import Exemption
from shared.db import Connection
from shared.pages import PageRequest, paginate

# Three probes of partial indexes for each line asked for; the one that lasts longest counts.
IN_FORCE: Final = """
SELECT asked.place::int - 1, e.id, e.reason, e.until_on
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::date[]) WITH ORDINALITY
     AS asked (organization_id, customer_id, line_id, today, place)
CROSS JOIN LATERAL (
    SELECT found.* FROM (
        SELECT * FROM exemption WHERE exemption.line_id = asked.line_id AND revoked_at IS NULL
        UNION ALL
        SELECT * FROM exemption
        WHERE exemption.customer_id = asked.customer_id AND revoked_at IS NULL
        UNION ALL
        SELECT exemption.* FROM customer JOIN exemption
            ON exemption.organization_id = customer.organization_id
           AND exemption.area = customer.area AND exemption.revoked_at IS NULL
        WHERE customer.id = asked.customer_id) AS found
    WHERE found.organization_id = asked.organization_id
      AND asked.today BETWEEN found.from_on AND found.until_on
    ORDER BY found.until_on DESC, found.id LIMIT 1) AS e
"""
CUSTOMERS: Final = """
SELECT id AS customer_id FROM customer WHERE organization_id = %(organization_id)s AND (
    id = %(customer_id)s OR area = %(area)s
    OR id = (SELECT customer_id FROM line WHERE line_id = %(line_id)s
             AND organization_id = %(organization_id)s))
"""
KNOWN: Final = {
    "customer": "SELECT FROM customer WHERE id = %s AND organization_id = %s",
    "line": "SELECT FROM line WHERE line_id = %s AND organization_id = %s",
}


async def is_known(tx: Connection, organization_id: UUID, kind: str, named: UUID) -> bool:
    """Whether an organization's customer or line has been heard of."""
    cursor = await tx.execute(KNOWN[kind], (named, organization_id))
    return cursor.rowcount > 0


async def in_force(
    tx: Connection, asked: Sequence[tuple[UUID, UUID, UUID | None, date]]
) -> dict[int, Exempt]:
    """The exemptions of lines (organization, customer, line, today), by their places."""
    if not asked:
        return {}
    async with tx.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(IN_FORCE, pg_columns(asked))
        return {place: Exempt(*found) for place, *found in await cursor.fetchall()}


async def customers_of(tx: Connection, exemption: Exemption) -> list[UUID]:
    """The customers an exemption concerns."""
    cursor = await tx.execute(
        CUSTOMERS,
        {
            "organization_id": exemption.organization_id,
            "customer_id": exemption.customer_id,
            "area": exemption.area,
            "line_id": exemption.line_id,
        },
    )
    return [row["customer_id"] for row in await cursor.fetchall()]


async def get(session: AsyncSession, organization_id: UUID, exemption_id: UUID) -> Exemption | None:
    """One exemption of an organization."""
    query = select(Exemption).where(
        Exemption.organization_id == organization_id, Exemption.id == exemption_id
    )
    return await session.scalar(query)


async def list_exemptions(
    session: AsyncSession,
    organization_id: UUID,
    paging: PageRequest,
    *,
    customer_id: UUID | None,
    line_id: UUID | None,
    area: str | None,
    on: date | None,
) -> tuple[list[Exemption], str | None]:
    """Exemptions, the latest first; `on` leaves those that are in force on a day."""
    query = select(Exemption).where(Exemption.organization_id == organization_id)
    if customer_id is not None:
        query = query.where(Exemption.customer_id == customer_id)
    if line_id is not None:
        query = query.where(Exemption.line_id == line_id)
    if area is not None:
        query = query.where(Exemption.area == area)
    if on is not None:
        query = query.where(
            Exemption.from_on <= on,
            Exemption.until_on >= on,
            Exemption.revoked_at.is_(None),
        )
    rows, following = await paginate(
        session,
        query,
        paging,
        sortable={"created_at": Exemption.id.expression},
        default="-created_at",
        key=Exemption.id.expression,
    )
    return [row[0] for row in rows], following
