"""Every query on deliveries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.deliveries.model import Delivery
from services.billing.deliveries.rules import LEASE, NO_SERVER, NO_SERVER_PAUSE, State
from shared import clock
from shared.db import Connection
from shared.problems import NotFound

# Set-based: one invoice from a request, hundreds from a bill run. `again` counts the attempt up;
# without it an invoice that has a delivery gets no second one, so repetition is harmless.
ASK: Final = """
INSERT INTO delivery (id, organization_id, invoice_id, customer_id, attempt, state, recipient,
    next_at, created_at)
SELECT duesline_uuid7(), i.organization_id, i.id, i.customer_id, 1 + coalesce(d.attempt, 0),
       CASE WHEN c.email > '' THEN 'waiting' ELSE 'no_address' END, nullif(c.email, ''),
       CASE WHEN c.email > '' THEN %(now)s::timestamptz END, %(now)s
FROM invoice AS i
LEFT JOIN customer AS c ON c.id = i.customer_id AND c.organization_id = i.organization_id
LEFT JOIN LATERAL (SELECT max(attempt) AS attempt FROM delivery WHERE invoice_id = i.id) AS d
    ON true
WHERE i.id = ANY(%(invoices)s) AND i.organization_id = %(organization_id)s
  AND i.document = 'issued' AND (%(again)s OR d.attempt IS NULL)
ON CONFLICT (invoice_id, attempt) DO NOTHING
RETURNING id
"""
# A try is counted before it is made, and the row is lent out meanwhile: no transaction is open
# while the mail server thinks, and what a killed process had in hand comes back by itself.
CLAIM: Final = """
UPDATE delivery AS d SET tries = tries + 1, next_at = %(until)s
FROM (SELECT id FROM delivery WHERE state = 'waiting' AND next_at <= %(now)s
      ORDER BY next_at, id LIMIT %(most)s FOR UPDATE SKIP LOCKED) AS due
WHERE d.id = due.id
RETURNING d.id, d.organization_id, d.invoice_id, d.customer_id, d.attempt, d.recipient, d.tries
"""
# Served by ix_delivery_next_at, like CLAIM: only what is due is touched.
POSTPONE: Final = """
UPDATE delivery SET next_at = %(until)s, reason = %(reason)s
WHERE state = 'waiting' AND next_at <= %(now)s
"""
KEEP: Final = """
UPDATE delivery SET state = %(state)s, reason = %(reason)s, next_at = %(next_at)s,
    sent_at = CASE WHEN %(state)s = 'sent' THEN %(now)s::timestamptz ELSE sent_at END,
    bounced_at = CASE WHEN %(state)s = 'bounced' THEN %(now)s::timestamptz END
WHERE id = %(id)s AND state = 'waiting'
RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Errand:
    """A delivery that is being tried now."""

    id: UUID
    organization_id: UUID
    invoice_id: UUID
    customer_id: UUID
    attempt: int
    recipient: str
    tries: int


async def ask(
    tx: Connection, organization_id: UUID, invoices: Sequence[UUID], *, again: bool
) -> list[UUID]:
    """Have issued invoices delivered; the ids of the new deliveries."""
    cursor = await tx.execute(
        ASK,
        {
            "invoices": list(invoices),
            "organization_id": organization_id,
            "again": again,
            "now": clock.now(),
        },
    )
    return [row["id"] for row in await cursor.fetchall()]


async def claim(tx: Connection, most: int) -> list[Errand]:
    """Borrow the deliveries that are due, longest waiting first."""
    now = clock.now()
    cursor = await tx.execute(CLAIM, {"now": now, "until": now + LEASE, "most": most})
    return [Errand(**row) for row in await cursor.fetchall()]


async def postpone(tx: Connection) -> int:
    """Say of what is due that there is no mail server, and look again later."""
    now = clock.now()
    names = {"now": now, "until": now + NO_SERVER_PAUSE, "reason": NO_SERVER}
    return (await tx.execute(POSTPONE, names)).rowcount


async def keep(
    tx: Connection, delivery_id: UUID, state: State, reason: str | None, next_at: datetime | None
) -> bool:
    """Note what became of a try; False when somebody else has noted it before."""
    names = {"id": delivery_id, "state": state.value, "reason": reason, "next_at": next_at}
    cursor = await tx.execute(KEEP, names | {"now": clock.now()})
    return await cursor.fetchone() is not None


async def read(session: AsyncSession, organization_id: UUID, delivery_id: UUID) -> Delivery:
    """One delivery; raises NotFound."""
    query = listing(organization_id).where(Delivery.id == delivery_id)
    found = (await session.scalars(query)).one_or_none()
    if found is None:
        raise NotFound("delivery", delivery_id)
    return found


async def lock(session: AsyncSession, organization_id: UUID, delivery_id: UUID) -> Delivery:
    """One delivery, to be changed; raises NotFound."""
    query = listing(organization_id).where(Delivery.id == delivery_id).with_for_update()
    found = (await session.scalars(query)).one_or_none()
    if found is None:
        raise NotFound("delivery", delivery_id)
    return found


def listing(organization_id: UUID) -> Select[Delivery]:
    """The deliveries of an organization."""
    return select(Delivery).where(Delivery.organization_id == organization_id)
