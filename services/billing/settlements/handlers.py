"""Allocations -> invoices settled, and open again."""

from collections.abc import Sequence
from uuid import UUID

from services.billing.clock import store as clock_store
from services.billing.clock.announcements import announcement
from services.billing.clock.rules import Kind
from services.billing.settlements import store
from services.billing.settlements.store import Followed
from shared.bus.handlers import NotYet, on
from shared.contracts.billing import InvoiceSettled
from shared.contracts.event import Event
from shared.contracts.payments import AllocationMade, AllocationReversed
from shared.db import Connection
from shared.outbox import Outgoing, emit

Allocation = Event[AllocationMade] | Event[AllocationReversed]


@on(AllocationMade, AllocationReversed)
async def follow_allocations(tx: Connection, events: Sequence[Allocation]) -> None:
    """Keep the newest state of each receivable; announce the invoices that this settles.

    An invoice that a reversal opens again, and whose due date passed while it was settled,
    is announced overdue: the clock will not come by a second time.
    """
    newest: dict[UUID, Allocation] = {}
    for event in sorted(events, key=lambda event: event.data.receivable_version):
        newest[event.data.invoice_id] = event
    await clock_store.share(tx, {event.organization for event in events})
    before = await store.lock(tx, newest)
    if missing := newest.keys() - before.keys():
        raise NotYet(f"invoices {sorted(map(str, missing))}")
    followed = await store.follow(tx, [event.data for event in newest.values()])
    outgoing = []
    for each in followed:
        cause, was_settled = newest[each.invoice.invoice_id], before[each.invoice.invoice_id]
        if each.settled_on is not None and not was_settled:
            outgoing.append(_settled(each, cause))
        elif each.issued and each.settled_on is None and was_settled and each.unannounced:
            outgoing.append(announcement(Kind.OVERDUE, each.invoice, cause))
    await emit(tx, outgoing)


def _settled(each: Followed, cause: Allocation) -> Outgoing:
    assert each.settled_on is not None
    invoice = each.invoice
    facts = InvoiceSettled(
        invoice_id=invoice.invoice_id,
        customer_id=invoice.customer_id,
        line_id=invoice.line_id,
        version=each.version,
        settled_on=each.settled_on,
    )
    return Outgoing(facts, invoice.organization_id, invoice.invoice_id, each.version, cause)
