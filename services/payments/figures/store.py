"""Sums of payments, from the index that lists use."""

from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared.db import raw

RECEIVED: Final = """
SELECT count(*) AS payments, coalesce(sum(amount_minor), 0)::bigint AS amount_minor
FROM payment
WHERE organization_id = %s AND received_on BETWEEN %s AND %s AND currency = %s
"""


async def received(
    session: AsyncSession, organization_id: UUID, first: date, last: date, currency: str
) -> tuple[int, int]:
    """How many payments of these days, and their sum in minor units."""
    cursor = await (await raw(session)).execute(RECEIVED, (organization_id, first, last, currency))
    row = await cursor.fetchone()
    assert row is not None
    return row["payments"], row["amount_minor"]
