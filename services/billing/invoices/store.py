"""Every query on invoices but those of imports, settlements and the clock."""

from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from services.billing.customers.model import Customer
from services.billing.invoices.model import Invoice, InvoiceItem
from shared.db import Connection
from shared.problems import NotFound

COLUMNS: Final = tuple(column.key for column in Invoice.__table__.columns)
# The hot read: one statement, one row. Decimals travel as text: JSON has no other exact ones.
READ: Final = f"""
SELECT {", ".join(f"i.{column}" for column in COLUMNS)}, c.name AS customer_name,
    (SELECT coalesce(json_agg(json_build_array(t.position, t.description, t.quantity::text,
            t.unit_price_minor, t.tax_rate::text, t.net_minor, t.tax_minor) ORDER BY t.position),
        '[]') FROM invoice_item AS t WHERE t.invoice_id = i.id) AS items
FROM invoice AS i LEFT JOIN customer AS c ON c.id = i.customer_id
WHERE i.id = %s AND i.organization_id = %s
"""


async def read(
    tx: Connection, organization_id: UUID, invoice_id: UUID
) -> tuple[Invoice, str | None]:
    """An invoice to be shown, with its items, and its customer's name; raises NotFound."""
    cursor = await tx.execute(READ, (invoice_id, organization_id))
    row = await cursor.fetchone()
    if row is None:
        raise NotFound("invoice", invoice_id)
    invoice = Invoice(**{column: row[column] for column in COLUMNS})
    invoice.items = [_item(invoice, cells) for cells in row["items"]]
    return invoice, row["customer_name"]


def _item(invoice: Invoice, cells: list[Any]) -> InvoiceItem:
    position, description, quantity, unit_price_minor, tax_rate, net_minor, tax_minor = cells
    return InvoiceItem(
        organization_id=invoice.organization_id,
        invoice_id=invoice.id,
        position=position,
        description=description,
        quantity=Decimal(quantity),
        unit_price_minor=unit_price_minor,
        tax_rate=Decimal(tax_rate),
        net_minor=net_minor,
        tax_minor=tax_minor,
    )


async def lock(session: AsyncSession, organization_id: UUID, invoice_id: UUID) -> Invoice:
    """An invoice with its items, to be changed: its row is locked; raises NotFound."""
    query = (
        select(Invoice)
        .where(Invoice.id == invoice_id, Invoice.organization_id == organization_id)
        .options(selectinload(Invoice.items))
        .with_for_update()
    )
    invoice = (await session.scalars(query)).one_or_none()
    if invoice is None:
        raise NotFound("invoice", invoice_id)
    return invoice


async def customer_name(session: AsyncSession, customer_id: UUID) -> str | None:
    """The name of a customer as billing knows it."""
    return await session.scalar(select(Customer.name).where(Customer.id == customer_id))


def listing(organization_id: UUID) -> Select[Invoice, str | None]:
    """The invoices of an organization, each with its customer's name."""
    return (
        select(Invoice, Customer.name)
        .outerjoin(Customer, Customer.id == Invoice.customer_id)
        .where(Invoice.organization_id == organization_id)
    )
