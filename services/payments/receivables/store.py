"""Receivables as billing's facts make them, in any order and however often they come."""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from shared import clock
from shared.contracts.billing import AdjustmentFacts, InvoiceFacts, InvoiceVoided
from shared.db import Connection, json_rows

# The facts of an invoice never change, so a row that has them is neither touched nor locked.
PROJECT_ISSUED: Final = """
INSERT INTO receivable AS known (invoice_id, organization_id, customer_id, line_id, number,
                                 currency, total_minor, due_on, invoice_version, heard_at)
SELECT DISTINCT ON (invoice_id) invoice_id, page.organization_id, customer_id, line_id, number,
       currency, total_minor, due_on, version, %s::timestamptz
FROM json_to_recordset(%s::json) AS page(organization_id uuid, invoices json),
     json_to_recordset(page.invoices) AS heard(
        invoice_id uuid, customer_id uuid, line_id uuid, version bigint, number text,
        currency text, total_minor bigint, due_on date)
WHERE NOT EXISTS (SELECT FROM receivable
                  WHERE receivable.invoice_id = heard.invoice_id AND receivable.number IS NOT NULL)
ORDER BY invoice_id
ON CONFLICT (invoice_id) DO UPDATE SET
    number = excluded.number, currency = excluded.currency, total_minor = excluded.total_minor,
    due_on = excluded.due_on, heard_at = excluded.heard_at,
    invoice_version = greatest(known.invoice_version, excluded.invoice_version)
WHERE known.number IS NULL
RETURNING invoice_id
"""
PROJECT_VOIDED: Final = """
INSERT INTO receivable AS known (invoice_id, organization_id, customer_id, line_id,
                                 invoice_version, voided)
SELECT DISTINCT ON (invoice_id) *, true
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[])
    AS heard(invoice_id, organization_id, customer_id, line_id, invoice_version)
ORDER BY invoice_id
ON CONFLICT (invoice_id) DO UPDATE SET
    voided = true, invoice_version = greatest(known.invoice_version, excluded.invoice_version)
WHERE NOT known.voided
RETURNING invoice_id, allocated_minor
"""
# An adjustment heard before its invoice: a row that waits for the facts.
AWAIT: Final = """
INSERT INTO receivable (invoice_id, organization_id, customer_id, line_id, invoice_version)
SELECT DISTINCT ON (invoice_id) *, 0
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[])
    AS heard(invoice_id, organization_id, customer_id, line_id)
WHERE NOT EXISTS (SELECT FROM receivable WHERE receivable.invoice_id = heard.invoice_id)
ORDER BY invoice_id
ON CONFLICT DO NOTHING
"""
# For a rebuild. The sums only grow, so the greatest is the newest.
PROJECT_ADJUSTED: Final = """
INSERT INTO receivable AS known (invoice_id, organization_id, customer_id, line_id,
                                 invoice_version, credited_minor, written_off_minor)
SELECT invoice_id, organization_id, min(customer_id::text)::uuid, min(line_id::text)::uuid, 0,
       max(credited_minor), max(written_off_minor)
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[], %s::bigint[])
    AS heard(invoice_id, organization_id, customer_id, line_id, credited_minor,
             written_off_minor)
GROUP BY invoice_id, organization_id
ORDER BY invoice_id
ON CONFLICT (invoice_id) DO UPDATE SET
    credited_minor = greatest(known.credited_minor, excluded.credited_minor),
    written_off_minor = greatest(known.written_off_minor, excluded.written_off_minor)
"""


async def project_issued(
    tx: Connection, heard: Iterable[tuple[UUID, Sequence[InvoiceFacts]]]
) -> list[UUID]:
    """Make receivables of issued invoices, and say which are new here.

    What is known already stays as it is. Each item is an organization and a page of its
    invoices.
    """
    pages = (
        f'{{"organization_id":"{organization_id}","invoices":{json_rows(invoices)}}}'
        for organization_id, invoices in heard
    )
    cursor = await tx.execute(PROJECT_ISSUED, (clock.now(), f"[{','.join(pages)}]"))
    return [row["invoice_id"] for row in await cursor.fetchall()]


async def project_voided(
    tx: Connection, heard: Iterable[tuple[UUID, InvoiceVoided]]
) -> dict[UUID, int]:
    """Annul receivables; what is allocated to each that was not void before.

    An annulment heard before its invoice leaves a row that waits for the facts. Each row
    stays locked until the transaction ends: no payment can slip in.
    """
    columns: tuple[list[object], ...] = ([], [], [], [], [])
    for organization_id, void in heard:
        row = (void.invoice_id, organization_id, void.customer_id, void.line_id, void.version)
        for column, value in zip(columns, row, strict=True):
            column.append(value)
    cursor = await tx.execute(PROJECT_VOIDED, columns)
    return {row["invoice_id"]: row["allocated_minor"] for row in await cursor.fetchall()}


async def await_facts(tx: Connection, heard: Iterable[tuple[UUID, AdjustmentFacts]]) -> None:
    """Have a row for each adjusted invoice, without facts where none were heard yet."""
    await tx.execute(AWAIT, _columns(heard))


async def project_adjusted(tx: Connection, heard: Iterable[tuple[UUID, AdjustmentFacts]]) -> None:
    """Keep the newest sums of credit notes and write-offs; no money moves."""
    pairs = list(heard)
    sums = [
        [facts.credited_minor for _, facts in pairs],
        [facts.written_off_minor for _, facts in pairs],
    ]
    await tx.execute(PROJECT_ADJUSTED, (*_columns(pairs), *sums))


def _columns(heard: Iterable[tuple[UUID, AdjustmentFacts]]) -> list[list[Any]]:
    rows = [
        (facts.invoice_id, organization_id, facts.customer_id, facts.line_id)
        for organization_id, facts in heard
    ]
    return [list(column) for column in zip(*rows, strict=True)] or [[], [], [], []]
