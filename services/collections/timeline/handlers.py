"""Money on the timelines of cases."""

from collections.abc import Sequence

from services.collections.timeline.store import Paid, record_payments
from shared.bus.handlers import on
from shared.contracts.event import Event
from shared.contracts.payments import AllocationFacts, AllocationMade, AllocationReversed
from shared.db import Connection


@on(AllocationMade, AllocationReversed)
async def note_payments(
    tx: Connection, events: Sequence[Event[AllocationMade | AllocationReversed]]
) -> None:
    """Write what was paid, and taken back, for customers who have a case.

    Stands before the handler that judges: the payment that cures a case is on its timeline.
    """
    await record_payments(tx, [_paid(event, event.data) for event in events])


def _paid(event: Event[AllocationMade | AllocationReversed], said: AllocationFacts) -> Paid:
    sign = -1 if isinstance(said, AllocationReversed) else 1
    return Paid(
        event.organization,
        said.customer_id,
        said.line_id,
        said.payment_id,
        said.invoice_id,
        sign * said.amount_minor,
        said.currency,
        said.received_on.isoformat(),
        event.time.isoformat(),
    )
