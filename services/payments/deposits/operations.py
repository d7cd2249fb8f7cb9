"""Accounts that are there when they are first needed."""

from typing import Final
from uuid import UUID

from services.payments.deposits.rules import METHODS, NAMES, kind_of
from shared import clock
from shared.contracts.payments import PaymentMethod
from shared.db import Database

OPEN: Final = """
INSERT INTO deposit_account (organization_id, name, kind, currency, created_at)
SELECT %(organization_id)s, %(name)s, %(kind)s, %(currency)s, %(at)s
WHERE NOT EXISTS (SELECT FROM deposit_account
                  WHERE organization_id = %(organization_id)s AND kind = %(kind)s
                    AND currency = %(currency)s)
ON CONFLICT DO NOTHING
"""
ROUTE: Final = """
INSERT INTO deposit_route (organization_id, currency, method, deposit_account_id)
SELECT organization_id, currency, method, id
FROM (SELECT * FROM deposit_account
      WHERE organization_id = %(organization_id)s AND kind = %(kind)s
        AND currency = %(currency)s AND active
      ORDER BY created_at, id LIMIT 1) AS oldest, unnest(%(methods)s::text[]) AS method
ORDER BY method
ON CONFLICT DO NOTHING
"""


async def open_default(
    database: Database, organization_id: UUID, method: PaymentMethod, currency: str
) -> None:
    """See that money of a method has an account to land in.

    The oldest active one of its kind takes it, or one that is opened now; nothing happens when
    the method has its account, and when all of its kind were closed on purpose.
    """
    kind = kind_of(method)
    values = {
        "organization_id": organization_id,
        "name": NAMES[kind],
        "kind": kind.value,
        "currency": currency,
        "methods": [each.value for each in METHODS[kind]],
        "at": clock.now(),
    }
    async with database.transaction(organization_id) as tx:
        await tx.execute(OPEN, values)
        await tx.execute(ROUTE, values)
