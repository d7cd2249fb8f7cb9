"""The SQL that follows allocations: three statements, however many there are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from services.billing.clock.announcements import OpenInvoice
from shared.contracts.payments import AllocationFacts
from shared.db import Connection, json_rows

# In the order of ids, so that two batches cannot deadlock.
LOCK: Final = """
SELECT id, settled_on IS NOT NULL AS settled FROM invoice WHERE id = ANY(%s)
ORDER BY id FOR NO KEY UPDATE
"""
# Rows keep the newest state of their receivable. `was_overdue` remembers, for an invoice that is
# settled, whether the clock had announced it overdue by then (the caller holds the clock).
FOLLOW: Final = """
UPDATE invoice AS i SET
    allocated_minor = f.allocated_minor,
    receivable_version = f.receivable_version,
    settled_on = CASE WHEN f.covers THEN coalesce(i.settled_on, f.received_on) END,
    was_overdue = i.was_overdue OR (f.covers AND i.settled_on IS NULL AND f.passed),
    version = i.version + 1,
    updated_at = now()
FROM (
    SELECT r.*, o.document = 'issued' AND r.allocated_minor >= o.total_minor - o.credited_minor
               - o.written_off_minor AS covers,
           (o.due_on, o.id) < (c.overdue_on, c.overdue_id) AS passed
    FROM json_to_recordset(%s::json) AS r(
        invoice_id uuid, allocated_minor bigint, receivable_version bigint, received_on date)
    JOIN invoice AS o ON o.id = r.invoice_id
    LEFT JOIN due_clock AS c ON c.organization_id = o.organization_id
) AS f
WHERE i.id = f.invoice_id AND i.receivable_version < f.receivable_version
RETURNING i.id, i.organization_id, i.customer_id, i.line_id, i.document, i.number, i.currency,
    i.open_minor, i.due_on, i.settled_on, i.version,
    f.passed AND NOT i.was_overdue AS unannounced
"""


@dataclass(frozen=True, slots=True)
class Followed:
    """An invoice after it followed its receivable."""

    invoice: OpenInvoice
    version: int
    issued: bool
    settled_on: date | None
    unannounced: bool
    """Its due date has passed while the clock, for it was settled, said nothing."""


async def lock(tx: Connection, ids: Iterable[UUID]) -> dict[UUID, bool]:
    """Lock the invoices that exist; for each, whether it is settled."""
    cursor = await tx.execute(LOCK, (list(ids),))
    return {row["id"]: row["settled"] for row in await cursor.fetchall()}


async def follow(tx: Connection, newest: Iterable[AllocationFacts]) -> list[Followed]:
    """Keep what is newer than what is known, one state per invoice; the invoices that changed."""
    rows = [
        {
            "invoice_id": facts.invoice_id,
            "allocated_minor": facts.allocated_minor,
            "receivable_version": facts.receivable_version,
            "received_on": facts.received_on,
        }
        for facts in newest
    ]
    cursor = await tx.execute(FOLLOW, (json_rows(rows),))
    return [_followed(row) for row in await cursor.fetchall()]


def _followed(row: Mapping[str, Any]) -> Followed:
    invoice = OpenInvoice(
        organization_id=row["organization_id"],
        invoice_id=row["id"],
        customer_id=row["customer_id"],
        line_id=row["line_id"],
        number=row["number"],
        currency=row["currency"],
        open_minor=row["open_minor"],
        due_on=row["due_on"],
    )
    return Followed(
        invoice=invoice,
        version=row["version"],
        issued=row["document"] == "issued",
        settled_on=row["settled_on"],
        unannounced=row["unannounced"],
    )
