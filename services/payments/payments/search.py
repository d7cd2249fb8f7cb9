"""The list of payments: its filters, its orders, and the allocations of a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Exists, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.payments.disputes.model import CardDispute
from services.payments.intents.model import PaymentIntent
from services.payments.payments.model import Allocation, ShownPayment
from services.payments.receivables.model import Receivable
from services.payments.returns.model import PaymentReturn
from services.payments.returns.rules import PaymentStatus, ReturnKind
from services.payments.returns.search import returns_of
from shared.contracts.payments import DisputeStatus, PaymentMethod
from shared.pages import PageRequest, paginate

SORTABLE: Final[dict[str, ColumnElement[Any]]] = {
    "received_on": ShownPayment.received_on.expression,
    "amount": ShownPayment.amount_minor.expression,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which payments; None wants all."""

    customer_id: UUID | None = None
    invoice_id: UUID | None = None
    method: PaymentMethod | None = None
    received_from: date | None = None
    received_to: date | None = None
    status: PaymentStatus | None = None
    deposit_account_id: UUID | None = None
    least_minor: int | None = None
    most_minor: int | None = None
    reference: str | None = None
    """How the reference begins, in any case of letters."""


async def payments(
    session: AsyncSession, organization_id: UUID, paging: PageRequest, wanted: Wanted
) -> tuple[list[dict[str, Any]], str | None]:
    """One page of payments as columns, each with its `allocations`, and the next cursor.

    Served by ix_payment_received_on, ix_payment_amount_minor, ix_payment_customer_id,
    ix_payment_reference, ix_allocation_invoice_id, and their like of payment_intent.
    """
    rows, following = await paginate(
        session,
        _query(organization_id, wanted),
        paging,
        sortable=SORTABLE,
        default="-received_on",
        key=ShownPayment.id.expression,
    )
    return await _whole(session, [row[0] for row in rows]), following


async def one(session: AsyncSession, organization_id: UUID, payment_id: UUID) -> dict[str, Any]:
    """A payment that is there, as `payments` gives them."""
    query = _query(organization_id, Wanted()).where(ShownPayment.id == payment_id)
    money_first = query.order_by(ShownPayment.under_way.nulls_first()).limit(1)
    (found,) = await _whole(session, [(await session.execute(money_first)).scalar_one()])
    return found


async def _whole(session: AsyncSession, found: Sequence[ShownPayment]) -> list[dict[str, Any]]:
    """Payments as columns, with what became of their money.

    A card payment that is being recorded this moment may be found twice, and is told once.
    """
    once = {payment.id: payment for payment in found}
    ids = list(once)
    allocations, returns = await _allocations(session, ids), await returns_of(session, ids)
    disputed = await _disputed(session, ids)
    return [
        columns(each)
        | {
            "allocations": allocations[each.id],
            "returns": returns[each.id],
            "disputed": each.id in disputed,
        }
        for each in once.values()
    ]


async def _disputed(session: AsyncSession, payment_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the payments that their payers dispute. Served by ix_card_dispute_payment_id."""
    query = select(CardDispute.payment_id).where(
        CardDispute.payment_id.in_(payment_ids), CardDispute.status == DisputeStatus.OPEN.value
    )
    return set(await session.scalars(query))


def _query(organization_id: UUID, wanted: Wanted) -> Select[ShownPayment]:
    query = select(ShownPayment).where(
        ShownPayment.organization_id == organization_id, ShownPayment.shown
    )
    if wanted.customer_id is not None:
        query = query.where(ShownPayment.customer_id == wanted.customer_id)
    if wanted.invoice_id is not None:
        allocated = select(Allocation.payment_id).where(
            Allocation.invoice_id == wanted.invoice_id,
            Allocation.organization_id == organization_id,
        )
        meant = select(PaymentIntent.id).where(
            PaymentIntent.invoice_id == wanted.invoice_id,
            PaymentIntent.organization_id == organization_id,
        )
        query = query.where(ShownPayment.id.in_(allocated.union_all(meant)))
    if wanted.method is not None:
        query = query.where(ShownPayment.method == wanted.method.value)
    if wanted.received_from is not None:
        query = query.where(ShownPayment.received_on >= wanted.received_from)
    if wanted.received_to is not None:
        query = query.where(ShownPayment.received_on <= wanted.received_to)
    if wanted.deposit_account_id is not None:
        query = query.where(ShownPayment.deposit_account_id == wanted.deposit_account_id)
    if wanted.least_minor is not None:
        query = query.where(ShownPayment.amount_minor >= wanted.least_minor)
    if wanted.most_minor is not None:
        query = query.where(ShownPayment.amount_minor <= wanted.most_minor)
    if wanted.reference is not None:
        begins = func.lower(ShownPayment.reference).startswith(
            wanted.reference.lower(), autoescape=True
        )
        query = query.where(begins)
    return query if wanted.status is None else _of_status(query, wanted.status)


def _of_status(query: Select[ShownPayment], status: PaymentStatus) -> Select[ShownPayment]:
    """The payments of a status, as `returns.rules.status_of` says it."""

    def returned(*kinds: ReturnKind) -> Exists:
        theirs = select(PaymentReturn.id).where(PaymentReturn.payment_id == ShownPayment.id)
        if kinds:
            theirs = theirs.where(PaymentReturn.kind.in_([kind.value for kind in kinds]))
        return theirs.exists()

    refunded = (
        select(func.coalesce(func.sum(PaymentReturn.amount_minor), 0))
        .where(PaymentReturn.payment_id == ShownPayment.id)
        .scalar_subquery()
    )
    worse = returned(ReturnKind.REVERSAL, ReturnKind.CHARGEBACK)
    disputed = (
        select(CardDispute.id)
        .where(
            CardDispute.payment_id == ShownPayment.id,
            CardDispute.status == DisputeStatus.OPEN.value,
        )
        .exists()
    )
    if status in (PaymentStatus.PENDING, PaymentStatus.FAILED, PaymentStatus.CANCELLED):
        return query.where(ShownPayment.under_way == status.value)
    query = query.where(ShownPayment.under_way.is_(None))
    match status:
        case PaymentStatus.REVERSED:
            return query.where(returned(ReturnKind.REVERSAL))
        case PaymentStatus.CHARGED_BACK:
            return query.where(returned(ReturnKind.CHARGEBACK), ~returned(ReturnKind.REVERSAL))
        case PaymentStatus.DISPUTED:
            return query.where(disputed, ~worse)
        case PaymentStatus.REFUNDED:
            calm = query.where(returned(), ~worse, ~disputed)
            return calm.where(refunded == ShownPayment.amount_minor)
        case PaymentStatus.PARTIALLY_REFUNDED:
            calm = query.where(returned(), ~worse, ~disputed)
            return calm.where(refunded < ShownPayment.amount_minor)
        case _:
            return query.where(~returned(), ~disputed)


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


def columns(entity: ShownPayment | Allocation) -> dict[str, Any]:
    """A mapped row as its columns."""
    return {column.key: getattr(entity, column.key) for column in entity.__table__.columns}
