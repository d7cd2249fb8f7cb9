"""The projection of customers: who exists, and whether they are still served."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from shared.contracts.customers import CustomerFacts
from shared.db import Connection

# Rows that are up to date already are not touched, and not locked.
PROJECT: Final = """
INSERT INTO customer (id, organization_id, version, active)
SELECT DISTINCT ON (id) id, organization_id, version, active
FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[], %s::boolean[])
    AS heard(id, organization_id, version, active)
WHERE NOT EXISTS (SELECT FROM customer AS known
                  WHERE known.id = heard.id AND known.version >= heard.version)
ORDER BY id, version DESC
ON CONFLICT (id) DO UPDATE SET version = excluded.version, active = excluded.active
WHERE customer.version < excluded.version
"""


async def project(tx: Connection, heard: Iterable[tuple[UUID, CustomerFacts]]) -> None:
    """Keep the newest state of each customer, whatever the order of what was heard.

    Each item is the organization and the customer's facts.
    """
    columns: tuple[list[object], ...] = ([], [], [], [])
    for organization_id, facts in heard:
        row = (facts.customer_id, organization_id, facts.version, facts.active)
        for column, value in zip(columns, row, strict=True):
            column.append(value)
    await tx.execute(PROJECT, columns)
