"""What open payment plans keep out, as their invoices are paid, lowered or owed again.

A plan keeps out what is open of its own invoices and, once that is nothing, the invoice of its
fee. Followed where facts are taken in, before anybody is judged by either.
"""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from services.collections.arrays import pg_array
from shared.db import Connection

# Served by ix_agreement_customer. A plan of which nothing is left ends in the same transaction.
FOLLOW: Final = """
WITH plan AS (
    SELECT a.id, a.organization_id, a.fee_invoice_id, (
        SELECT coalesce(sum(debt.open_minor), 0)::bigint FROM debt
        WHERE debt.invoice_id = ANY(a.invoice_ids)
          AND debt.organization_id = a.organization_id) AS owed_minor
    FROM agreement AS a
    WHERE a.customer_id = ANY(%s::uuid[]) AND a.kind = 'plan' AND a.status = 'open'
)
UPDATE pause AS p SET amount_minor = nullif(plan.owed_minor, 0),
    invoice_id = CASE WHEN plan.owed_minor = 0 THEN plan.fee_invoice_id END
FROM plan
WHERE p.organization_id = plan.organization_id AND p.kind = 'plan' AND p.source_id = plan.id
  AND p.ended_at IS NULL AND (plan.owed_minor > 0 OR plan.fee_invoice_id IS NOT NULL)
  AND p.amount_minor IS DISTINCT FROM nullif(plan.owed_minor, 0)
"""


async def follow_plans(tx: Connection, customer_ids: Collection[UUID]) -> None:
    """Keep out what is left of the plans of customers whose debts have changed."""
    if customer_ids:
        await tx.execute(FOLLOW, (pg_array(list(customer_ids)),))
