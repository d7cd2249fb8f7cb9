"""Money and adjustments as agreements hear of them.

Stands after the handler that judges: the customers are held by then, and a case whose debt
is gone is cured already.
"""

from collections.abc import Sequence

from services.collections.agreements import store
from services.collections.agreements.operations import clear_taken, follow_money
from services.collections.agreements.store import Paid
from shared.bus.handlers import on
from shared.contracts.billing import InvoiceCredited, InvoiceVoided, InvoiceWrittenOff
from shared.contracts.event import Event
from shared.contracts.payments import AllocationFacts, AllocationMade, AllocationReversed
from shared.db import Connection

Heard = AllocationMade | AllocationReversed | InvoiceVoided | InvoiceCredited | InvoiceWrittenOff


@on(AllocationMade, AllocationReversed, InvoiceVoided, InvoiceCredited, InvoiceWrittenOff)
async def follow_agreements(tx: Connection, events: Sequence[Event[Heard]]) -> None:
    """Count what was paid, then judge the agreements it may have decided.

    Most customers have none: that is asked once for all of a batch.
    """
    customer_ids = {event.data.customer_id for event in events}
    if not await store.any_of(tx, customer_ids):
        return
    paid = [_paid(event, event.data) for event in events if isinstance(event.data, AllocationFacts)]
    touched = await store.receive(tx, paid) if paid else set()
    touched |= await store.open_of(tx, customer_ids)
    await follow_money(tx, touched)
    await clear_taken(tx, customer_ids)


def _paid(event: Event[Heard], said: AllocationFacts) -> Paid:
    sign = -1 if isinstance(said, AllocationReversed) else 1
    return Paid(
        event.organization,
        said.customer_id,
        said.line_id,
        said.invoice_id,
        said.payment_id,
        sign * said.amount_minor,
        said.currency,
        said.received_on,
        event.time,
    )
