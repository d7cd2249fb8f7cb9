"""The list of payments: its filters, its orders, and the allocations of a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.payments.payments.model import Allocation, Payment
from services.payments.receivables.model import Receivable
from services.payments.returns.search import returns_of
from shared.contracts.payments import PaymentMethod
from shared.pages import PageRequest, paginate

SORTABLE: Final = {"received_on": Payment.received_on.expression}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which payments; None wants all."""

    customer_id: UUID | None = None
    invoice_id: UUID | None = None
    method: PaymentMethod | None = None
    received_from: date | None = None
    received_to: date | None = None


async def payments(
    session: AsyncSession, organization_id: UUID, paging: PageRequest, wanted: Wanted
) -> tuple[list[dict[str, Any]], str | None]:
    """One page of payments as columns, each with its `allocations`, and the next cursor.

    Served by ix_payment_received_on, ix_payment_customer_id, ix_allocation_invoice_id.
    """
    rows, following = await paginate(
        session,
        _query(organization_id, wanted),
        paging,
        sortable=SORTABLE,
        default="-received_on",
        key=Payment.id.expression,
    )
    found = [row[0] for row in rows]
    ids = [payment.id for payment in found]
    allocations, returns = await _allocations(session, ids), await returns_of(session, ids)
    return [
        columns(each) | {"allocations": allocations[each.id], "returns": returns[each.id]}
        for each in found
    ], following


def _query(organization_id: UUID, wanted: Wanted) -> Select[Payment]:
    query = select(Payment).where(Payment.organization_id == organization_id)
    if wanted.customer_id is not None:
        query = query.where(Payment.customer_id == wanted.customer_id)
    if wanted.invoice_id is not None:
        allocated = select(Allocation.payment_id).where(
            Allocation.invoice_id == wanted.invoice_id,
            Allocation.organization_id == organization_id,
        )
        query = query.where(Payment.id.in_(allocated))
    if wanted.method is not None:
        query = query.where(Payment.method == wanted.method.value)
    if wanted.received_from is not None:
        query = query.where(Payment.received_on >= wanted.received_from)
    if wanted.received_to is not None:
        query = query.where(Payment.received_on <= wanted.received_to)
    return query


async def _allocations(
    session: AsyncSession, payment_ids: Sequence[UUID]
) -> dict[UUID, list[dict[str, Any]]]:
    """The allocations of payments in the order they were made, with their invoices' numbers."""
    query = (
        select(Allocation, Receivable.number)
        .join(Receivable, Receivable.invoice_id == Allocation.invoice_id, isouter=True)
        .where(Allocation.payment_id.in_(payment_ids))
        .order_by(Allocation.id)
    )
    found: dict[UUID, list[dict[str, Any]]] = {each: [] for each in payment_ids}
    for allocation, number in await session.execute(query):
        found[allocation.payment_id].append(columns(allocation) | {"number": number})
    return found


def columns(entity: Payment | Allocation) -> dict[str, Any]:
    """A mapped row as its columns."""
    return {column.key: getattr(entity, column.key) for column in entity.__table__.columns}
