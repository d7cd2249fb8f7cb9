"""What a batch of events says, folded: each customer, line and debt once, the newest state."""

from datetime import date
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from services.collections.enforcement.handlers import HEAR, listen, reassess
from services.collections.enforcement.rules import Push
from shared.bus.handlers import MARK
from shared.contracts.billing import (
    InvoiceFacts,
    InvoiceIssued,
    InvoiceOverdue,
    InvoicesImported,
    InvoiceVoided,
)
from shared.contracts.customers import (
    CustomerFacts,
    CustomerRegistered,
    CustomersImported,
    HoldReason,
    LineFacts,
    LineStatus,
    LineSuspended,
    LineUpdated,
)
from shared.contracts.event import Event, EventData
from shared.contracts.payments import AllocationMade, AllocationReversed
from shared.testing.bed import envelope

ORGANIZATION, CUSTOMER, LINE, INVOICE = (UUID(int=number) for number in (1, 2, 3, 4))
DUE = date(2026, 8, 10)


def event(data: EventData, number: int = 1) -> Event[Any]:
    return envelope(data, ORGANIZATION, event_id=UUID(int=number))


def allocation(version: int, allocated_minor: int, kind: type[Any] = AllocationMade) -> EventData:
    made: EventData = kind(
        allocation_id=UUID(int=version),
        payment_id=UUID(int=9),
        invoice_id=INVOICE,
        customer_id=CUSTOMER,
        line_id=LINE,
        amount_minor=1,
        currency="USD",
        received_on=DUE,
        allocated_minor=allocated_minor,
        open_minor=0,
        receivable_version=version,
    )
    return made


def invoice_facts(number: int = 4) -> dict[str, Any]:
    return {
        "invoice_id": UUID(int=number),
        "customer_id": CUSTOMER,
        "line_id": LINE,
        "version": 1,
        "number": "A-1",
        "currency": "USD",
        "total_minor": 4500,
        "issued_on": DUE,
        "due_on": DUE,
    }


def line_facts(version: int, status: LineStatus = LineStatus.ACTIVE, **more: Any) -> dict[str, Any]:
    return {
        "line_id": LINE,
        "customer_id": CUSTOMER,
        "version": version,
        "number": 1,
        "plan_name": "fibra-300",
        "price_minor": 4500,
        "currency": "USD",
        "status": status,
        "holds": (),
        "installed_on": None,
        "generation": 0,
    } | more


def customer_facts(version: int, name: str) -> dict[str, Any]:
    return {
        "customer_id": CUSTOMER,
        "version": version,
        "name": name,
        "national_id": None,
        "email": None,
        "phone": None,
        "external_ref": None,
        "active": True,
    }


@pytest.mark.parametrize("order", list(permutations([(1, 10), (2, 30), (3, 20)])))
def test_of_several_allocations_the_highest_version_stands(
    order: tuple[tuple[int, int], ...],
) -> None:
    heard = listen([event(allocation(version, minor)) for version, minor in order])
    (row,) = heard.debts.allocations.values()
    assert (row.version, row.allocated_minor) == (3, 20)


def test_each_allocation_concerns_its_line() -> None:
    heard = listen([event(allocation(1, 10), 1), event(allocation(2, 20), 2)])
    assert [concern.cause.event_id for concern in heard.concerns] == [UUID(int=1), UUID(int=2)]
    assert list(heard.customers.ids.values()) == [(ORGANIZATION, CUSTOMER)]


@pytest.mark.parametrize(
    ("data", "push", "keep"),
    [
        (InvoiceIssued(**invoice_facts()), Push.OFF, False),
        (allocation(1, 10), Push.ON, True),
        (allocation(2, 0, AllocationReversed), Push.OFF, True),
        (
            InvoiceVoided(
                invoice_id=INVOICE, customer_id=CUSTOMER, line_id=LINE, version=2, reason="x"
            ),
            Push.ON,
            True,
        ),
        (
            InvoiceOverdue(
                invoice_id=INVOICE,
                customer_id=CUSTOMER,
                line_id=LINE,
                number="A-1",
                currency="USD",
                open_minor=1,
                due_on=DUE,
            ),
            Push.OFF,
            True,
        ),
    ],
)
def test_each_kind_of_debt_event_pushes_its_way(data: EventData, push: Push, keep: bool) -> None:
    (concern,) = listen([event(data)]).concerns
    assert (concern.push, concern.cause.keep, concern.cause.type) == (push, keep, data.type)


def test_overdue_says_nothing_that_is_kept() -> None:
    """It only triggers: what an invoice asks for is its issue's to say."""
    overdue = InvoiceOverdue(
        invoice_id=INVOICE,
        customer_id=CUSTOMER,
        line_id=LINE,
        number="A-1",
        currency="USD",
        open_minor=1,
        due_on=DUE,
    )
    debts = listen([event(overdue)]).debts
    assert (debts.invoices, debts.voids, debts.allocations) == ({}, {}, {})


def test_a_page_of_imported_invoices_is_as_many_debts_and_concerns() -> None:
    page = InvoicesImported(
        import_id=INVOICE,
        invoices=tuple(InvoiceFacts(**invoice_facts(number)) for number in range(10, 15)),
    )
    heard = listen([event(page)])
    assert len(heard.debts.invoices) == len(heard.concerns) == 5


@pytest.mark.parametrize("order", list(permutations([1, 2, 3])))
def test_of_several_facts_of_a_line_the_newest_stands(order: tuple[int, ...]) -> None:
    heard = listen([event(LineUpdated(**line_facts(version))) for version in order])
    (row,) = heard.services.lines.values()
    assert row.version == 3


def test_a_line_counts_as_off_only_by_its_non_payment_hold() -> None:
    held = line_facts(2, LineStatus.SUSPENDED, holds=(HoldReason.FRAUD,))
    (row,) = listen([event(LineSuspended(**held))]).services.lines.values()
    assert not row.non_payment
    owed = line_facts(2, LineStatus.SUSPENDED, holds=(HoldReason.NON_PAYMENT,), generation=1)
    (row,) = listen([event(LineSuspended(**owed))]).services.lines.values()
    assert row.non_payment
    assert row.generation == 1


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_of_several_facts_of_a_customer_the_newest_stands(order: tuple[int, ...]) -> None:
    names = {1: "Ana", 2: "Ana María"}
    heard = listen(
        [event(CustomerRegistered(**customer_facts(each, names[each]))) for each in order]
    )
    assert [row.name for row in heard.services.customers.values()] == ["Ana María"]


def test_an_imported_page_concerns_its_customers_and_its_lines_in_service() -> None:
    page = CustomersImported(
        import_id=INVOICE,
        customers=(CustomerFacts(**customer_facts(1, "Ana")),),
        lines=(
            LineFacts(**line_facts(1)),
            LineFacts(**line_facts(1, LineStatus.NOT_INSTALLED, line_id=UUID(int=8))),
        ),
    )
    heard = listen([event(page)])
    assert len(heard.services.customers) == 1
    assert len(heard.services.lines) == 2
    assert [concern.line_id for concern in heard.concerns] == [None, LINE]


def test_everything_heard_has_its_reader() -> None:
    assert set(HEAR) == {data_type.type for data_type in getattr(reassess, MARK)}


def test_silence_says_nothing() -> None:
    assert listen([]).customers.ids == {}
    assert listen([]).concerns == []
