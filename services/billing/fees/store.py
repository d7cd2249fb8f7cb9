"""The SQL of fees: one statement, however many are issued."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from shared.db import Connection, json_rows

INSERT: Final = """
WITH fee AS (
    SELECT * FROM json_to_recordset(%s::json) AS r(
        id uuid, organization_id uuid, customer_id uuid, line_id uuid, kind text, refers_to uuid,
        series text, sequence bigint, number text, currency text, net_minor bigint,
        tax_minor bigint, tax_rate numeric, issued_on date, due_on date, description text,
        category_id uuid)
), invoices AS (
    INSERT INTO invoice (id, organization_id, customer_id, line_id, document, kind, refers_to,
        series, sequence, number, currency, subtotal_minor, tax_minor, total_minor, issued_on,
        issued_at, due_on)
    SELECT id, organization_id, customer_id, line_id, 'issued', kind, refers_to, series, sequence,
        number, currency, net_minor, tax_minor, net_minor + tax_minor, issued_on,
        %s::timestamptz, due_on
    FROM fee
)
INSERT INTO invoice_item (organization_id, invoice_id, position, description, quantity,
    unit_price_minor, tax_rate, tax_category, category_id, net_minor, tax_minor)
SELECT organization_id, id, 1, description, 1, net_minor, tax_rate,
    CASE WHEN tax_rate > 0 THEN 'standard' ELSE 'zero' END, category_id, net_minor, tax_minor
FROM fee
"""


class Issued(NamedTuple):
    """A fee as an issued invoice."""

    id: UUID
    organization_id: UUID
    customer_id: UUID
    line_id: UUID | None
    kind: str
    refers_to: UUID | None
    series: str
    sequence: int
    number: str
    currency: str
    net_minor: int
    tax_minor: int
    tax_rate: str
    issued_on: date
    due_on: date
    description: str
    category_id: UUID


async def insert(tx: Connection, fees: Sequence[Issued], at: datetime) -> None:
    """Store fees as issued invoices, each with one item."""
    await tx.execute(INSERT, (json_rows([fee._asdict() for fee in fees]), at))


async def known(tx: Connection, ids: Iterable[UUID]) -> set[UUID]:
    """Which of these invoices there are."""
    cursor = await tx.execute("SELECT id FROM invoice WHERE id = ANY(%s)", (list(ids),))
    return {row["id"] for row in await cursor.fetchall()}
