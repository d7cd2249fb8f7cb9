"""Finding those whose account credit is to be spent."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from services.payments.ledger.store import Customer
from shared.db import Connection

# Served by uq_account_credit_customer_id.
CREDITORS: Final = """
SELECT DISTINCT organization_id, customer_id
FROM unnest(%s::uuid[], %s::uuid[]) AS wanted(organization_id, customer_id)
JOIN account_credit USING (organization_id, customer_id)
LEFT JOIN payment_settings USING (organization_id)
WHERE balance_minor > 0
  AND (coalesce(apply_credit_on_issue, true) OR coalesce(apply_credit_automatically, false))
"""
# Served by ix_account_credit_grown_at: an idle look costs nothing.
WAITING: Final = """
SELECT id, organization_id, grown_at FROM account_credit
WHERE grown_at IS NOT NULL AND (grown_at, id) > (%s, %s) ORDER BY grown_at, id LIMIT %s
"""
MOMENT: Final = timedelta(seconds=30)
"""How long before the credit came an invoice may have been heard of that was issued "just then".

An invoice becomes known in a transaction that may see nothing of a credit that comes meanwhile, as
that sees nothing of the invoice. So long is credit that has grown looked at again and again.
"""
# All that is open where the organization wants that, else what was issued just then or later.
PAYABLE: Final = """
SELECT theirs.customer_id, theirs.invoice_id
FROM account_credit AS credit
JOIN receivable AS theirs USING (organization_id, customer_id, currency)
LEFT JOIN payment_settings USING (organization_id)
WHERE credit.id = ANY (%s) AND credit.balance_minor > 0 AND theirs.open_minor > 0
  AND (coalesce(apply_credit_automatically, false)
       OR coalesce(apply_credit_on_issue, true) AND theirs.heard_at >= credit.grown_at - %s)
"""
LOOKED_AT: Final = """
UPDATE account_credit SET grown_at = NULL WHERE id = ANY (%s) AND grown_at <= %s
"""
BALANCE: Final = """
SELECT balance_minor FROM account_credit
WHERE organization_id = %s AND customer_id = %s AND currency = %s
"""


async def creditors(tx: Connection, customers: Iterable[Customer]) -> set[Customer]:
    """Those of the customers who have credit that pays invoices when they are issued."""
    pairs = list(customers)
    values = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    cursor = await tx.execute(CREDITORS, values)
    return {(row["organization_id"], row["customer_id"]) for row in await cursor.fetchall()}


async def waiting(
    tx: Connection, after: tuple[datetime, UUID], most: int
) -> list[tuple[datetime, UUID, UUID]]:
    """Credits that have grown, the oldest first: when, which, and whose organization's."""
    rows = await (await tx.execute(WAITING, (*after, most))).fetchall()
    return [(row["grown_at"], row["id"], row["organization_id"]) for row in rows]


async def payable(tx: Connection, credit_ids: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """The customers and open invoices that credits which have grown are to pay."""
    rows = await (await tx.execute(PAYABLE, (list(credit_ids), MOMENT))).fetchall()
    return [(row["customer_id"], row["invoice_id"]) for row in rows]


async def looked_at(tx: Connection, credit_ids: Sequence[UUID], now: datetime) -> None:
    """Leave credits alone that grew long enough ago, until they grow again."""
    await tx.execute(LOOKED_AT, (list(credit_ids), now - MOMENT))


async def balance(tx: Connection, organization_id: UUID, customer_id: UUID, currency: str) -> int:
    """A customer's credit in a currency."""
    cursor = await tx.execute(BALANCE, (organization_id, customer_id, currency))
    row = await cursor.fetchone()
    return row["balance_minor"] if row else 0
