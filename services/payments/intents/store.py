"""Every query on payment intents that is not about a processor's reports."""

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from services.payments.processors.port import IntentStatus
from shared.db import Connection

Row = dict[str, Any]

# What was written off may still be paid: it is a recovery then.
TARGET_INVOICE: Final = """
SELECT customer_id, line_id, currency, voided, open_minor,
       total_minor - credited_minor - allocated_minor AS payable_minor
FROM receivable
WHERE invoice_id = %s AND organization_id = %s
"""
TARGET_CUSTOMER: Final = """
SELECT EXISTS (SELECT FROM customer WHERE id = %(id)s AND organization_id = %(organization_id)s)
    OR EXISTS (SELECT FROM receivable
               WHERE organization_id = %(organization_id)s AND customer_id = %(id)s) AS known
"""
BY_KEY: Final = """
SELECT * FROM payment_intent WHERE organization_id = %s AND idempotency_key = %s
"""
BY_ID: Final = "SELECT * FROM payment_intent WHERE organization_id = %s AND id = %s"
ADD: Final = """
INSERT INTO payment_intent (id, organization_id, customer_id, invoice_id, line_id, amount_minor,
    currency, method, provider, idempotency_key, fingerprint, status_at, asked_on, created_at,
    created_by, traceparent)
VALUES (%(id)s, %(organization_id)s, %(customer_id)s, %(invoice_id)s, %(line_id)s,
    %(amount_minor)s, %(currency)s, %(method)s, %(provider)s, %(idempotency_key)s,
    %(fingerprint)s, %(created_at)s, %(asked_on)s, %(created_at)s, %(created_by)s,
    %(traceparent)s)
ON CONFLICT (organization_id, idempotency_key) DO NOTHING
"""
NOTE: Final = """
UPDATE payment_intent SET reason = %s
WHERE id = %s AND organization_id = %s AND status = 'preparing'
"""
# What no processor knows of can only be closed here.
CLOSE: Final = """
UPDATE payment_intent SET status = %s, status_at = %s, reason = coalesce(%s, reason)
WHERE id = %s AND organization_id = %s AND status = 'preparing' AND provider_intent_id IS NULL
"""


async def invoice(tx: Connection, organization_id: UUID, invoice_id: UUID) -> Row | None:
    """What is known of an invoice that is to be paid."""
    return await (await tx.execute(TARGET_INVOICE, (invoice_id, organization_id))).fetchone()


async def knows_customer(tx: Connection, organization_id: UUID, customer_id: UUID) -> bool:
    """Whether the customer was heard of."""
    values = {"organization_id": organization_id, "id": customer_id}
    row = await (await tx.execute(TARGET_CUSTOMER, values)).fetchone()
    return bool(row and row["known"])


async def by_key(tx: Connection, organization_id: UUID, key: str) -> Row | None:
    """The intent that a key has made."""
    return await (await tx.execute(BY_KEY, (organization_id, key))).fetchone()


async def by_id(tx: Connection, organization_id: UUID, payment_id: UUID) -> Row | None:
    """One intent."""
    return await (await tx.execute(BY_ID, (organization_id, payment_id))).fetchone()


async def add(tx: Connection, values: Row) -> None:
    """Write an intent that no processor knows yet; nothing when its key has made one."""
    await tx.execute(ADD, values)


async def note(tx: Connection, row: Row, reason: str) -> None:
    """Remember why the processor does not know an intent yet."""
    await tx.execute(NOTE, (reason, row["id"], row["organization_id"]))


async def close(
    tx: Connection, row: Row, status: IntentStatus, at: datetime, reason: str | None
) -> bool:
    """Close an intent that no processor knows of; False when one does by now."""
    values = (status.value, at, reason, row["id"], row["organization_id"])
    return (await tx.execute(CLOSE, values)).rowcount == 1


def new_row(*, ids: tuple[UUID, UUID, UUID | None], today: date, at: datetime, **facts: Any) -> Row:
    """The columns of a new intent; `ids` are its own, the organization's and the creator's."""
    id_, organization_id, created_by = ids
    return {
        "id": id_,
        "organization_id": organization_id,
        "created_by": created_by,
        "asked_on": today,
        "created_at": at,
        **facts,
    }
