"""Issuing fees: numbered, stored as invoices of one item, told of like any other.

The caller holds the clocks of the organizations; numbers are taken last.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from services.billing.categories import store as categories
from services.billing.clock.announcements import OpenInvoice, passed_by
from services.billing.clock.store import ClockState
from services.billing.fees import store
from services.billing.fees.store import Issued
from services.billing.numbering import store as numbering
from services.billing.numbering.rules import Number
from shared import clock
from shared.contracts.billing import InvoiceIssued, InvoiceKind
from shared.contracts.event import Event
from shared.db import Connection
from shared.outbox import Outgoing, emit
from shared.tenancy import Organization

FIRST_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Fee:
    """A fee that is to be charged: it has been judged, and has no number yet."""

    id: UUID
    organization: Organization
    kind: InvoiceKind
    customer_id: UUID
    line_id: UUID | None
    currency: str
    net_minor: int
    tax_minor: int
    tax_rate: Decimal
    due_on: date
    description: str
    refers_to: UUID | None = None
    cause: Event[Any] | None = None

    @property
    def total_minor(self) -> int:
        """Net and tax together."""
        return self.net_minor + self.tax_minor


async def issue(tx: Connection, clocks: Mapping[UUID, ClockState], fees: Sequence[Fee]) -> None:
    """Number the fees, store them as invoices and tell of them."""
    if not fees:
        return
    wanted = Counter(fee.organization.id for fee in fees)
    defaults = await categories.defaults(tx, wanted)
    ranges = await numbering.take_ranges(tx, wanted)
    numbers: dict[UUID, Iterator[Number]] = {id_: iter(taken) for id_, taken in ranges.items()}
    at = clock.now()
    numbered = [(fee, next(numbers[fee.organization.id])) for fee in fees]
    await store.insert(
        tx, [_issued(fee, number, defaults[fee.organization.id]) for fee, number in numbered], at
    )
    outgoing: list[Outgoing] = []
    for fee, number in numbered:
        marks, today = clocks[fee.organization.id].marks, fee.organization.today()
        outgoing.append(_told(fee, number))
        outgoing += passed_by(marks, today, [_open(fee, number)], fee.cause)
    await emit(tx, outgoing)


def _issued(fee: Fee, number: Number, category_id: UUID) -> Issued:
    return Issued(
        id=fee.id,
        organization_id=fee.organization.id,
        customer_id=fee.customer_id,
        line_id=fee.line_id,
        kind=fee.kind.value,
        refers_to=fee.refers_to,
        series=number.series,
        sequence=number.sequence,
        number=number.text,
        currency=fee.currency,
        net_minor=fee.net_minor,
        tax_minor=fee.tax_minor,
        tax_rate=str(fee.tax_rate),
        issued_on=fee.organization.today(),
        due_on=fee.due_on,
        description=fee.description,
        category_id=category_id,
    )


def _told(fee: Fee, number: Number) -> Outgoing:
    facts = InvoiceIssued(
        invoice_id=fee.id,
        customer_id=fee.customer_id,
        line_id=fee.line_id,
        version=FIRST_VERSION,
        number=number.text,
        currency=fee.currency,
        total_minor=fee.total_minor,
        issued_on=fee.organization.today(),
        due_on=fee.due_on,
        kind=fee.kind,
        refers_to=fee.refers_to,
    )
    return Outgoing(facts, fee.organization.id, fee.id, FIRST_VERSION, fee.cause)


def _open(fee: Fee, number: Number) -> OpenInvoice:
    return OpenInvoice(
        organization_id=fee.organization.id,
        invoice_id=fee.id,
        customer_id=fee.customer_id,
        line_id=fee.line_id,
        number=number.text,
        currency=fee.currency,
        open_minor=fee.total_minor,
        due_on=fee.due_on,
    )
