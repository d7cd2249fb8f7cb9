"""What figures are made of, heard and kept."""

from collections.abc import Sequence
from typing import Any, Final

from services.collections.receipts import store
from services.collections.receipts.store import Allocated, Movement, Restored
from shared.bus.handlers import on
from shared.contracts.customers import LineReactivated
from shared.contracts.event import Event
from shared.contracts.payments import (
    AllocationMade,
    AllocationReversed,
    PaymentChargedBack,
    PaymentReceived,
    PaymentRefunded,
    PaymentReversed,
)
from shared.db import Connection

RECEIPT_EVENTS: Final = (PaymentReceived, PaymentRefunded, PaymentReversed, PaymentChargedBack)
ALLOCATION_EVENTS: Final = (AllocationMade, AllocationReversed)

Returned = PaymentRefunded | PaymentReversed | PaymentChargedBack


@on(*RECEIPT_EVENTS)
async def keep_money(tx: Connection, events: Sequence[Event[PaymentReceived | Returned]]) -> None:
    """Keep money that came and went, by the day it did."""
    await store.keep_movements(tx, [_movement(event) for event in events])


@on(*ALLOCATION_EVENTS)
async def keep_allocations(
    tx: Connection, events: Sequence[Event[AllocationMade | AllocationReversed]]
) -> None:
    """Keep what money was put against, and taken back from, by the day it came."""
    await store.keep_allocations(
        tx,
        [
            Allocated(
                event.data.allocation_id,
                event.organization,
                event.data.payment_id,
                event.data.invoice_id,
                event.data.customer_id,
                event.data.line_id,
                event.data.amount_minor * (1 if isinstance(event.data, AllocationMade) else -1),
                event.data.currency,
                event.data.received_on,
                event.id,
                event.time,
            )
            for event in events
        ],
    )


@on(LineReactivated)
async def keep_returns(tx: Connection, events: Sequence[Event[LineReactivated]]) -> None:
    """Keep when a line that was ordered on came back."""
    await store.keep_restored(
        tx,
        [
            Restored(event.data.line_id, event.data.generation, event.organization, event.time)
            for event in events
            if event.data.generation > 0
        ],
    )


async def project_receipts(tx: Connection, events: Sequence[Event[Any]]) -> None:
    """The projection of money alone, for a rebuild."""
    await keep_money(tx, [event for event in events if isinstance(event.data, RECEIPT_EVENTS)])
    await keep_allocations(
        tx, [event for event in events if isinstance(event.data, ALLOCATION_EVENTS)]
    )


def _movement(event: Event[PaymentReceived | Returned]) -> Movement:
    said = event.data
    if isinstance(said, PaymentReceived):
        movement_id, amount_minor, on_day = said.payment_id, said.amount_minor, said.received_on
    else:
        movement_id, amount_minor, on_day = said.return_id, -said.amount_minor, said.returned_on
    return Movement(
        movement_id,
        event.organization,
        said.payment_id,
        said.customer_id,
        amount_minor,
        said.currency,
        on_day,
    )
