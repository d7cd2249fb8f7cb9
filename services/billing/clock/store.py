"""The due clock's SQL: its lock, its marks, and the statements that announce.

The lock is an advisory one per organization. Whoever makes an invoice owed or settled
shares it; a page of a sweep takes it alone. (Row locks would not do: FOR SHARE lets an
unbroken stream of issuers starve the sweep; the lock manager's queue is fair.) Take it
before any row lock, and read the marks in a statement of its own afterwards.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from services.billing.clock.announcements import EVENTS
from services.billing.clock.rules import Kind, Mark, Marks, Stretch
from shared.db import Connection, json_rows
from shared.telemetry import current_traceparent

LOCK: Final = 0x64756563  # "duec"
SHARE: Final = """
SELECT pg_advisory_xact_lock_shared(%s, key)
FROM (SELECT DISTINCT hashtext(id::text) AS key FROM unnest(%s::uuid[]) AS id ORDER BY key) AS keys
"""
ALONE: Final = "SELECT pg_advisory_xact_lock(%s, hashtext(%s::uuid::text))"
COLUMNS: Final = (
    "organization_id, next_at, swept_through, overdue_on, overdue_id,"
    " due_today_on, due_today_id, due_soon_on, due_soon_id, own_soon_on, own_soon_id"
)
READ: Final = f"SELECT {COLUMNS} FROM due_clock WHERE organization_id = ANY(%s)"
# Served by ix_due_clock_next_at: the same cost however many invoices and organizations.
DUE: Final = "SELECT organization_id FROM due_clock WHERE next_at <= %s ORDER BY next_at LIMIT 1000"
PUT: Final = f"""
INSERT INTO due_clock ({COLUMNS})
SELECT {COLUMNS} FROM json_to_recordset(%s::json) AS r(
    organization_id uuid, next_at timestamptz, swept_through date, overdue_on date,
    overdue_id uuid, due_today_on date, due_today_id uuid, due_soon_on date, due_soon_id uuid,
    own_soon_on date, own_soon_id uuid)
ORDER BY organization_id
ON CONFLICT (organization_id) DO UPDATE SET
    next_at = excluded.next_at, swept_through = excluded.swept_through,
    overdue_on = excluded.overdue_on, overdue_id = excluded.overdue_id,
    due_today_on = excluded.due_today_on, due_today_id = excluded.due_today_id,
    due_soon_on = excluded.due_soon_on, due_soon_id = excluded.due_soon_id,
    own_soon_on = excluded.own_soon_on, own_soon_id = excluded.own_soon_id
"""
# The day that orders the invoices of a kind, and which of the open ones it is about. Served by
# ix_invoice_open_due_on and ix_invoice_own_soon (partial: the same predicates). What is due soon
# is not due by the end of the sweep's day, also when a jump left the begin of its window behind.
BY_DUE: Final = ("due_on", "true")
ORDERS: Final[dict[Kind, tuple[str, str]]] = {
    Kind.OVERDUE: BY_DUE,
    Kind.DUE_TODAY: BY_DUE,
    Kind.DUE_SOON: ("due_on", "due_soon_days IS NULL"),
    Kind.OWN_SOON: (
        "(due_on - due_soon_days)",
        "due_soon_days IS NOT NULL AND due_on >= %(soon_from)s",
    ),
}
STRETCH: Final = """
FROM invoice
WHERE organization_id = %(organization_id)s
  AND open_minor > 0 AND {which}
  AND ({day}, id) >= (%(start_on)s::date, %(start_id)s::uuid)
  AND ({day}, id) < (%(end_on)s::date, %(end_id)s::uuid)
"""
PAGE_END: Final = "SELECT {day} AS day, id {stretch} ORDER BY {day}, id OFFSET %(most)s LIMIT 1"
# concat() is the cheapest way to JSON here; nothing in it needs escaping: ids, a date, a number
# of ours (checked by ck_invoice_number) and a currency code (ck_invoice_currency).
ANNOUNCE: Final = """
INSERT INTO outbox (type, organization_id, subject, traceparent, data)
SELECT %(type)s, organization_id, id, %(traceparent)s, concat(
    '{{"invoice_id":"', id, '","customer_id":"', customer_id,
    '","line_id":', coalesce('"' || line_id || '"', 'null'),
    ',"number":"', number, '","currency":"', currency,
    '","open_minor":', open_minor, ',"due_on":"', due_on, '"}}')
{stretch}
"""


@dataclass(frozen=True, slots=True)
class ClockState:
    """One organization's clock: how far it is, and when it next has something to do."""

    organization_id: UUID
    next_at: datetime | None
    swept_through: date
    marks: Marks


async def share(tx: Connection, organization_ids: Iterable[UUID]) -> None:
    """Keep clocks from moving until the transaction ends."""
    await tx.execute(SHARE, (LOCK, list(set(organization_ids))))


async def hold(tx: Connection, organization_ids: Iterable[UUID]) -> dict[UUID, ClockState]:
    """The clocks of organizations, which do not move until the transaction ends."""
    ids = list(set(organization_ids))
    await share(tx, ids)
    return {state.organization_id: state for state in await _read(tx, ids)}


async def take(tx: Connection, organization_id: UUID) -> ClockState:
    """One clock, to be moved: nobody else holds it until the transaction ends."""
    await tx.execute(ALONE, (LOCK, organization_id))
    (state,) = await _read(tx, [organization_id])
    return state


async def _read(tx: Connection, ids: list[UUID]) -> list[ClockState]:
    cursor = await tx.execute(READ, (ids,))
    return [_state(row) for row in await cursor.fetchall()]


def _state(row: Mapping[str, Any]) -> ClockState:
    marks = Marks(
        overdue=Mark(row["overdue_on"], row["overdue_id"]),
        due_today=Mark(row["due_today_on"], row["due_today_id"]),
        due_soon=Mark(row["due_soon_on"], row["due_soon_id"]),
        own_soon=Mark(row["own_soon_on"], row["own_soon_id"]),
    )
    return ClockState(row["organization_id"], row["next_at"], row["swept_through"], marks)


async def put(tx: Connection, states: Iterable[ClockState]) -> None:
    """Store clocks, new or moved."""
    rows = []
    for state in states:
        row: dict[str, Any] = {
            "organization_id": state.organization_id,
            "next_at": state.next_at,
            "swept_through": state.swept_through,
        }
        for kind in Kind:
            mark = state.marks.of(kind)
            row |= {f"{kind}_on": mark.due_on, f"{kind}_id": mark.invoice_id}
        rows.append(row)
    await tx.execute(PUT, (json_rows(rows),))


async def due(tx: Connection, now: datetime) -> list[UUID]:
    """The organizations whose clock has something to do, longest waiting first."""
    cursor = await tx.execute(DUE, (now,))
    return [row["organization_id"] for row in await cursor.fetchall()]


async def announce(
    tx: Connection, organization_id: UUID, stretch: Stretch, most: int
) -> tuple[int, Mark]:
    """Announce up to `most` invoices of a stretch; how many, and the mark afterwards."""
    names = {
        "organization_id": organization_id,
        "start_on": stretch.start.due_on,
        "start_id": stretch.start.invoice_id,
        "end_on": stretch.end.due_on,
        "end_id": stretch.end.invoice_id,
        "soon_from": stretch.end.due_on,
        "most": most,
        "type": EVENTS[stretch.kind].type,
        "traceparent": current_traceparent(),
    }
    day, which = ORDERS[stretch.kind]
    ours = STRETCH.format(day=day, which=which)
    row = await (await tx.execute(PAGE_END.format(day=day, stretch=ours), names)).fetchone()
    end = stretch.end if row is None else Mark(row["day"], row["id"])
    names |= {"end_on": end.due_on, "end_id": end.invoice_id}
    cursor = await tx.execute(ANNOUNCE.format(stretch=ours), names)
    return cursor.rowcount, end
