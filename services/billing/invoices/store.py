"""Every query on invoices but those of imports, settlements and the clock."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from services.billing.customers.model import Customer
from services.billing.invoices.model import Invoice, InvoiceItem
from services.billing.terms.store import Terms
from shared.db import Connection
from shared.problems import NotFound

COLUMNS: Final = tuple(column.key for column in Invoice.__table__.columns)
# The hot read: one statement, one row. Decimals travel as text: JSON has no other exact ones.
READ: Final = f"""
SELECT {", ".join(f"i.{column}" for column in COLUMNS)}, c.name AS customer_name,
    (SELECT due_soon_days FROM billing_terms WHERE organization_id = i.organization_id) AS soon,
    (SELECT coalesce(json_agg(json_build_array(t.position, t.description, t.quantity::text,
            t.unit_price_minor, t.price_includes_tax, t.tax_rate::text, t.tax_category,
            t.net_minor, t.tax_minor, t.category_id, g.name) ORDER BY t.position), '[]')
     FROM invoice_item AS t LEFT JOIN category AS g ON g.id = t.category_id
     WHERE t.invoice_id = i.id) AS items
FROM invoice AS i LEFT JOIN customer AS c ON c.id = i.customer_id
WHERE i.id = %s AND i.organization_id = %s
"""


@dataclass(frozen=True, slots=True)
class Found:
    """An invoice to be shown, and what is shown with it."""

    invoice: Invoice
    customer_name: str | None
    due_soon_days: int
    """Of the organization's terms."""
    categories: dict[UUID, str]
    """The names of its items' categories."""


async def read(tx: Connection, organization_id: UUID, invoice_id: UUID) -> Found:
    """An invoice to be shown, with its items; raises NotFound."""
    cursor = await tx.execute(READ, (invoice_id, organization_id))
    row = await cursor.fetchone()
    if row is None:
        raise NotFound("invoice", invoice_id)
    invoice = Invoice(**{column: row[column] for column in COLUMNS})
    invoice.items = [_item(invoice, cells) for cells in row["items"]]
    soon = Terms().due_soon_days if row["soon"] is None else row["soon"]
    named = {UUID(cells[9]): cells[10] for cells in row["items"] if cells[9] is not None}
    return Found(invoice, row["customer_name"], soon, named)


def _item(invoice: Invoice, cells: list[Any]) -> InvoiceItem:
    position, description, quantity, unit_price_minor, includes, rate, *rest = cells
    tax_category, net_minor, tax_minor, category_id, _ = rest
    return InvoiceItem(
        organization_id=invoice.organization_id,
        invoice_id=invoice.id,
        position=position,
        description=description,
        quantity=Decimal(quantity),
        unit_price_minor=unit_price_minor,
        price_includes_tax=includes,
        tax_rate=Decimal(rate),
        tax_category=tax_category,
        net_minor=net_minor,
        tax_minor=tax_minor,
        category_id=category_id and UUID(category_id),
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


def listing(organization_id: UUID) -> Select[Invoice, str | None]:
    """The invoices of an organization, each with its customer's name."""
    return (
        select(Invoice, Customer.name)
        .outerjoin(Customer, Customer.id == Invoice.customer_id)
        .where(Invoice.organization_id == organization_id)
    )
