"""Facts about customers and lines -> billing's projections of them."""

from collections.abc import Sequence
from typing import Any, Final

from services.billing.customers import store
from shared.bus.handlers import on
from shared.contracts.customers import (
    CustomerDeactivated,
    CustomerFacts,
    CustomerReactivated,
    CustomerRegistered,
    CustomersImported,
    CustomerUpdated,
    LineActivated,
    LineCancelled,
    LineFacts,
    LineReactivated,
    LineRegistered,
    LineSuspended,
    LineUpdated,
)
from shared.contracts.event import Event
from shared.db import Connection

TYPES: Final = (
    CustomerRegistered,
    CustomerUpdated,
    CustomerDeactivated,
    CustomerReactivated,
    CustomersImported,
    LineRegistered,
    LineUpdated,
    LineActivated,
    LineSuspended,
    LineReactivated,
    LineCancelled,
)


@on(*TYPES)
async def project_customers_and_lines(tx: Connection, events: Sequence[Event[Any]]) -> None:
    """Keep the newest state of each customer and line, and since when a line has its status."""
    customers, lines = [], []
    for event in events:
        match event.data:
            case CustomersImported() as page:
                customers += [(event.organization, facts) for facts in page.customers]
                lines += [(event.organization, event.time, facts) for facts in page.lines]
            case CustomerFacts() as facts:
                customers.append((event.organization, facts))
            case LineFacts() as facts:
                lines.append((event.organization, event.time, facts))
    await store.put_customers(tx, customers)
    await store.put_lines(tx, lines)
