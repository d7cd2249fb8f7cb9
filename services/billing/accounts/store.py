"""The currencies of customers' accounts; a customer without one is billed in the organization's."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from shared.db import Connection

FIND: Final = """
SELECT currency, version FROM billing_account
WHERE organization_id = %(organization_id)s AND customer_id = %(customer_id)s
"""
PUT: Final = """
INSERT INTO billing_account AS a (organization_id, customer_id, currency)
VALUES (%(organization_id)s, %(customer_id)s, %(currency)s)
ON CONFLICT (organization_id, customer_id) DO UPDATE SET
    currency = excluded.currency, version = a.version + 1, updated_at = now()
WHERE a.currency <> excluded.currency
"""
# Served by ix_invoice_customer_id.
OWED_OTHERWISE: Final = """
SELECT 1 FROM invoice
WHERE organization_id = %(organization_id)s AND customer_id = %(customer_id)s
  AND open_minor > 0 AND currency <> %(currency)s
LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Account:
    """In which currency a customer is billed; version 0: by default in the organization's."""

    currency: str
    version: int = 0


async def load(
    tx: Connection, organization_id: UUID, customer_id: UUID, default: str, *, lock: bool = False
) -> Account:
    """The account of a customer; `default` is the organization's currency."""
    names = {"organization_id": organization_id, "customer_id": customer_id}
    cursor = await tx.execute(FIND + " FOR UPDATE" if lock else FIND, names)
    row = await cursor.fetchone()
    return Account(row["currency"], row["version"]) if row else Account(default)


async def put(tx: Connection, organization_id: UUID, customer_id: UUID, currency: str) -> None:
    """Bill a customer in a currency; setting the same again changes nothing."""
    names = {"organization_id": organization_id, "customer_id": customer_id}
    await tx.execute(PUT, names | {"currency": currency})


async def owes_otherwise(
    tx: Connection, organization_id: UUID, customer_id: UUID, currency: str
) -> bool:
    """Whether invoices in another currency are open."""
    names = {"organization_id": organization_id, "customer_id": customer_id}
    cursor = await tx.execute(OWED_OTHERWISE, names | {"currency": currency})
    return await cursor.fetchone() is not None
