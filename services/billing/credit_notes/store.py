"""Every query on credit notes."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from services.billing.credit_notes.model import CreditNote, CreditNoteItem
from services.billing.credit_notes.rules import Item, without_returns
from services.billing.customers.model import Customer
from services.billing.invoices.model import Invoice
from shared.problems import NotFound

NONE: Final = (0, 0, 0)


async def items(session: AsyncSession, invoice: Invoice) -> list[Item]:
    """What of an invoice's items can be credited, and has been; the invoice is locked."""
    credited = await _credited(session, invoice.id)
    found = []
    for item in invoice.items:
        net, tax, quantity = credited.get(item.position, NONE)
        found.append(
            Item(
                item.position,
                item.description,
                item.quantity,
                item.tax_rate,
                item.net_minor,
                item.tax_minor,
                int(net),
                int(tax),
                quantity,
            )
        )
    return without_returns(found, invoice.currency)


async def _credited(session: AsyncSession, invoice_id: UUID) -> Mapping[int, Any]:
    """Net, tax and quantity credited by position; served by ix_credit_note_invoice_id."""
    query = (
        select(
            CreditNoteItem.item_position,
            func.sum(CreditNoteItem.net_minor),
            func.sum(CreditNoteItem.tax_minor),
            func.coalesce(func.sum(CreditNoteItem.quantity), 0),
        )
        .join(CreditNote, CreditNote.id == CreditNoteItem.credit_note_id)
        .where(CreditNote.invoice_id == invoice_id)
        .group_by(CreditNoteItem.item_position)
    )
    rows = (await session.execute(query)).all()
    return {position: (net, tax, quantity) for position, net, tax, quantity in rows}


async def read(
    session: AsyncSession, organization_id: UUID, note_id: UUID
) -> tuple[CreditNote, str, str | None]:
    """A credit note with its items, its invoice's number and its customer's name."""
    query = listing(organization_id).where(CreditNote.id == note_id)
    row = (await session.execute(query.options(selectinload(CreditNote.items)))).one_or_none()
    if row is None:
        raise NotFound("credit note", note_id)
    note, number, name = row
    return note, number, name


def listing(organization_id: UUID) -> Select[CreditNote, Any, str | None]:
    """The credit notes of an organization, each with its invoice's number and its customer."""
    return (
        select(CreditNote, Invoice.number, Customer.name)
        .join(Invoice, Invoice.id == CreditNote.invoice_id)
        .outerjoin(Customer, Customer.id == CreditNote.customer_id)
        .where(CreditNote.organization_id == organization_id)
    )
