"""Finding those whose account credit is to be spent."""

from collections.abc import Iterable
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
WHERE balance_minor > 0 AND coalesce(apply_credit_on_issue, true)
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


async def balance(tx: Connection, organization_id: UUID, customer_id: UUID, currency: str) -> int:
    """A customer's credit in a currency."""
    cursor = await tx.execute(BALANCE, (organization_id, customer_id, currency))
    row = await cursor.fetchone()
    return row["balance_minor"] if row else 0
