"""Bill runs as tests start them, and what is looked at afterwards."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from services.billing.bill_runs.timers import bill_runs
from services.billing.books import INVARIANTS
from services.billing.tests.integration.facts import TODAY, customer, line
from services.billing.tests.integration.test_plans import made as plan_made
from shared import clock
from shared.contracts.billing import (
    InvoicesBilled,
)
from shared.contracts.customers import (
    CustomersImported,
)
from shared.contracts.event import Event
from shared.ids import new_id
from shared.testing import Running


async def adopted(
    client: httpx.AsyncClient, service: Running, lines: int, **plan: Any
) -> tuple[dict[str, Any], list[UUID]]:
    """A plan and so many lines subscribed to it from today, each of a customer of its own."""
    stored = await plan_made(client, **plan)
    ids = [(new_id(), new_id()) for _ in range(lines)]
    await service.deliver(
        CustomersImported(
            import_id=new_id(),
            customers=tuple(customer(owner) for owner, _ in ids),
            lines=tuple(line(line_id, owner, plan_name=stored["name"]) for owner, line_id in ids),
        )
    )
    answer = await client.post(f"/plans/{stored['id']}/adopt", json={})
    assert answer.json()["subscribed"] == lines
    await service.emitted()
    return stored, [line_id for _, line_id in ids]


async def started(client: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    """A run that has been started."""
    answer = await client.post("/bill-runs", json=body)
    assert answer.status_code == 202, answer.text
    run: dict[str, Any] = answer.json()
    return run


async def finished(client: httpx.AsyncClient, service: Running, **body: Any) -> dict[str, Any]:
    """A run that has been worked off."""
    run = await started(client, **body)
    await service.run_timer(bill_runs)
    over: dict[str, Any] = (await client.get(f"/bill-runs/{run['id']}")).json()
    return over


def billed(events: Sequence[Event[Any]]) -> list[Any]:
    """The invoices of the page events."""
    pages = (event.data for event in events if isinstance(event.data, InvoicesBilled))
    return [facts for page in pages for facts in page.invoices]


@asynccontextmanager
async def books_in_order(service: Running) -> AsyncIterator[None]:
    """Afterwards no invariant of billing is broken."""
    yield
    async with service.db.transaction(None) as tx:
        for invariant in INVARIANTS:
            found = await (await tx.execute(invariant.sql)).fetchall()
            assert found == [], invariant.name


async def at(
    service: Running, noon: clock.FrozenClock, days: int, hour: int = 17
) -> httpx.AsyncClient:
    """The clock so many days after TODAY, and a client whose token holds then."""
    noon.move_to(datetime.combine(TODAY + timedelta(days=days), datetime.min.time(), UTC))
    noon.advance(timedelta(hours=hour))
    return service.client()


async def owner_of(service: Running, line_id: UUID) -> UUID:
    """Whose line it is."""
    async with service.db.transaction(None) as tx:
        row = await (
            await tx.execute("SELECT customer_id FROM line WHERE id = %s", (line_id,))
        ).fetchone()
    assert row is not None
    found: UUID = row["customer_id"]
    return found
