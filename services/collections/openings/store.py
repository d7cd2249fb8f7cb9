"""Every query on what a case is about to be opened for."""

from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.cases.model import Case
from services.collections.cases.rules import Owner
from services.collections.lines.model import Customer, Line
from shared.db import Connection

# Served by ix_debt_open_customer.
LAST_DUE: Final = """
SELECT max(due_on) AS due_on FROM debt
WHERE organization_id = %(organization_id)s AND customer_id = %(customer_id)s AND open_minor > 0
  AND (%(line_id)s::uuid IS NULL OR line_id = %(line_id)s::uuid)
"""


async def last_due_on(tx: Connection, owner: Owner) -> date | None:
    """The latest due date of what an owner owes; None when nothing is owed."""
    row = await (await tx.execute(LAST_DUE, owner._asdict())).fetchone()
    return row["due_on"] if row else None


async def is_known(session: AsyncSession, organization_id: UUID, customer_id: UUID) -> bool:
    """Whether the customer was heard of."""
    query = select(Customer.id).where(
        Customer.organization_id == organization_id, Customer.id == customer_id
    )
    return await session.scalar(query) is not None


async def has_line(session: AsyncSession, owner: Owner) -> bool:
    """Whether the line is the customer's."""
    query = select(Line.line_id).where(
        Line.organization_id == owner.organization_id,
        Line.customer_id == owner.customer_id,
        Line.line_id == owner.line_id,
    )
    return await session.scalar(query) is not None


async def going_on(session: AsyncSession, owner: Owner) -> Case | None:
    """A case that is about the same: the owner's, or one of all that the customer owes."""
    query = select(Case).where(
        Case.organization_id == owner.organization_id,
        Case.customer_id == owner.customer_id,
        Case.cured_on.is_(None),
        or_(Case.line_id == owner.line_id, Case.line_id.is_(None)),
    )
    return await session.scalar(query.order_by(Case.line_id, Case.id).limit(1))
