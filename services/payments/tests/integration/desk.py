"""A cashier's desk: what the tests of payments say in one line."""

from typing import Any
from uuid import UUID

import httpx

from services.payments.service import SERVICE
from services.payments.tests.integration import facts
from shared.auth import Role
from shared.contracts.billing import InvoiceIssued
from shared.contracts.event import Event, EventData
from shared.ids import new_id
from shared.tenancy import Organization
from shared.testing import Running


class Desk:
    """A running payments service and the short cuts of its tests."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.organization = running.organization

    async def invoice(self, **changes: Any) -> InvoiceIssued:
        """An issued invoice, already heard of."""
        invoice = facts.issued(**changes)
        await self.running.deliver(invoice)
        return invoice

    async def pay(
        self,
        *,
        key: str | None = None,
        role: Role = Role.CLERK,
        organization: Organization | None = None,
        amount: str = "45.00",
        currency: str | None = "USD",
        **body: Any,
    ) -> httpx.Response:
        """POST /payments."""
        money = {"amount": amount} | ({"currency": currency} if currency else {})
        sent = {"amount": money, "method": "cash"} | {
            name: str(value) if isinstance(value, UUID) else value for name, value in body.items()
        }
        async with self.running.client(role, organization) as client:
            headers = {"Idempotency-Key": key or str(new_id())}
            return await client.post("/payments", json=sent, headers=headers)

    async def get(
        self, path: str, organization: Organization | None = None, **query: Any
    ) -> httpx.Response:
        """GET a path as someone who may only read."""
        async with self.running.client(Role.READ_ONLY, organization) as client:
            return await client.get(path, params=query)

    async def receivable(self, invoice_id: UUID) -> dict[str, Any]:
        """A receivable's row."""
        (row,) = await self.rows("SELECT * FROM receivable WHERE invoice_id = %s", invoice_id)
        return row

    async def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """What a query finds, over all organizations."""
        async with self.running.db.transaction(None) as tx:
            return await (await tx.execute(sql, values)).fetchall()

    async def emitted(self, *types: type[EventData]) -> list[Event[Any]]:
        """Take the events of some types out of the outbox, or all of them."""
        events = await self.running.emitted()
        return [event for event in events if not types or isinstance(event.data, types)]

    async def broken_promises(self) -> dict[str, list[dict[str, Any]]]:
        """The rows that break an invariant of the service, by its name."""
        found = {each.name: await self.rows(each.sql) for each in SERVICE.invariants}
        return {name: rows for name, rows in found.items() if rows}
