"""Every query on deliveries."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from psycopg.rows import tuple_row
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.arrays import pg_columns
from services.collections.channels.rules import Channel
from services.collections.deliveries.model import Delivery, DeliveryStatus
from services.collections.reminders.pauses import PAUSED
from shared.contracts.collections import ReminderKind
from shared.db import Connection
from shared.tenancy import Organization

LEASE: Final = timedelta(minutes=5)
"""How long a worker that took a delivery may be silent before another takes it."""

QUEUE: Final = """
INSERT INTO reminder_delivery (organization_id, id, reminder_id, customer_id, channel, recipient,
                               next_at, queued_at)
SELECT %s, new.* FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[],
                             %s::timestamptz[], %s::timestamptz[]) AS new
"""
# Taking one is a promise for a while, so that nothing is locked while messages are sent.
TAKE: Final = """
UPDATE reminder_delivery SET next_at = %(until)s, attempts = attempts + 1
WHERE (organization_id, id) IN (
    SELECT organization_id, id FROM reminder_delivery
    WHERE status = 'queued' AND next_at <= %(now)s
    ORDER BY next_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
RETURNING organization_id, id, customer_id, attempts
"""
# What is true at the moment of sending; a debt that is not known owes nothing.
FRESH: Final = f"""
SELECT w.channel, w.recipient, r.id, r.kind, r.number, r.currency, r.due_on,
       r.language, coalesce(d.open_minor, 0), coalesce(c.name, ''), c.time_zone, c.email, c.phone,
       d.line_id, r.stage, {PAUSED}
FROM reminder_delivery AS w
JOIN reminder AS r ON r.organization_id = w.organization_id AND r.id = w.reminder_id
LEFT JOIN debt AS d
    ON d.invoice_id = r.invoice_id AND d.organization_id = r.organization_id
LEFT JOIN customer AS c ON c.id = r.customer_id AND c.organization_id = r.organization_id
WHERE w.organization_id = %(organization_id)s AND w.id = %(id)s AND w.status = 'queued'
"""
SETTLE: Final = """
UPDATE reminder_delivery SET status = %(status)s, detail = %(detail)s, settled_at = %(at)s,
    recipient = coalesce(%(recipient)s, recipient)
WHERE organization_id = %(organization_id)s AND id = %(id)s AND status = 'queued'
"""
DEFER: Final = """
UPDATE reminder_delivery SET next_at = %(next_at)s, detail = coalesce(%(detail)s, detail),
    attempts = attempts - %(unspent)s
WHERE organization_id = %(organization_id)s AND id = %(id)s AND status = 'queued'
"""


class Queued(NamedTuple):
    """A delivery about to be stored."""

    id: UUID
    reminder_id: UUID
    customer_id: UUID
    channel: Channel
    recipient: str
    next_at: datetime
    queued_at: datetime


RECIPIENT: Final = frozenset({Queued._fields.index("recipient")})


class Taken(NamedTuple):
    """A delivery that is this worker's for a while; `attempts` counts this one."""

    organization_id: UUID
    id: UUID
    customer_id: UUID
    attempts: int


class Fresh(NamedTuple):
    """What a delivery is about, as it is now."""

    channel: Channel
    recipient: str
    reminder_id: UUID
    kind: ReminderKind
    number: str
    currency: str
    due_on: date
    language: str
    open_minor: int
    name: str
    time_zone: str | None
    email: str | None
    phone: str | None
    line_id: UUID | None
    stage: str | None
    paused: bool


async def queue(tx: Connection, organization_id: UUID, queued: Iterable[Queued]) -> None:
    """Have reminders delivered."""
    rows = list(queued)
    if rows:
        await tx.execute(QUEUE, (organization_id, *pg_columns(rows, texts=RECIPIENT)))


async def take(tx: Connection, now: datetime, limit: int) -> list[Taken]:
    """Take the deliveries that have waited longest; served by ix_reminder_delivery_queued."""
    async with tx.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(TAKE, {"now": now, "until": now + LEASE, "limit": limit})
        return [Taken(*row) for row in await cursor.fetchall()]


async def fresh(tx: Connection, taken: Taken, organization: Organization) -> Fresh | None:
    """What a delivery is about now; None when it was settled meanwhile."""
    async with tx.cursor(row_factory=tuple_row) as cursor:
        asked = {"organization_id": organization.id, "id": taken.id}
        moment = {"today": organization.today(), "now": organization.now()}
        await cursor.execute(FRESH, asked | moment)
        row = await cursor.fetchone()
    if row is None:
        return None
    found = Fresh(*row)
    return found._replace(channel=Channel(found.channel), kind=ReminderKind(found.kind))


async def settle(
    tx: Connection,
    taken: Taken,
    status: DeliveryStatus,
    detail: str,
    at: datetime,
    recipient: str | None = None,
) -> None:
    """Write down how a delivery ended."""
    await tx.execute(
        SETTLE,
        {
            "organization_id": taken.organization_id,
            "id": taken.id,
            "status": status.value,
            "detail": detail,
            "at": at,
            "recipient": recipient,
        },
    )


async def defer(
    tx: Connection, taken: Taken, next_at: datetime, detail: str | None, *, spent: bool
) -> None:
    """Put a delivery off; an attempt that was not made is not counted."""
    await tx.execute(
        DEFER,
        {
            "organization_id": taken.organization_id,
            "id": taken.id,
            "next_at": next_at,
            "detail": detail,
            "unspent": int(not spent),
        },
    )


async def look_again(tx: Connection, organization_ids: Collection[UUID]) -> None:
    """Have what waits looked at now: the organizations' clocks have moved."""
    if organization_ids:
        await tx.execute(
            "UPDATE reminder_delivery SET next_at = least(next_at, now())"
            " WHERE organization_id = ANY(%s) AND status = 'queued' AND attempts = 0",
            (list(organization_ids),),
        )


async def of_reminders(
    session: AsyncSession, organization_id: UUID, reminder_ids: Sequence[UUID]
) -> list[Delivery]:
    """The deliveries of reminders, oldest first; served by ix_reminder_delivery_reminder."""
    query = select(Delivery).where(
        Delivery.organization_id == organization_id, Delivery.reminder_id.in_(reminder_ids)
    )
    return list(await session.scalars(query.order_by(Delivery.id)))


async def lock(session: AsyncSession, organization_id: UUID, delivery_id: UUID) -> Delivery | None:
    """One delivery, locked."""
    query = select(Delivery).where(
        Delivery.organization_id == organization_id, Delivery.id == delivery_id
    )
    return await session.scalar(query.with_for_update())
