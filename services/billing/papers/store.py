"""What papers are printed from, beside the invoice itself."""

from typing import Final
from uuid import UUID

from services.billing.papers.invoice import Addressee
from shared.db import Connection

CUSTOMER: Final = """
SELECT name, email, language FROM customer WHERE id = %s AND organization_id = %s
"""


async def addressee(tx: Connection, organization_id: UUID, customer_id: UUID) -> Addressee | None:
    """Whom a paper is for; None when billing has not heard of the customer."""
    cursor = await tx.execute(CUSTOMER, (customer_id, organization_id))
    row = await cursor.fetchone()
    return Addressee(row["name"], row["email"], row["language"]) if row else None
