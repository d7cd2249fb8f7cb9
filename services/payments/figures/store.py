"""Sums of payments, from the index that lists use."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared.db import raw

RECEIVED: Final = """
SELECT count(*) AS payments, coalesce(sum(amount_minor), 0)::bigint AS amount_minor
FROM payment
WHERE organization_id = %s AND received_on BETWEEN %s AND %s AND currency = %s
"""
# One pass over the wanted payments, summed three ways.
SUMS: Final = """
WITH wanted AS MATERIALIZED (
    SELECT method, deposit_account_id, received_on, amount_minor,
           (SELECT coalesce(sum(amount_minor), 0)::bigint FROM payment_return
            WHERE payment_id = payment.id) AS returned_minor
    FROM payment
    WHERE organization_id = %(organization_id)s AND currency = %(currency)s
      AND received_on BETWEEN %(first)s AND %(last)s
      AND (%(method)s::text IS NULL OR method = %(method)s)
      AND (%(deposit_account_id)s::uuid IS NULL OR deposit_account_id = %(deposit_account_id)s)
      AND (%(customer_id)s::uuid IS NULL OR customer_id = %(customer_id)s)
)
SELECT CASE WHEN grouping(method) = 0 THEN 'method'
            WHEN grouping(deposit_account_id) = 0 THEN 'account' ELSE 'day' END AS of,
       coalesce(method, deposit_account_id::text, received_on::text) AS key,
       count(*) AS payments, sum(amount_minor)::bigint AS amount_minor,
       sum(returned_minor)::bigint AS returned_minor
FROM wanted
GROUP BY GROUPING SETS (method, deposit_account_id, received_on)
ORDER BY key
"""


async def received(
    session: AsyncSession, organization_id: UUID, first: date, last: date, currency: str
) -> tuple[int, int]:
    """How many payments of these days, and their sum in minor units."""
    cursor = await (await raw(session)).execute(RECEIVED, (organization_id, first, last, currency))
    row = await cursor.fetchone()
    assert row is not None
    return row["payments"], row["amount_minor"]


async def sums(session: AsyncSession, **wanted: Any) -> list[dict[str, Any]]:
    """Payments summed by method, by deposit account and by day.

    Served by ix_payment_received_on.
    """
    cursor = await (await raw(session)).execute(SUMS, wanted)
    return await cursor.fetchall()
