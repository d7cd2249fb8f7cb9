"""What upheld disputes keep out, as their invoices are lowered.

An upheld dispute waits until its amount has been taken off the invoice. What was taken off
counts no longer by itself, so the pause must not take it out a second time: it is lowered by
the same statement, before anybody is judged by either.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from services.collections.arrays import pg_array
from shared.db import Connection

# Served by ix_dispute_upheld. Those that wait for one invoice have seen the same sums of it,
# and each cent counts for the oldest alone.
FOLLOW: Final = """
WITH waiting AS (
    SELECT d.id, debt.voided, debt.credited_minor + debt.written_off_minor AS adjusted_minor,
           debt.credited_minor + debt.written_off_minor - d.adjusted_minor AS more_minor,
           coalesce(sum(d.waiting_minor) OVER (
               PARTITION BY d.invoice_id ORDER BY d.id
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::bigint AS before_minor
    FROM dispute AS d
    JOIN debt ON debt.invoice_id = d.invoice_id AND debt.organization_id = d.organization_id
    WHERE d.invoice_id = ANY(%s::uuid[]) AND d.waiting_minor > 0
), followed AS (
    UPDATE dispute AS d SET
        waiting_minor = CASE WHEN w.voided THEN 0 ELSE greatest(
            0, d.waiting_minor - greatest(0, w.more_minor - w.before_minor)) END,
        adjusted_minor = w.adjusted_minor, version = d.version + 1
    FROM waiting AS w WHERE d.id = w.id AND (w.voided OR w.more_minor > 0)
    RETURNING d.id, d.organization_id, d.waiting_minor
)
UPDATE pause AS p SET amount_minor = coalesce(nullif(f.waiting_minor, 0), p.amount_minor),
    ended_at = CASE WHEN f.waiting_minor = 0 THEN %s END
FROM followed AS f
WHERE p.organization_id = f.organization_id AND p.kind = 'dispute' AND p.source_id = f.id
  AND p.ended_at IS NULL
"""


async def follow_adjustments(tx: Connection, invoice_ids: Collection[UUID], at: datetime) -> None:
    """Keep out what is still to be taken off invoices that were lowered or annulled."""
    if invoice_ids:
        await tx.execute(FOLLOW, (pg_array(list(invoice_ids)), at))
