"""Lists of returns."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.payments.returns.model import PaymentReturn


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
