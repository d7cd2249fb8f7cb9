"""What payments learns of customers."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from services.payments.customers import store
from shared.bus.handlers import on
from shared.contracts.customers import (
    CustomerDeactivated,
    CustomerFacts,
    CustomerReactivated,
    CustomerRegistered,
    CustomersImported,
    CustomerUpdated,
)
from shared.contracts.event import Event
from shared.db import Connection


@on(
    CustomerRegistered,
    CustomerUpdated,
    CustomerDeactivated,
    CustomerReactivated,
    CustomersImported,
)
async def project_customers(tx: Connection, events: Sequence[Event[Any]]) -> None:
    """Know the customers that were announced one by one or by the page."""
    await store.project(tx, _facts(events))


def _facts(events: Sequence[Event[Any]]) -> Iterator[tuple[UUID, CustomerFacts]]:
    for event in events:
        data = event.data
        for facts in data.customers if isinstance(data, CustomersImported) else (data,):
            yield event.organization, facts
