"""What the service hears of customers, lines and debts: facts in, orders out.

One handler for all of them, on purpose: a batch is projected, and then each line it touched
is judged once, by everything the batch said. The customers concerned are held first
(services.collections.enforcement.locks says why that misses nothing).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from services.collections.debts import store as debts_store
from services.collections.debts.facts import DebtFacts
from services.collections.enforcement import store
from services.collections.enforcement.locks import Customers, hold
from services.collections.enforcement.operations import assess
from services.collections.enforcement.rules import Cause, Concern, Push, enters_service
from services.collections.lines import store as lines_store
from services.collections.lines.facts import CustomerRow, LineRow, ServiceFacts
from services.collections.pauses import store as pauses_store
from services.collections.pauses.planned import follow_plans
from services.collections.pauses.upheld import follow_adjustments
from shared import clock
from shared.bus.handlers import on
from shared.contracts.billing import (
    InvoiceCredited,
    InvoiceIssued,
    InvoiceOverdue,
    InvoicesBilled,
    InvoicesImported,
    InvoiceVoided,
    InvoiceWrittenOff,
)
from shared.contracts.customers import (
    CustomerDeactivated,
    CustomerReactivated,
    CustomerRegistered,
    CustomersImported,
    CustomerUpdated,
    LineActivated,
    LineCancelled,
    LineReactivated,
    LineRegistered,
    LineSuspended,
    LineUpdated,
)
from shared.contracts.event import Event, EventData
from shared.contracts.payments import AllocationMade, AllocationReversed
from shared.db import Connection

CUSTOMER_EVENTS: Final = (
    CustomerRegistered,
    CustomerUpdated,
    CustomerDeactivated,
    CustomerReactivated,
)
LINE_EVENTS: Final = (
    LineRegistered,
    LineUpdated,
    LineActivated,
    LineSuspended,
    LineReactivated,
    LineCancelled,
)
DEBT_EVENTS: Final = (
    InvoiceIssued,
    InvoicesImported,
    InvoicesBilled,
    InvoiceVoided,
    InvoiceCredited,
    InvoiceWrittenOff,
    InvoiceOverdue,
    AllocationMade,
    AllocationReversed,
)


@dataclass(slots=True)
class Heard:
    """What a batch of events said, and whom it concerns."""

    customers: Customers = field(default_factory=Customers)
    services: ServiceFacts = field(default_factory=ServiceFacts)
    debts: DebtFacts = field(default_factory=DebtFacts)
    concerns: list[Concern] = field(default_factory=list)
    line_causes: dict[int, Cause] = field(default_factory=dict)
    customer_causes: dict[int, Cause] = field(default_factory=dict)
    payments: set[tuple[UUID, UUID]] = field(default_factory=set)

    def concern(
        self, event: Event[Any], facts: Any, push: Push, *, keep: bool, mass: bool = False
    ) -> None:
        """Have the line of an invoice judged, and under a wider policy its customer's."""
        self.customers.add(event.organization, facts.customer_id)
        cause = Cause(event.type, event.id, event.traceparent, None, keep)
        self.concerns.append(
            Concern(event.organization, facts.customer_id, facts.line_id, push, cause, mass=mass)
        )


def _customer(heard: Heard, event: Event[Any]) -> None:
    heard.customers.add(event.organization, event.data.customer_id)
    heard.services.customer(event.organization, event.data)
    heard.customer_causes[event.data.customer_id.int] = Cause(
        event.type, event.id, event.traceparent
    )


def _customer_registered(heard: Heard, event: Event[CustomerRegistered]) -> None:
    """What it owes for no line may have waited for it."""
    _customer(heard, event)
    cause = Cause(event.type, event.id, event.traceparent)
    concern = Concern(event.organization, event.data.customer_id, None, Push.OFF, cause)
    heard.concerns.append(concern)


def _line(heard: Heard, event: Event[Any]) -> None:
    heard.customers.add(event.organization, event.data.customer_id)
    heard.services.line(event.organization, event.data)
    heard.line_causes[event.data.line_id.int] = Cause(event.type, event.id, event.traceparent)


def _line_in_service(heard: Heard, event: Event[Any]) -> None:
    _line(heard, event)
    if enters_service(event.data):
        heard.concern(event, event.data, Push.OFF, keep=False)


def _customers_imported(heard: Heard, event: Event[CustomersImported]) -> None:
    cause = Cause(event.type, event.id, event.traceparent)
    for customer in event.data.customers:
        heard.customers.add(event.organization, customer.customer_id)
        heard.services.customer(event.organization, customer)
        heard.customer_causes[customer.customer_id.int] = cause
        heard.concerns.append(
            Concern(event.organization, customer.customer_id, None, Push.OFF, cause)
        )
    for line in event.data.lines:
        heard.customers.add(event.organization, line.customer_id)
        heard.services.line(event.organization, line)
        heard.line_causes[line.line_id.int] = cause
        if enters_service(line):
            heard.concerns.append(
                Concern(event.organization, line.customer_id, line.line_id, Push.OFF, cause)
            )


def _issued(heard: Heard, event: Event[InvoiceIssued]) -> None:
    heard.debts.invoice(event.organization, event.data)
    heard.concern(event, event.data, Push.OFF, keep=False)


def _many_issued(heard: Heard, event: Event[InvoicesImported | InvoicesBilled]) -> None:
    cause = Cause(event.type, event.id, event.traceparent)
    for invoice in event.data.invoices:
        heard.customers.add(event.organization, invoice.customer_id)
        heard.debts.invoice(event.organization, invoice)
        heard.concerns.append(
            Concern(
                event.organization,
                invoice.customer_id,
                invoice.line_id,
                Push.OFF,
                cause,
                mass=True,
            )
        )


def _overdue(heard: Heard, event: Event[InvoiceOverdue]) -> None:
    heard.concern(event, event.data, Push.OFF, keep=True, mass=True)


def _voided(heard: Heard, event: Event[InvoiceVoided]) -> None:
    heard.debts.void(event.organization, event.data, event.time)
    heard.concern(event, event.data, Push.ON, keep=True)


def _adjusted(heard: Heard, event: Event[InvoiceCredited | InvoiceWrittenOff]) -> None:
    heard.debts.adjustment(event.organization, event.data, event.time)
    heard.concern(event, event.data, Push.ON, keep=True)


def _allocated(heard: Heard, event: Event[AllocationMade]) -> None:
    heard.payments.add((event.organization, event.data.payment_id))
    heard.debts.allocation(event.organization, event.data, event.time)
    heard.concern(event, event.data, Push.ON, keep=True)


def _reversed(heard: Heard, event: Event[AllocationReversed]) -> None:
    heard.debts.allocation(event.organization, event.data, event.time)
    heard.concern(event, event.data, Push.OFF, keep=True)


HEAR: Final[Mapping[str, Callable[[Heard, Event[Any]], None]]] = {
    **{data_type.type: _customer for data_type in CUSTOMER_EVENTS},
    CustomerRegistered.type: _customer_registered,
    **{data_type.type: _line for data_type in LINE_EVENTS},
    LineRegistered.type: _line_in_service,
    LineActivated.type: _line_in_service,
    LineSuspended.type: _line_in_service,
    CustomersImported.type: _customers_imported,
    InvoiceIssued.type: _issued,
    InvoicesImported.type: _many_issued,
    InvoicesBilled.type: _many_issued,
    InvoiceOverdue.type: _overdue,
    InvoiceVoided.type: _voided,
    InvoiceCredited.type: _adjusted,
    InvoiceWrittenOff.type: _adjusted,
    AllocationMade.type: _allocated,
    AllocationReversed.type: _reversed,
}


def listen(events: Sequence[Event[Any]]) -> Heard:
    """Everything a batch says, each customer, line and debt once."""
    heard = Heard()
    for event in events:
        HEAR[event.type](heard, event)
    return heard


@on(*CUSTOMER_EVENTS, *LINE_EVENTS, CustomersImported, *DEBT_EVENTS)
async def reassess(tx: Connection, events: Sequence[Event[EventData]]) -> None:
    """Take the facts in, then judge whom they concern."""
    heard = listen(events)
    await hold(tx, heard.customers)
    described = await lines_store.project_customers(tx, heard.services)
    differing = await store.project_lines(tx, heard.services)
    await debts_store.project(tx, heard.debts)
    await pauses_store.end_of_payments(tx, heard.payments, clock.now())
    await follow_adjustments(tx, heard.debts.lowered(), clock.now())
    await follow_plans(tx, heard.debts.moved())
    await assess(tx, heard.concerns + _described(heard, described) + _amiss(heard, differing))


def _described(heard: Heard, customers: Iterable[CustomerRow]) -> list[Concern]:
    """The customers whose zone, area or tags have changed: a policy may ask for those."""
    return [
        Concern(
            customer.organization_id,
            customer.id,
            None,
            Push.EITHER,
            heard.customer_causes[customer.id.int],
            whole=True,
        )
        for customer in customers
    ]


def _amiss(heard: Heard, lines: Iterable[LineRow]) -> list[Concern]:
    """The lines that are not as ordered, or described otherwise, judged whatever pushed them."""
    return [
        Concern(
            line.organization_id,
            line.customer_id,
            line.line_id,
            Push.EITHER,
            heard.line_causes[line.line_id.int],
        )
        for line in lines
    ]


async def project_services(tx: Connection, events: Sequence[Event[Any]]) -> None:
    """The projections of customers and lines alone, for a rebuild."""
    heard = listen(events)
    await lines_store.project_customers(tx, heard.services)
    await lines_store.project_lines(tx, heard.services)


async def project_debts(tx: Connection, events: Sequence[Event[Any]]) -> None:
    """The projection of debts alone, for a rebuild."""
    await debts_store.project(tx, listen(events).debts)
