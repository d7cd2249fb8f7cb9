"""Queries for customers."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.customers.customers.model import Customer
from services.customers.customers.rules import folded
from shared.db import raw
from shared.pages import PageRequest, paginate
from shared.problems import NotFound

SORTABLE: Final[dict[str, ColumnElement[Any]]] = {
    "name": Customer.name.expression,
    "created_at": Customer.created_at.expression,
}
TRIGRAM: Final = 3
"""A needle shorter than this has no trigram to look up."""

BY_ID: Final = """
SELECT id, version, name, national_id, email, phone, external_ref, language, time_zone, area, tags,
       active, created_at, updated_at
FROM customer WHERE organization_id = %s AND id = %s
"""


async def read_customer(
    session: AsyncSession, organization_id: UUID, customer_id: UUID
) -> dict[str, Any]:
    """The columns of a customer, by one statement; NotFound."""
    cursor = await (await raw(session)).execute(BY_ID, (organization_id, customer_id))
    row = await cursor.fetchone()
    if row is None:
        raise NotFound("customer", customer_id)
    return row


async def lock_customer(
    session: AsyncSession, organization_id: UUID, customer_id: UUID
) -> Customer:
    """The customer, locked against every other change of it or its set of lines; NotFound."""
    query = select(Customer).where(
        Customer.organization_id == organization_id, Customer.id == customer_id
    )
    found = await session.scalar(query.with_for_update(key_share=True))
    if found is None:
        raise NotFound("customer", customer_id)
    return found


async def list_customers(
    session: AsyncSession,
    organization_id: UUID,
    paging: PageRequest,
    *,
    q: str | None,
    tag: str | None = None,
    **exactly: str | bool | None,
) -> tuple[list[Customer], str | None]:
    """A page of customers that match everything given.

    Served by ix_customer_area for an area; a tag is looked up as a search is.
    """
    query = select(Customer).where(Customer.organization_id == organization_id)
    for name, value in exactly.items():
        if value is not None:
            query = query.where(getattr(Customer, name) == value)
    if q is not None:
        query = _containing(query, q)
    if tag is not None:
        query = query.where(Customer.id.in_(select(func.customer_tagged(tag))))
    rows, following = await paginate(
        session, query, paging, sortable=SORTABLE, default="name", key=Customer.id.expression
    )
    return [row[0] for row in rows], following


def _containing(query: Select[Customer], needle: str) -> Select[Customer]:
    """Customers with the needle in name, national id, e-mail or external reference.

    Case and accents do not matter. Served by ix_customer_search_text through
    customer_matching(); a needle too short for the index filters in the order of the list,
    where so common a text soon fills a page.
    """
    pattern = f"%{_escaped(folded(needle))}%"
    if len(needle) < TRIGRAM:
        return query.where(Customer.search_text.like(pattern))
    return query.where(Customer.id.in_(select(func.customer_matching(pattern))))


def _escaped(needle: str) -> str:
    """The needle with LIKE's own characters meaning themselves."""
    return needle.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
