"""The service on a real database, and the things most tests start from."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from services.customers.books import INVARIANTS
from services.customers.service import SERVICE
from shared.testing import Bed, Running

Make = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
async def service(bed: Bed) -> AsyncIterator[Running]:
    """The customers service, knowing two organizations; its invariants hold afterwards."""
    async with bed.service(SERVICE) as running:
        yield running
        async with running.db.transaction(None) as tx:
            for invariant in INVARIANTS:
                broken = await (await tx.execute(invariant.sql)).fetchall()
                assert broken == [], invariant.name


@pytest.fixture
async def client(service: Running) -> AsyncIterator[httpx.AsyncClient]:
    """An administrator of the first organization."""
    async with service.client() as signed_in:
        yield signed_in


@pytest.fixture
def customer(client: httpx.AsyncClient) -> Make:
    """Registers a customer and gives it back."""

    async def make(name: str = "Ana Pérez", **facts: Any) -> dict[str, Any]:
        answer = await client.post("/customers", json={"name": name, **facts})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    return make


@pytest.fixture
def line(client: httpx.AsyncClient, customer: Make) -> Make:
    """Sells a line (to a new customer unless told) and puts it into service."""

    async def make(
        customer_id: str | None = None, *, active: bool = True, **facts: Any
    ) -> dict[str, Any]:
        body = {
            "customer_id": customer_id or (await customer())["id"],
            "plan_name": "Fibra 300",
            "price": {"amount": "25.00"},
            **facts,
        }
        answer = await client.post("/lines", json=body)
        assert answer.status_code == 201, answer.text
        if active:
            answer = await client.post(f"/lines/{answer.json()['id']}/activate")
            assert answer.status_code == 200, answer.text
        made: dict[str, Any] = answer.json()
        return made

    return make


async def until_someone_waits(service: Running) -> None:
    """Return when a transaction of this database waits for another one's lock."""
    waiting = "SELECT FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"
    for _ in range(200):
        async with service.db.transaction(None) as tx:
            if await (await tx.execute(waiting)).fetchone() is not None:
                return
        await asyncio.sleep(0.01)
    pytest.fail("nobody waits")
