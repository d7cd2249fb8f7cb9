"""What payments says of money, kept: append-only rows, one per fact, whatever the order."""

from collections.abc import Sequence
from typing import Any, Final

from shared.contracts.event import Event
from shared.contracts.payments import (
    AllocationMade,
    AllocationReversed,
    PaymentChargedBack,
    PaymentReceived,
    PaymentRefunded,
    PaymentReversed,
)
from shared.db import Connection, json_rows
from shared.tenancy import require_organizations

ALLOCATIONS: Final = (AllocationMade, AllocationReversed)
KINDS: Final = {
    PaymentRefunded: "refund",
    PaymentReversed: "reversal",
    PaymentChargedBack: "charge_back",
}
MOVEMENTS: Final = """
INSERT INTO money_movement (id, organization_id, customer_id, payment_id, kind, amount_minor,
    currency, method, note, moved_on, recorded_at)
SELECT id, organization_id, customer_id, payment_id, kind, amount_minor, currency, method, note,
    moved_on, recorded_at
FROM json_to_recordset(%s::json) AS r(id uuid, organization_id uuid, customer_id uuid,
    payment_id uuid, kind text, amount_minor bigint, currency text, method text, note text,
    moved_on date, recorded_at timestamptz)
ON CONFLICT (id) DO NOTHING
"""
PUT: Final = """
INSERT INTO allocation (id, organization_id, invoice_id, customer_id, payment_id, amount_minor,
    received_on, recorded_on, recorded_at)
SELECT id, organization_id, invoice_id, customer_id, payment_id, amount_minor, received_on,
    recorded_on, recorded_at
FROM json_to_recordset(%s::json) AS r(id uuid, organization_id uuid, invoice_id uuid,
    customer_id uuid, payment_id uuid, amount_minor bigint, received_on date, recorded_on date,
    recorded_at timestamptz)
ON CONFLICT (id) DO NOTHING
"""


async def put_movements(tx: Connection, events: Sequence[Event[Any]]) -> None:
    """Keep money that came in or went away."""
    if events:
        await tx.execute(MOVEMENTS, (json_rows([_movement(event) for event in events]),))


def _movement(event: Event[Any]) -> dict[str, Any]:
    data = event.data
    row = {
        "organization_id": event.organization,
        "customer_id": data.customer_id,
        "payment_id": data.payment_id,
        "amount_minor": data.amount_minor,
        "currency": data.currency,
        "recorded_at": event.time,
    }
    if isinstance(data, PaymentReceived):
        return row | {
            "id": data.payment_id,
            "kind": "payment",
            "method": data.method,
            "note": data.reference,
            "moved_on": data.received_on,
        }
    return row | {
        "id": data.return_id,
        "kind": KINDS[type(data)],
        "note": data.reason,
        "moved_on": data.returned_on,
    }


async def put_allocations(tx: Connection, events: Sequence[Event[Any]]) -> None:
    """Keep what money was put against, signed.

    `recorded_on` is the organization's day as its clock stands when the fact arrives; only a
    rebuild after the clock of a sandbox was moved would say otherwise.
    """
    if not events:
        return
    known = await require_organizations(tx, {event.organization for event in events})
    rows = []
    for event in events:
        data, organization = event.data, known[event.organization]
        sign = 1 if isinstance(data, AllocationMade) else -1
        rows.append(
            {
                "id": data.allocation_id,
                "organization_id": event.organization,
                "invoice_id": data.invoice_id,
                "customer_id": data.customer_id,
                "payment_id": data.payment_id,
                "amount_minor": sign * data.amount_minor,
                "received_on": data.received_on,
                "recorded_on": organization.local_date(event.time + organization.clock_offset),
                "recorded_at": event.time,
            }
        )
    await tx.execute(PUT, (json_rows(rows),))
