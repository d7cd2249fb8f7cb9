"""Every query on inboxes."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.deliveries.model import Delivery, DeliveryStatus
from services.collections.lines.model import Customer
from services.collections.reminders.model import Reminder
from shared.contracts.collections import ReminderKind
from shared.pages import PageRequest, paginate
from shared.problems import NotFound

SORTABLE: Final[dict[str, ColumnElement[Any]]] = {
    "created_at": Reminder.created_at.expression,
    "due_on": Reminder.due_on.expression,
}


async def require_customer(session: AsyncSession, organization_id: UUID, customer_id: UUID) -> None:
    """Raise NotFound for a customer that is not the organization's."""
    query = select(Customer.id).where(
        Customer.organization_id == organization_id, Customer.id == customer_id
    )
    if await session.scalar(query) is None:
        raise NotFound("customer", customer_id)


async def list_reminders(
    session: AsyncSession,
    organization_id: UUID,
    paging: PageRequest,
    *,
    customer_id: UUID | None = None,
    invoice_id: UUID | None = None,
    kind: ReminderKind | None = None,
    read: bool | None = None,
    delivery: DeliveryStatus | None = None,
    created_from: datetime | None = None,
    created_until: datetime | None = None,
) -> tuple[list[Reminder], str | None]:
    """A page of reminders that match everything given, the newest first.

    Served by ix_reminder_customer for a customer, uq_reminder_day for an invoice, else
    ix_reminder_created_at.
    """
    query = select(Reminder).where(Reminder.organization_id == organization_id)
    if customer_id is not None:
        query = query.where(Reminder.customer_id == customer_id)
    if invoice_id is not None:
        query = query.where(Reminder.invoice_id == invoice_id)
    if kind is not None:
        query = query.where(Reminder.kind == kind.value)
    if read is not None:
        query = query.where(Reminder.read_at.is_not(None) if read else Reminder.read_at.is_(None))
    if delivery is not None:
        query = query.where(
            exists().where(
                Delivery.organization_id == Reminder.organization_id,
                Delivery.reminder_id == Reminder.id,
                Delivery.status == delivery.value,
            )
        )
    if created_from is not None:
        query = query.where(Reminder.created_at >= created_from)
    if created_until is not None:
        query = query.where(Reminder.created_at < created_until)
    rows, following = await paginate(
        session,
        query,
        paging,
        sortable=SORTABLE,
        default="-created_at",
        key=Reminder.id.expression,
    )
    return [row[0] for row in rows], following


async def read_reminder(
    session: AsyncSession,
    organization_id: UUID,
    reminder_id: UUID,
    customer_id: UUID | None = None,
) -> Reminder:
    """One reminder, of the customer when one is given; NotFound."""
    query = select(Reminder).where(
        Reminder.organization_id == organization_id, Reminder.id == reminder_id
    )
    if customer_id is not None:
        query = query.where(Reminder.customer_id == customer_id)
    found = await session.scalar(query)
    if found is None:
        raise NotFound("reminder", reminder_id)
    return found


async def mark_read(
    session: AsyncSession,
    organization_id: UUID,
    customer_id: UUID,
    at: datetime,
    reminder_id: UUID | None = None,
) -> int:
    """Mark a customer's unread reminders (or one of them) as read; how many that were.

    Served by ix_reminder_unread.
    """
    change = update(Reminder).where(
        Reminder.organization_id == organization_id,
        Reminder.customer_id == customer_id,
        Reminder.read_at.is_(None),
    )
    if reminder_id is not None:
        change = change.where(Reminder.id == reminder_id)
    marked = await session.execute(
        change.values(read_at=at).returning(Reminder.id),
        execution_options={"synchronize_session": False},
    )
    return len(marked.all())
