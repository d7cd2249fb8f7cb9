"""Issued invoices, and what is done to them, as requests and facts."""

from datetime import date
from typing import Any
from uuid import UUID

import httpx

from services.billing.books import INVARIANTS
from services.billing.tests.integration.facts import known_customer
from shared.ids import new_id
from shared.testing import Running

ITEM = {"description": "Fibra 300", "unit_price": {"amount": "100.00"}}


def key() -> dict[str, str]:
    """A header that makes a request a new one."""
    return {"Idempotency-Key": str(new_id())}


async def issued(
    client: httpx.AsyncClient,
    service: Running,
    *items: dict[str, Any],
    due_on: date | None = None,
    **more: Any,
) -> dict[str, Any]:
    """An issued invoice of 100.00 unless `items` say otherwise; what it said is taken away."""
    body: dict[str, Any] = {
        "customer_id": str(more.pop("customer_id", None) or await known_customer(service)),
        "items": list(items) or [ITEM],
        "issue": True,
    }
    if due_on is not None:
        body["due_on"] = due_on.isoformat()
    answer = await client.post("/invoices", json=body | more)
    assert answer.status_code == 201, answer.text
    await service.emitted()
    shown: dict[str, Any] = answer.json()
    return shown


async def credit(client: httpx.AsyncClient, invoice: dict[str, Any], **body: Any) -> httpx.Response:
    """Ask for a credit note, in a request of its own."""
    return await client.post(
        f"/invoices/{invoice['id']}/credit-notes", json={"reason": "Outage"} | body, headers=key()
    )


async def write_off(
    client: httpx.AsyncClient, invoice: dict[str, Any], **body: Any
) -> httpx.Response:
    """Ask for a write-off."""
    return await client.post(
        f"/invoices/{invoice['id']}/write-offs", json={"reason": "Moved away"} | body, headers=key()
    )


async def shown(client: httpx.AsyncClient, invoice: dict[str, Any] | UUID) -> dict[str, Any]:
    """The invoice as the API shows it now."""
    id_ = invoice if isinstance(invoice, UUID) else invoice["id"]
    now: dict[str, Any] = (await client.get(f"/invoices/{id_}")).json()
    return now


async def broken(service: Running) -> list[str]:
    """The names of the invariants that do not hold."""
    found = []
    async with service.db.transaction(None) as tx:
        for invariant in INVARIANTS:
            cursor = await tx.execute(invariant.sql)
            if await cursor.fetchall():
                found.append(invariant.name)
    return found
