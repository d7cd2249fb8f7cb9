"""Receivables as billing's facts make them, in any order and however often they come."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from shared.contracts.billing import InvoiceFacts, InvoiceVoided
from shared.db import Connection, json_rows

# The facts of an invoice never change, so a row that has them is neither touched nor locked.
PROJECT_ISSUED: Final = """
INSERT INTO receivable AS known (invoice_id, organization_id, customer_id, line_id, number,
                                 currency, total_minor, due_on, invoice_version)
SELECT DISTINCT ON (invoice_id) invoice_id, page.organization_id, customer_id, line_id, number,
       currency, total_minor, due_on, version
FROM json_to_recordset(%s::json) AS page(organization_id uuid, invoices json),
     json_to_recordset(page.invoices) AS heard(
        invoice_id uuid, customer_id uuid, line_id uuid, version bigint, number text,
        currency text, total_minor bigint, due_on date)
WHERE NOT EXISTS (SELECT FROM receivable
                  WHERE receivable.invoice_id = heard.invoice_id AND receivable.number IS NOT NULL)
ORDER BY invoice_id
ON CONFLICT (invoice_id) DO UPDATE SET
    number = excluded.number, currency = excluded.currency, total_minor = excluded.total_minor,
    due_on = excluded.due_on, invoice_version = greatest(known.invoice_version,
                                                         excluded.invoice_version)
WHERE known.number IS NULL
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
# Each allocation that still stands is reversed by its negative; the receivable's version
# counts each reversal, as it counted each allocation.
REVERSE: Final = """
WITH standing AS MATERIALIZED (
    SELECT duesline_uuid7() AS reversal_id, allocation.id AS allocation_id, payment_id,
           invoice_id, allocation.organization_id, payment.customer_id, line_id,
           allocation.amount_minor, payment.currency, received_on,
           coalesce(((%(at)s::timestamptz + make_interval(secs => clock_offset_seconds))
                     AT TIME ZONE time_zone)::date, received_on) AS booked_on,
           allocated_minor - sum(allocation.amount_minor) OVER in_order AS allocated_minor,
           receivable.version + row_number() OVER in_order AS version
    FROM receivable
    JOIN allocation USING (invoice_id)
    JOIN payment ON payment.id = payment_id
    LEFT JOIN organization ON organization.id = allocation.organization_id
    WHERE invoice_id = ANY (%(invoice_ids)s) AND reverses IS NULL
      AND NOT EXISTS (SELECT FROM allocation AS reversal WHERE reversal.reverses = allocation.id)
    WINDOW in_order AS (PARTITION BY invoice_id ORDER BY allocation.id)
), reversed AS (
    INSERT INTO allocation (id, organization_id, payment_id, invoice_id, amount_minor, reverses,
                            made_at)
    SELECT reversal_id, organization_id, payment_id, invoice_id, -amount_minor, allocation_id,
           %(at)s
    FROM standing
), raised AS (
    UPDATE receivable
    SET allocated_minor = last.allocated_minor, version = last.version
    FROM (SELECT DISTINCT ON (invoice_id) * FROM standing ORDER BY invoice_id, version DESC) AS last
    WHERE receivable.invoice_id = last.invoice_id
), posted AS (
    INSERT INTO journal_entry (organization_id, posting_id, account, amount_minor, currency,
                               customer_id, payment_id, invoice_id, booked_on, recorded_at)
    SELECT organization_id, reversal_id, 'receivable', amount_minor, currency, customer_id,
           payment_id, invoice_id, booked_on, %(at)s::timestamptz
    FROM standing
    UNION ALL
    SELECT organization_id, reversal_id, 'credit', -amount_minor, currency, customer_id,
           payment_id, NULL, booked_on, %(at)s::timestamptz
    FROM standing
), credited AS (
    INSERT INTO account_credit (organization_id, customer_id, currency, balance_minor)
    SELECT organization_id, customer_id, currency, sum(amount_minor)
    FROM standing
    GROUP BY organization_id, customer_id, currency
    ORDER BY organization_id, customer_id, currency
    ON CONFLICT (organization_id, customer_id, currency) DO UPDATE
    SET balance_minor = account_credit.balance_minor + excluded.balance_minor,
        version = account_credit.version + 1
    RETURNING organization_id, customer_id, currency, balance_minor, version
), moved AS (
    INSERT INTO credit_movement (organization_id, customer_id, currency, amount_minor, reason,
                                 payment_id, allocation_id, moved_at)
    SELECT organization_id, customer_id, currency, amount_minor, 'reversal', payment_id,
           reversal_id, %(at)s
    FROM standing
), cause AS (
    SELECT * FROM unnest(%(invoice_ids)s, %(causes)s::uuid[], %(traces)s::text[])
        AS cause(invoice_id, causation_id, traceparent)
)
INSERT INTO outbox (type, organization_id, subject, version, causation_id, traceparent, data)
SELECT 'payments.allocation-reversed.v1', organization_id, invoice_id::text, version,
       causation_id, traceparent, json_build_object(
           'allocation_id', reversal_id, 'payment_id', payment_id, 'invoice_id', invoice_id,
           'customer_id', customer_id, 'line_id', line_id, 'amount_minor', amount_minor,
           'currency', currency, 'received_on', received_on,
           'allocated_minor', allocated_minor, 'open_minor', 0,
           'receivable_version', version)::text
FROM standing JOIN cause USING (invoice_id)
UNION ALL
SELECT 'payments.credit-changed.v1', organization_id, customer_id::text, version,
       NULL, NULL, json_build_object(
           'customer_id', customer_id, 'currency', currency, 'balance_minor', balance_minor,
           'version', version)::text
FROM credited
"""


async def project_issued(
    tx: Connection, heard: Iterable[tuple[UUID, Sequence[InvoiceFacts]]]
) -> None:
    """Make receivables of issued invoices; what is known already stays as it is.

    Each item is an organization and a page of its invoices.
    """
    pages = (
        f'{{"organization_id":"{organization_id}","invoices":{json_rows(invoices)}}}'
        for organization_id, invoices in heard
    )
    await tx.execute(PROJECT_ISSUED, (f"[{','.join(pages)}]",))


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


async def reverse_allocations(
    tx: Connection, causes: dict[UUID, tuple[UUID, str | None]], at: datetime
) -> None:
    """Turn all that is allocated to void receivables into account credit, and say so.

    `causes` gives each receivable the event that annulled it and that event's trace.
    """
    events, traces = zip(*causes.values(), strict=True)
    values = {
        "invoice_ids": list(causes),
        "causes": list(events),
        "traces": list(traces),
        "at": at,
    }
    await tx.execute(REVERSE, values)
