"""Every query on contacts and on what customers want of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from services.collections.arrays import pg_array
from services.collections.contacts.rules import MESSAGES, WEEK, ContactChannel, Made
from shared.db import Connection
from shared.ids import new_id

# Served by ix_contact_customer.
MADE: Final = """
SELECT asked.customer_id, coalesce(p.opted_out, '{}') AS opted_out, c.calls, c.messages
FROM unnest(%(customer_ids)s::uuid[]) AS asked (customer_id)
LEFT JOIN contact_preference AS p
  ON p.customer_id = asked.customer_id AND p.organization_id = %(organization_id)s
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE channel = 'call') AS calls,
           count(*) FILTER (WHERE channel = ANY(%(messages)s) AND on_day = %(today)s) AS messages
    FROM contact
    WHERE contact.customer_id = asked.customer_id AND on_day > %(week_ago)s
      AND contact.organization_id = %(organization_id)s) AS c
"""
RECORD: Final = """
INSERT INTO contact (id, organization_id, customer_id, case_id, channel, on_day, at)
VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
PREFERENCE: Final = """
SELECT opted_out, version FROM contact_preference WHERE organization_id = %s AND customer_id = %s
"""
PREFER: Final = """
INSERT INTO contact_preference AS p (organization_id, customer_id, opted_out, changed_at,
                                     changed_by)
VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (customer_id) DO UPDATE SET opted_out = excluded.opted_out,
    changed_at = excluded.changed_at, changed_by = excluded.changed_by, version = p.version + 1
WHERE p.opted_out <> excluded.opted_out
"""


@dataclass(frozen=True, slots=True)
class Preference:
    """By which channels a customer wants no contact; version 0: nothing was said."""

    opted_out: tuple[ContactChannel, ...] = ()
    version: int = 0


async def made(
    tx: Connection, organization_id: UUID, customer_ids: Collection[UUID], today: date
) -> dict[UUID, Made]:
    """What counts of each customer's contacts, today being a day of the organization's."""
    asked: dict[str, Any] = {
        "organization_id": organization_id,
        "customer_ids": pg_array(list(customer_ids)),
        "messages": [channel.value for channel in MESSAGES],
        "today": today,
        "week_ago": today - WEEK,
    }
    cursor = await tx.execute(MADE, asked)
    return {
        row["customer_id"]: Made(row["calls"], row["messages"], frozenset(row["opted_out"]))
        for row in await cursor.fetchall()
    }


async def record(
    tx: Connection,
    organization_id: UUID,
    customer_id: UUID,
    case_id: UUID | None,
    channel: ContactChannel,
    today: date,
    at: datetime,
) -> None:
    """Count a contact; the day and the moment are those of the organization's clock."""
    await tx.execute(
        RECORD, (new_id(), organization_id, customer_id, case_id, channel.value, today, at)
    )


async def preference(tx: Connection, organization_id: UUID, customer_id: UUID) -> Preference:
    """What a customer wants."""
    row = await (await tx.execute(PREFERENCE, (organization_id, customer_id))).fetchone()
    if row is None:
        return Preference()
    return Preference(tuple(ContactChannel(each) for each in row["opted_out"]), row["version"])


async def prefer(
    tx: Connection,
    organization_id: UUID,
    customer_id: UUID,
    opted_out: Sequence[ContactChannel],
    at: datetime,
    by: UUID,
) -> None:
    """Write what a customer wants from now on; saying the same again changes nothing."""
    channels = sorted({channel.value for channel in opted_out})
    await tx.execute(PREFER, (organization_id, customer_id, channels, at, by))


async def time_zone(tx: Connection, organization_id: UUID, customer_id: UUID) -> str | None:
    """The IANA name of a customer's own time zone; None where it is the organization's."""
    cursor = await tx.execute(
        "SELECT time_zone FROM customer WHERE organization_id = %s AND id = %s",
        (organization_id, customer_id),
    )
    row = await cursor.fetchone()
    return row["time_zone"] if row else None
