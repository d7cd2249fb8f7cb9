"""A small world around the service: events as the other services would say them.

It remembers the versions the other services count, and can play customers: `obey` carries
out the orders that were given and tells the service so.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import psycopg

from shared.bus.apply import Result
from shared.contracts.billing import (
    InvoiceFacts,
    InvoiceIssued,
    InvoiceOverdue,
    InvoicesImported,
    InvoiceVoided,
)
from shared.contracts.collections import LineOrder, LineSuspensionOrdered
from shared.contracts.customers import (
    CustomerFacts,
    CustomersImported,
    HoldReason,
    LineCancelled,
    LineFacts,
    LineReactivated,
    LineStatus,
    LineSuspended,
    LineUpdated,
    OrganizationChanged,
)
from shared.contracts.event import Event, EventData
from shared.contracts.payments import AllocationMade, AllocationReversed
from shared.ids import new_id
from shared.tenancy import Organization
from shared.testing import Running

Order = tuple[str, UUID, int]

BREAK = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'this line is jinxed'; END $$;
CREATE TRIGGER refuse BEFORE INSERT ON decision FOR EACH ROW
    WHEN (NEW.line_id IN ({lines})) EXECUTE FUNCTION refuse();
"""


@dataclass(slots=True)
class Invoice:
    """An invoice as billing and payments know it."""

    id: UUID
    customer_id: UUID
    line_id: UUID | None
    total_minor: int
    due_on: date
    currency: str = "USD"
    number: str = "A-00000001"
    allocated_minor: int = 0
    receivable_version: int = 0

    def facts(self) -> dict[str, Any]:
        """What billing says of it."""
        return {
            "invoice_id": self.id,
            "customer_id": self.customer_id,
            "line_id": self.line_id,
            "version": 1,
            "number": self.number,
            "currency": self.currency,
            "total_minor": self.total_minor,
            "issued_on": self.due_on - timedelta(days=30),
            "due_on": self.due_on,
        }

    def issued(self) -> InvoiceIssued:
        """It was issued."""
        return InvoiceIssued(**self.facts())

    def imported(self) -> InvoiceFacts:
        """It came with a file."""
        return InvoiceFacts(**self.facts())

    def overdue(self) -> InvoiceOverdue:
        """Its due date passed."""
        return InvoiceOverdue(
            invoice_id=self.id,
            customer_id=self.customer_id,
            line_id=self.line_id,
            number=self.number,
            currency=self.currency,
            open_minor=self.total_minor - self.allocated_minor,
            due_on=self.due_on,
        )

    def voided(self) -> InvoiceVoided:
        """It was annulled."""
        return InvoiceVoided(
            invoice_id=self.id,
            customer_id=self.customer_id,
            line_id=self.line_id,
            version=2,
            reason="issued by mistake",
        )

    def paid(self, amount_minor: int | None = None) -> AllocationMade:
        """Money was put against it (all that is open, if left out)."""
        amount = self.total_minor - self.allocated_minor if amount_minor is None else amount_minor
        self.allocated_minor += amount
        return AllocationMade(**self._movement(amount))

    def taken_back(self, amount_minor: int) -> AllocationReversed:
        """Money was taken back from it."""
        self.allocated_minor -= amount_minor
        return AllocationReversed(**self._movement(amount_minor))

    def _movement(self, amount_minor: int) -> dict[str, Any]:
        self.receivable_version += 1
        return {
            "allocation_id": new_id(),
            "payment_id": new_id(),
            "invoice_id": self.id,
            "customer_id": self.customer_id,
            "line_id": self.line_id,
            "amount_minor": amount_minor,
            "currency": self.currency,
            "received_on": self.due_on,
            "allocated_minor": self.allocated_minor,
            "open_minor": self.total_minor - self.allocated_minor,
            "receivable_version": self.receivable_version,
        }


@dataclass(slots=True)
class Line:
    """A line as customers knows it."""

    id: UUID
    customer_id: UUID
    number: int = 1
    status: LineStatus = LineStatus.ACTIVE
    holds: tuple[HoldReason, ...] = ()
    generation: int = 0
    version: int = 1
    essential: bool = False

    def facts(self) -> dict[str, Any]:
        """What customers says of it."""
        return {
            "line_id": self.id,
            "customer_id": self.customer_id,
            "version": self.version,
            "number": self.number,
            "plan_name": "fibra-300",
            "price_minor": 4500,
            "currency": "USD",
            "status": self.status,
            "holds": self.holds,
            "installed_on": None,
            "generation": self.generation,
            "essential": self.essential,
        }


@dataclass
class Scene:
    """The service under test and the world around it, for one organization."""

    running: Running
    organization: Organization
    lines: dict[UUID, Line] = field(default_factory=dict)
    ordered: list[Event[Any]] = field(default_factory=list)
    heard: list[EventData] = field(default_factory=list)

    @property
    def today(self) -> date:
        """The date on the organization's calendar."""
        return self.organization.today()

    async def say(self, *data: Any, ids: list[UUID] | None = None) -> Result:
        """Deliver events of this organization as one batch; all of them must be applied."""
        result = await self.running.deliver(*data, organization=self.organization.id, ids=ids)
        assert result.failures == []
        return result

    async def customer(
        self,
        lines: int = 1,
        status: LineStatus = LineStatus.ACTIVE,
        name: str = "Ana",
        **described: Any,
    ) -> list[Line]:
        """A customer with lines, told as a file would bring them."""
        customer_id = new_id()
        made = [Line(new_id(), customer_id, number + 1, status) for number in range(lines)]
        await self.say(
            CustomersImported(
                import_id=new_id(),
                customers=(
                    CustomerFacts(
                        customer_id=customer_id,
                        version=1,
                        name=name,
                        national_id=None,
                        external_ref=None,
                        active=True,
                        **({"email": None, "phone": None} | described),
                    ),
                ),
                lines=tuple(LineFacts(**line.facts()) for line in made),
            )
        )
        self.lines |= {line.id: line for line in made}
        return made

    async def line(self, status: LineStatus = LineStatus.ACTIVE) -> Line:
        """A customer with one line."""
        return (await self.customer(1, status))[0]

    def invoice(
        self, line: Line, days_overdue: int = 1, total_minor: int = 4500, **more: Any
    ) -> Invoice:
        """An invoice for a line; nobody has heard of it yet."""
        due_on = self.today - timedelta(days=days_overdue)
        return Invoice(new_id(), line.customer_id, line.id, total_minor, due_on, **more)

    async def issue(self, line: Line, days_overdue: int = 1, total_minor: int = 4500) -> Invoice:
        """An issued invoice."""
        made = self.invoice(line, days_overdue, total_minor)
        await self.say(made.issued())
        return made

    async def import_invoices(self, *invoices: Invoice) -> None:
        """A page of invoices that came with a file."""
        facts = tuple(invoice.imported() for invoice in invoices)
        await self.say(InvoicesImported(import_id=new_id(), invoices=facts))

    async def off(self, invoices: int = 1) -> tuple[Line, list[Invoice]]:
        """A line that was suspended for overdue invoices."""
        line = await self.line()
        owed = [await self.issue(line, 1 + place) for place in range(invoices)]
        await self.obey()
        assert line.status is LineStatus.SUSPENDED
        return line, owed

    async def emitted(self) -> list[Event[Any]]:
        """The orders given since the last look, as events."""
        await self._listen()
        orders, self.ordered = self.ordered, []
        return orders

    async def said(self) -> list[EventData]:
        """What else the service said since the last look: of cases and agreements."""
        await self._listen()
        said, self.heard = self.heard, []
        return said

    async def _listen(self) -> None:
        for event in await self.running.emitted():
            if isinstance(event.data, LineOrder):
                self.ordered.append(event)
            else:
                self.heard.append(event.data)

    async def orders(self) -> list[Order]:
        """The orders given since the last look."""
        return [
            (
                "suspend" if isinstance(event.data, LineSuspensionOrdered) else "reactivate",
                event.data.line_id,
                event.data.generation,
            )
            for event in await self.emitted()
        ]

    async def obey(self) -> list[Order]:
        """Carry out the orders given since the last look, and say so, as customers does."""
        orders = await self.orders()
        for kind, line_id, generation in orders:
            await self.carry_out(kind, self.lines[line_id], generation)
        assert await self.orders() == []
        return orders

    async def carry_out(self, kind: str, line: Line, generation: int) -> None:
        """Follow one order unless the line has passed it."""
        if generation <= line.generation:
            return
        line.generation = generation
        held = HoldReason.NON_PAYMENT in line.holds
        if line.status is LineStatus.CANCELLED or held == (kind == "suspend"):
            return
        before = line.status
        others = tuple(hold for hold in line.holds if hold is not HoldReason.NON_PAYMENT)
        line.holds = (*others, HoldReason.NON_PAYMENT) if kind == "suspend" else others
        line.status = LineStatus.SUSPENDED if line.holds else LineStatus.ACTIVE
        line.version += 1
        kinds = {
            (LineStatus.ACTIVE, LineStatus.SUSPENDED): LineSuspended,
            (LineStatus.SUSPENDED, LineStatus.ACTIVE): LineReactivated,
        }
        await self.say(kinds.get((before, line.status), LineUpdated)(**line.facts()))

    async def cancel(self, line: Line) -> None:
        """Give a line up; its holds go with it."""
        line.status, line.holds = LineStatus.CANCELLED, ()
        line.version += 1
        await self.say(LineCancelled(**line.facts()))

    async def pass_days(self, days: int) -> None:
        """Move the organization's clock forward."""
        await self.change_organization(
            clock_offset_seconds=int(self.organization.clock_offset.total_seconds()) + days * 86_400
        )

    async def change_organization(self, **changes: Any) -> None:
        """Have the organization say something new of itself."""
        known = self.organization
        facts: dict[str, Any] = {
            "organization_id": known.id,
            "version": known.version + 1,
            "name": known.name,
            "country": known.country,
            "currency": known.currency,
            "time_zone": known.time_zone,
            "locale": known.locale,
            "sandbox": known.sandbox,
            "clock_offset_seconds": int(known.clock_offset.total_seconds()),
            "active": known.active,
        }
        self.organization = await self.running.add_organization(
            OrganizationChanged(**(facts | changes))
        )

    async def rows(self, statement: str, *parameters: Any) -> list[dict[str, Any]]:
        """What a query of the database yields."""
        async with self.running.db.transaction(None) as tx:
            cursor = await tx.execute(statement, parameters or None)
            return await cursor.fetchall()

    async def decisions(self, line: Line | None = None) -> list[dict[str, Any]]:
        """The decisions recorded, oldest first."""
        return await self.rows(
            "SELECT * FROM decision WHERE %s::uuid IS NULL OR line_id = %s ORDER BY id",
            line.id if line else None,
            line.id if line else None,
        )

    async def outcomes(self, line: Line | None = None) -> list[str]:
        """The outcomes of the decisions recorded, oldest first."""
        return [decision["outcome"] for decision in await self.decisions(line)]

    async def put_policy(self, **changes: Any) -> dict[str, Any]:
        """Change the policy as an administrator does; the answer."""
        body = {
            "grace_days": 0,
            "minimum_debt": {"amount": "0.01"},
            "suspend_scope": "line",
            "active": True,
        } | changes
        async with self.running.client(organization=self.organization) as client:
            answer = await client.put("/collections/policy", json=body)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def broken_invariants(self) -> dict[str, list[dict[str, Any]]]:
        """The service's invariants that do not hold, with the rows that break them."""
        found = {
            invariant.name: await self.rows(invariant.sql)
            for invariant in self.running.service.invariants
        }
        async with self.running.db.transaction(None) as tx:
            for inspection in self.running.service.inspections:
                found[inspection.name] = [dict(row) async for row in inspection.find(tx)]
        return {name: rows for name, rows in found.items() if rows}


def jinx(scene: Scene, *lines: Line) -> None:
    """Make the database refuse every decision on some lines."""
    names = ", ".join(f"'{line.id}'" for line in lines)
    with psycopg.connect(scene.running.urls.owner, autocommit=True) as owner:
        owner.execute(BREAK.format(lines=names))
