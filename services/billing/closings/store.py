"""The SQL of closings."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from shared.db import Connection

# One probe of ix_subscription_credit_on per organization, however many subscriptions there are.
LOCAL_TODAY: Final = """
((%(now)s + make_interval(secs => o.clock_offset_seconds)) AT TIME ZONE o.time_zone)::date
"""
DUE: Final = f"""
SELECT o.id, s.id AS subscription_id
FROM organization AS o, LATERAL (
    SELECT s.id FROM subscription AS s
    WHERE s.organization_id = o.id AND s.credit_on <= {LOCAL_TODAY}
    ORDER BY s.credit_on, s.id LIMIT %(most)s) AS s
WHERE o.active
"""
LOCK: Final = """
SELECT credit_on FROM subscription
WHERE id = %s AND organization_id = %s AND credit_on IS NOT NULL FOR UPDATE
"""
MOST_INVOICES: Final = 24
"""How far back an invoice is looked for that can be credited."""

# In the order of ids, as every statement that locks many invoices.
LOCK_INVOICES: Final = f"""
SELECT i.id, p.period_start FROM invoice AS i
JOIN (SELECT invoice_id, period_start FROM subscription_period
      WHERE subscription_id = %s AND outcome = 'billed'
      ORDER BY period_start DESC LIMIT {MOST_INVOICES}) AS p ON p.invoice_id = i.id
ORDER BY i.id FOR UPDATE OF i
"""


async def due(tx: Connection, now: datetime, most: int) -> list[tuple[UUID, UUID]]:
    """Organizations and the subscriptions that are to be closed today, up to `most` of each."""
    cursor = await tx.execute(DUE, {"now": now, "most": most})
    return [(row["id"], row["subscription_id"]) for row in await cursor.fetchall()]


async def lock(tx: Connection, organization_id: UUID, subscription_id: UUID) -> bool:
    """Lock a subscription that is to be closed; False when somebody was faster."""
    cursor = await tx.execute(LOCK, (subscription_id, organization_id))
    return await cursor.fetchone() is not None


async def lock_invoices(tx: Connection, subscription_id: UUID) -> list[tuple[date, UUID]]:
    """Lock the latest invoices of a subscription: the first days of their periods, latest first."""
    rows = await (await tx.execute(LOCK_INVOICES, (subscription_id,))).fetchall()
    return sorted(((row["period_start"], row["id"]) for row in rows), reverse=True)
