"""Every query that makes reminders, and the clock of their days."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from psycopg.rows import class_row, tuple_row

from services.collections.arrays import pg_array, pg_columns
from services.collections.reminders.pauses import PAUSED
from services.collections.reminders.rules import APART, EARLY
from shared.contracts.collections import ReminderKind
from shared.db import Connection
from shared.tenancy import Organization

NO_INVOICE: Final = UUID(int=0)

# While a day is being judged its reminders wait: who is cut off comes before who is told.
DUE: Final = """
SELECT organization_id, watermark, target, after_due_on, after_invoice_id
FROM reminder_clock AS c
WHERE next_at <= %s AND NOT EXISTS (
    SELECT FROM assessment_clock AS judged
    WHERE judged.organization_id = c.organization_id AND judged.target IS NOT NULL)
ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED
"""
SET: Final = """
INSERT INTO reminder_clock AS c (organization_id, watermark, next_at)
SELECT * FROM unnest(%s::uuid[], %s::date[], %s::timestamptz[])
ON CONFLICT (organization_id) DO UPDATE SET
    watermark = excluded.watermark, next_at = excluded.next_at
"""
CLOSE: Final = """
UPDATE reminder_clock SET watermark = target, target = NULL, after_due_on = NULL,
       after_invoice_id = NULL, next_at = %s
WHERE organization_id = %s
"""
CUSTOMER: Final = """
LEFT JOIN LATERAL (
    SELECT name, language, time_zone, email, phone FROM customer
    WHERE customer.id = d.customer_id OFFSET 0) AS c ON true
"""
TOLD: Final = """
d.invoice_id, d.customer_id, d.number, d.currency, d.open_minor, d.due_on,
coalesce(c.name, ''), c.language, c.time_zone, c.email, c.phone, d.line_id
"""
# Each date is one range of ix_debt_open_due_on, in its order; LIMIT ends the loop over dates.
PAGE: Final = f"""
SELECT {TOLD}, {PAUSED}
FROM unnest(%(dates)s::date[]) AS asked (due_on)
CROSS JOIN LATERAL (
    SELECT * FROM debt
    WHERE debt.organization_id = %(organization_id)s AND debt.open_minor >= 1
      AND debt.due_on = asked.due_on
      AND debt.invoice_id > CASE WHEN asked.due_on = %(after_due_on)s THEN %(after_invoice_id)s
                                 ELSE '00000000-0000-0000-0000-000000000000' END
    ORDER BY debt.invoice_id LIMIT %(limit)s) AS d
{CUSTOMER}
LIMIT %(limit)s
"""
NAMED: Final = f"""
SELECT {TOLD}, {PAUSED}
FROM unnest(%(invoices)s::uuid[]) AS asked (invoice_id)
CROSS JOIN LATERAL (
    SELECT * FROM debt WHERE debt.invoice_id = asked.invoice_id
      AND debt.organization_id = %(organization_id)s AND debt.open_minor > 0 OFFSET 0) AS d
{CUSTOMER}
"""
# The row of an invoice and kind is what two workers meet at: one gets it, the other waits and
# then finds the time not passed.
CLAIM: Final = """
INSERT INTO reminder_mark AS m (organization_id, invoice_id, kind, on_day, last_at)
SELECT %(organization_id)s, invoice_id, kind, %(today)s, %(now)s
FROM unnest(%(invoices)s::uuid[], %(kinds)s::text[]) AS new (invoice_id, kind)
ORDER BY invoice_id, kind
ON CONFLICT (invoice_id, kind) DO UPDATE SET
    on_day = excluded.on_day, last_at = greatest(excluded.last_at, m.last_at + %(apart)s)
WHERE m.on_day < excluded.on_day AND m.last_at + %(apart)s <= excluded.last_at + %(early)s
RETURNING invoice_id, kind, last_at
"""
INSERT: Final = """
INSERT INTO reminder (organization_id, id, customer_id, invoice_id, kind, on_day, created_at,
                      language, title, body, number, currency, open_minor, due_on, stage)
SELECT %s, new.* FROM unnest(
    %s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::date[], %s::timestamptz[], %s::text[],
    %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::date[], %s::text[]) AS new
"""


@dataclass(frozen=True, slots=True)
class ReminderClock:
    """How far an organization's days have been reminded of.

    With a `target`, that day is being worked through, and everything up to the `after_` pair
    is done.
    """

    organization_id: UUID
    watermark: date
    target: date | None
    after_due_on: date | None
    after_invoice_id: UUID | None


class Told(NamedTuple):
    """An open invoice, and the customer who may be reminded of it."""

    invoice_id: UUID
    customer_id: UUID
    number: str
    currency: str
    open_minor: int
    due_on: date
    name: str
    language: str | None
    time_zone: str | None
    email: str | None
    phone: str | None
    line_id: UUID | None
    paused: bool
    stage: str | None = None


class New(NamedTuple):
    """A reminder about to be stored."""

    id: UUID
    customer_id: UUID
    invoice_id: UUID
    kind: ReminderKind
    on_day: date
    created_at: datetime
    language: str
    title: str
    body: str
    number: str
    currency: str
    open_minor: int
    due_on: date
    stage: str | None


TEXTS: Final = frozenset(map(New._fields.index, ("title", "body", "number")))


async def due(tx: Connection, now: datetime) -> ReminderClock | None:
    """The clock that has waited longest, locked; None when none is due.

    Served by ix_reminder_clock_next_at. One that another worker has in hand is skipped.
    """
    async with tx.cursor(row_factory=class_row(ReminderClock)) as cursor:
        await cursor.execute(DUE, (now,))
        return await cursor.fetchone()


async def watermarks(tx: Connection, organization_ids: Collection[UUID]) -> dict[UUID, date]:
    """The day each organization was last reminded on."""
    cursor = await tx.execute(
        "SELECT organization_id, watermark FROM reminder_clock WHERE organization_id = ANY(%s)",
        (list(organization_ids),),
    )
    return {row["organization_id"]: row["watermark"] for row in await cursor.fetchall()}


async def set_clocks(tx: Connection, clocks: Sequence[tuple[UUID, date, datetime]]) -> None:
    """Write where organizations stand, and when to look at them next."""
    if clocks:
        await tx.execute(SET, [list(column) for column in zip(*clocks, strict=True)])


async def open_day(tx: Connection, organization_id: UUID, target: date) -> None:
    """Begin a day."""
    await tx.execute(
        "UPDATE reminder_clock SET target = %s WHERE organization_id = %s",
        (target, organization_id),
    )


async def postpone(tx: Connection, organization_id: UUID, next_at: datetime) -> None:
    """Look at an organization again later."""
    await tx.execute(
        "UPDATE reminder_clock SET next_at = %s WHERE organization_id = %s",
        (next_at, organization_id),
    )


async def move_on(tx: Connection, organization_id: UUID, last: Told) -> None:
    """Everything up to and with this invoice is done."""
    await tx.execute(
        "UPDATE reminder_clock SET after_due_on = %s, after_invoice_id = %s"
        " WHERE organization_id = %s",
        (last.due_on, last.invoice_id, organization_id),
    )


async def close_day(tx: Connection, organization_id: UUID, next_at: datetime) -> None:
    """Everybody has been reminded on the target day."""
    await tx.execute(CLOSE, (next_at, organization_id))


async def page(
    tx: Connection,
    organization: Organization,
    at: ReminderClock,
    dates: Sequence[date],
    limit: int,
) -> list[Told]:
    """The next open invoices that are due on the dates (given in order)."""
    ahead = [day for day in dates if at.after_due_on is None or day >= at.after_due_on]
    async with tx.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(
            PAGE,
            {
                "dates": ahead,
                "organization_id": at.organization_id,
                "after_due_on": at.after_due_on,
                "after_invoice_id": at.after_invoice_id or NO_INVOICE,
                "limit": limit,
                "today": organization.today(),
                "now": organization.now(),
            },
        )
        return [Told(*row) for row in await cursor.fetchall()]


async def named(
    tx: Connection, organization: Organization, invoice_ids: Sequence[UUID]
) -> list[Told]:
    """Those of the invoices that are open."""
    async with tx.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(
            NAMED,
            {
                "invoices": pg_array(invoice_ids),
                "organization_id": organization.id,
                "today": organization.today(),
                "now": organization.now(),
            },
        )
        return [Told(*row) for row in await cursor.fetchall()]


async def claim(
    tx: Connection,
    organization_id: UUID,
    wanted: Collection[tuple[UUID, ReminderKind]],
    today: date,
    now: datetime,
) -> dict[tuple[UUID, ReminderKind], datetime]:
    """Which of the reminders may be made, and the instant each is dated.

    At most one per invoice and kind in a day and in `APART`, whoever else asks at once.
    """
    cursor = await tx.execute(
        CLAIM,
        {
            "organization_id": organization_id,
            "invoices": [invoice_id for invoice_id, _ in wanted],
            "kinds": [kind.value for _, kind in wanted],
            "today": today,
            "now": now,
            "apart": APART,
            "early": EARLY,
        },
    )
    return {
        (row["invoice_id"], ReminderKind(row["kind"])): row["last_at"]
        for row in await cursor.fetchall()
    }


async def insert(tx: Connection, organization_id: UUID, new: Sequence[New]) -> None:
    """Put reminders into their customers' inboxes."""
    if new:
        await tx.execute(INSERT, (organization_id, *pg_columns(new, texts=TEXTS)))
