"""Finding returns, and the payments they are of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.payments.returns.model import PaymentReturn
from services.payments.returns.rules import ReturnKind
from shared.db import Connection
from shared.pages import PageRequest, paginate

FIND_PAYMENT: Final = """
SELECT id, customer_id, currency, provider FROM payment WHERE organization_id = %s AND id = %s
"""
FIND: Final = "SELECT * FROM payment_return WHERE organization_id = %s AND id = %s"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which returns; None wants all."""

    payment_id: UUID | None = None
    customer_id: UUID | None = None
    kind: ReturnKind | None = None
    returned_from: date | None = None
    returned_to: date | None = None


async def returns(
    session: AsyncSession, organization_id: UUID, paging: PageRequest, wanted: Wanted
) -> tuple[list[dict[str, Any]], str | None]:
    """One page of returns as columns, and the next cursor.

    Served by ix_payment_return_returned_on and ix_payment_return_payment_id.
    """
    query = select(PaymentReturn).where(PaymentReturn.organization_id == organization_id)
    if wanted.payment_id is not None:
        query = query.where(PaymentReturn.payment_id == wanted.payment_id)
    if wanted.customer_id is not None:
        query = query.where(PaymentReturn.customer_id == wanted.customer_id)
    if wanted.kind is not None:
        query = query.where(PaymentReturn.kind == wanted.kind.value)
    if wanted.returned_from is not None:
        query = query.where(PaymentReturn.returned_on >= wanted.returned_from)
    if wanted.returned_to is not None:
        query = query.where(PaymentReturn.returned_on <= wanted.returned_to)
    rows, following = await paginate(
        session,
        query,
        paging,
        sortable={"returned_on": PaymentReturn.returned_on.expression},
        default="-returned_on",
        key=PaymentReturn.id.expression,
    )
    return [row.columns() for (row,) in rows], following


async def returns_of(
    session: AsyncSession, payment_ids: Sequence[UUID]
) -> dict[UUID, list[dict[str, Any]]]:
    """The returns of some payments in the order they were recorded.

    Served by ix_payment_return_payment_id.
    """
    query = (
        select(PaymentReturn)
        .where(PaymentReturn.payment_id.in_(payment_ids))
        .order_by(PaymentReturn.id)
    )
    found: dict[UUID, list[dict[str, Any]]] = {each: [] for each in payment_ids}
    for row in await session.scalars(query):
        found[row.payment_id].append(row.columns())
    return found


async def find_payment(
    tx: Connection, organization_id: UUID, payment_id: UUID
) -> dict[str, Any] | None:
    """Whose payment it is, in which currency, and through whom it came."""
    return await (await tx.execute(FIND_PAYMENT, (organization_id, payment_id))).fetchone()


async def find_return(tx: Connection, organization_id: UUID, return_id: UUID) -> dict[str, Any]:
    """The columns of a return that is there."""
    row = await (await tx.execute(FIND, (organization_id, return_id))).fetchone()
    assert row is not None
    return row
