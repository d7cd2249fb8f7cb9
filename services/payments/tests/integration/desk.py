"""A cashier's desk: what the tests of payments say in one line."""

from typing import Any
from uuid import UUID

import httpx

from services.payments.returns.operations import Return, Returned, return_money
from services.payments.returns.rules import ReturnKind
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

    async def post(
        self,
        path: str,
        body: Any,
        *,
        key: str | None = None,
        role: Role = Role.CLERK,
        organization: Organization | None = None,
    ) -> httpx.Response:
        """POST to a path under a key."""
        async with self.running.client(role, organization) as client:
            headers = {"Idempotency-Key": key or str(new_id())}
            return await client.post(path, json=body, headers=headers)

    async def give_back(self, payment_id: UUID | str, **changes: Any) -> Returned:
        """Return money of a payment, all of it unless told otherwise."""
        facts_: dict[str, Any] = {
            "payment_id": UUID(str(payment_id)),
            "kind": ReturnKind.REFUND,
            "amount_minor": None,
            "reason": "asked for",
        }
        async with self.running.api_db.transaction(self.organization.id) as tx:
            return await return_money(tx, Return(**(facts_ | changes)))

    async def balance(self, customer_id: UUID) -> int:
        """A customer's account credit."""
        rows = await self.rows(
            "SELECT balance_minor FROM account_credit WHERE customer_id = %s", customer_id
        )
        return sum(row["balance_minor"] for row in rows)

    async def state(self, invoice_id: UUID) -> tuple[int, int, int]:
        """What is allocated, open and recovered of an invoice."""
        row = await self.receivable(invoice_id)
        return row["allocated_minor"], row["open_minor"], row["recovered_minor"]

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
