"""The SQL of imported debts: a handful of statements, however many rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from services.billing.categories import store as categories
from services.billing.imports.rules import OnRecord
from services.billing.numbering.rules import Number
from shared import clock
from shared.contracts.ingestion import DebtRow
from shared.db import Connection, json_rows

LOCK: Final = 0x64656274  # "debt"
# One transaction at a time imports into an organization, so that ids that are free stay free.
ALONE: Final = """
SELECT pg_advisory_xact_lock(%s, key)
FROM (SELECT DISTINCT hashtext(id::text) AS key FROM unnest(%s::uuid[]) AS id ORDER BY key) AS keys
"""
KNOWN: Final = """
SELECT id, customer_id, total_minor, currency, due_on FROM invoice WHERE id = ANY(%s)
"""
INSERT: Final = """
WITH debt AS (
    SELECT * FROM json_to_recordset(%s::json) AS r(
        id uuid, organization_id uuid, customer_id uuid, line_id uuid, series text,
        sequence bigint, number text, external_ref text, import_id uuid, currency text,
        amount_minor bigint, issued_on date, due_on date, description text, category_id uuid)
), invoices AS (
    INSERT INTO invoice (id, organization_id, customer_id, line_id, document, series, sequence,
        number, external_ref, import_id, currency, subtotal_minor, tax_minor, total_minor,
        issued_on, issued_at, due_on)
    SELECT id, organization_id, customer_id, line_id, 'issued', series, sequence, number,
        external_ref, import_id, currency, amount_minor, 0, amount_minor, issued_on,
        %s::timestamptz, due_on
    FROM debt
)
INSERT INTO invoice_item (organization_id, invoice_id, position, description, quantity,
    unit_price_minor, tax_rate, net_minor, tax_minor, category_id)
SELECT organization_id, id, 1, description, 1, amount_minor, 0, amount_minor, 0, category_id
FROM debt
"""


@dataclass(frozen=True, slots=True)
class Imported:
    """A debt row about to become an issued invoice."""

    organization_id: UUID
    import_id: UUID
    number: Number
    currency: str
    issued_on: date
    row: DebtRow


async def take_turn(tx: Connection, organization_ids: Iterable[UUID]) -> None:
    """Be the only import into these organizations until the transaction ends."""
    await tx.execute(ALONE, (LOCK, list(set(organization_ids))))


async def known(tx: Connection, ids: Sequence[UUID]) -> dict[UUID, OnRecord]:
    """What is on record under these ids."""
    cursor = await tx.execute(KNOWN, (list(ids),))
    return {
        row["id"]: OnRecord(row["customer_id"], row["total_minor"], row["currency"], row["due_on"])
        for row in await cursor.fetchall()
    }


async def insert(tx: Connection, imported: Sequence[Imported]) -> None:
    """Store invoices, issued, each with the one item that is the debt, in the default category."""
    if not imported:
        return
    default = await categories.defaults(tx, (each.organization_id for each in imported))
    rows = [
        {
            "id": each.row.invoice_id,
            "organization_id": each.organization_id,
            "customer_id": each.row.customer_id,
            "line_id": each.row.line_id,
            "series": each.number.series,
            "sequence": each.number.sequence,
            "number": each.number.text,
            "external_ref": each.row.external_ref,
            "import_id": each.import_id,
            "currency": each.currency,
            "amount_minor": each.row.amount_minor,
            "issued_on": each.issued_on,
            "due_on": each.row.due_on,
            "description": each.row.description,
            "category_id": default[each.organization_id],
        }
        for each in imported
    ]
    await tx.execute(INSERT, (json_rows(rows), clock.now()))
