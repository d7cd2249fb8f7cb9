"""Counts, from the indexes that lists use."""

from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared.db import raw

CUSTOMERS: Final = """
SELECT count(*) AS total, count(*) FILTER (WHERE active) AS active
FROM customer WHERE organization_id = %s
"""
LINES: Final = (
    "SELECT status, count(*) AS lines FROM line WHERE organization_id = %s GROUP BY status"
)


async def count_customers(session: AsyncSession, organization_id: UUID) -> tuple[int, int]:
    """How many customers, and how many of them are active."""
    cursor = await (await raw(session)).execute(CUSTOMERS, (organization_id,))
    row = await cursor.fetchone()
    assert row is not None
    return row["total"], row["active"]


async def count_lines(session: AsyncSession, organization_id: UUID) -> dict[str, int]:
    """How many lines of each status there are; statuses without lines are left out."""
    cursor = await (await raw(session)).execute(LINES, (organization_id,))
    return {row["status"]: row["lines"] for row in await cursor.fetchall()}
