"""Every query on write-offs."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.customers.model import Customer
from services.billing.invoices.model import Invoice
from services.billing.write_offs.model import WriteOff
from shared.problems import NotFound


async def read(
    session: AsyncSession, organization_id: UUID, write_off_id: UUID
) -> tuple[WriteOff, str, int, str | None]:
    """A write-off, as `listing` has it; raises NotFound."""
    query = listing(organization_id).where(WriteOff.id == write_off_id)
    row = (await session.execute(query)).one_or_none()
    if row is None:
        raise NotFound("write-off", write_off_id)
    write_off, number, recovered_minor, name = row
    return write_off, number, recovered_minor, name


def listing(organization_id: UUID) -> Select[WriteOff, Any, int, str | None]:
    """Write-offs with the invoice's number, what was recovered of it, and the customer's name."""
    return (
        select(WriteOff, Invoice.number, Invoice.recovered_minor, Customer.name)
        .join(Invoice, Invoice.id == WriteOff.invoice_id)
        .outerjoin(Customer, Customer.id == WriteOff.customer_id)
        .where(WriteOff.organization_id == organization_id)
    )
