"""HTTP for reminders: the customer's inbox, and the organization's view of all of them."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from services.collections.channels.rules import Channel
from services.collections.deliveries import store as deliveries
from services.collections.deliveries.model import Delivery, DeliveryStatus
from services.collections.reminders import inbox
from services.collections.reminders.model import Reminder
from services.collections.reminders.problems import DeliveryNotSent
from shared import clock
from shared.auth import Role, allow
from shared.contracts.collections import ReminderKind
from shared.http import OrganizationId, Session, Transactional
from shared.money import MoneyOut
from shared.pages import BadCursor, BadSort, Page, Paging
from shared.problems import NotFound, problem_docs
from shared.tenancy import UnknownOrganization, load_organization

router = APIRouter(tags=["collections"], route_class=Transactional)

ANYONE = allow(*Role)
DESK = allow(Role.CLERK, Role.COLLECTOR)

Reason = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=500, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$"
    ),
]


class ReminderOut(BaseModel):
    """A reminder as it lies in a customer's inbox."""

    id: UUID
    customer_id: UUID
    invoice_id: UUID
    invoice_number: str
    kind: ReminderKind
    title: str
    body: str
    language: str
    open: MoneyOut = Field(description="When the reminder was made.")
    due_on: date
    created_at: datetime = Field(description="By the organization's clock.")
    read: bool
    read_at: datetime | None

    @classmethod
    def of(cls, reminder: Reminder) -> Self:
        """Show a reminder."""
        return cls(
            id=reminder.id,
            customer_id=reminder.customer_id,
            invoice_id=reminder.invoice_id,
            invoice_number=reminder.number,
            kind=ReminderKind(reminder.kind),
            title=reminder.title,
            body=reminder.body,
            language=reminder.language,
            open=MoneyOut.of(reminder.open_minor, reminder.currency),
            due_on=reminder.due_on,
            created_at=reminder.created_at,
            read=reminder.read_at is not None,
            read_at=reminder.read_at,
        )


class ReminderDeliveryOut(BaseModel):
    """A reminder on its way over one channel."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    channel: Channel
    recipient: str
    status: DeliveryStatus
    attempts: int
    detail: str | None = Field(description="What the other side said, or why it waits.")
    queued_at: datetime
    next_at: datetime = Field(description="When it is tried (again), while it is queued.")
    settled_at: datetime | None


class ReminderDetail(ReminderOut):
    """A reminder, and how its deliveries fared."""

    deliveries: list[ReminderDeliveryOut]

    @classmethod
    def with_deliveries(cls, reminder: Reminder, sent: list[Delivery]) -> Self:
        """Show a reminder with its deliveries."""
        shown = [ReminderDeliveryOut.model_validate(one) for one in sent]
        return cls(**dict(ReminderOut.of(reminder)), deliveries=shown)


class MarkedRead(BaseModel):
    """How many reminders were unread before."""

    read: int


class ReminderBounceIn(BaseModel):
    """A bounce that a provider or a mail server reported later."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason


@router.get(
    "/customers/{customer_id}/reminders",
    dependencies=[ANYONE],
    responses=problem_docs(NotFound, BadCursor, BadSort),
)
async def list_inbox(
    customer_id: UUID,
    organization_id: OrganizationId,
    session: Session,
    paging: Paging,
    read: Annotated[bool | None, Query()] = None,
    kind: Annotated[ReminderKind | None, Query()] = None,
    invoice_id: Annotated[UUID | None, Query()] = None,
) -> Page[ReminderOut]:
    """A customer's inbox; sorted by `-created_at` (default), `due_on`."""
    await inbox.require_customer(session, organization_id, customer_id)
    found, following = await inbox.list_reminders(
        session,
        organization_id,
        paging,
        customer_id=customer_id,
        read=read,
        kind=kind,
        invoice_id=invoice_id,
    )
    return Page(items=[ReminderOut.of(one) for one in found], next=following)


@router.post(
    "/customers/{customer_id}/reminders/read-all",
    dependencies=[DESK],
    responses=problem_docs(NotFound, UnknownOrganization),
)
async def read_all(
    customer_id: UUID, organization_id: OrganizationId, session: Session
) -> MarkedRead:
    """Mark everything in a customer's inbox as read."""
    await inbox.require_customer(session, organization_id, customer_id)
    at = (await load_organization(session, organization_id)).now()
    return MarkedRead(read=await inbox.mark_read(session, organization_id, customer_id, at))


@router.get(
    "/customers/{customer_id}/reminders/{reminder_id}",
    dependencies=[ANYONE],
    responses=problem_docs(NotFound),
)
async def get_from_inbox(
    customer_id: UUID, reminder_id: UUID, organization_id: OrganizationId, session: Session
) -> ReminderDetail:
    """One reminder of a customer."""
    found = await inbox.read_reminder(session, organization_id, reminder_id, customer_id)
    sent = await deliveries.of_reminders(session, organization_id, [found.id])
    return ReminderDetail.with_deliveries(found, sent)


@router.post(
    "/customers/{customer_id}/reminders/{reminder_id}/read",
    dependencies=[DESK],
    responses=problem_docs(NotFound, UnknownOrganization),
)
async def read_one(
    customer_id: UUID, reminder_id: UUID, organization_id: OrganizationId, session: Session
) -> ReminderOut:
    """Mark a reminder as read; one that is keeps its instant."""
    at = (await load_organization(session, organization_id)).now()
    await inbox.mark_read(session, organization_id, customer_id, at, reminder_id)
    found = await inbox.read_reminder(session, organization_id, reminder_id, customer_id)
    return ReminderOut.of(found)


@router.get(
    "/collections/reminders", dependencies=[ANYONE], responses=problem_docs(BadCursor, BadSort)
)
async def list_reminders(
    organization_id: OrganizationId,
    session: Session,
    paging: Paging,
    customer_id: Annotated[UUID | None, Query()] = None,
    invoice_id: Annotated[UUID | None, Query()] = None,
    kind: Annotated[ReminderKind | None, Query()] = None,
    read: Annotated[bool | None, Query()] = None,
    delivery: Annotated[DeliveryStatus | None, Query()] = None,
    created_from: Annotated[AwareDatetime | None, Query()] = None,
    created_until: Annotated[AwareDatetime | None, Query()] = None,
) -> Page[ReminderOut]:
    """All reminders of the organization; sorted by `-created_at` (default), `due_on`."""
    found, following = await inbox.list_reminders(
        session,
        organization_id,
        paging,
        customer_id=customer_id,
        invoice_id=invoice_id,
        kind=kind,
        read=read,
        delivery=delivery,
        created_from=created_from,
        created_until=created_until,
    )
    return Page(items=[ReminderOut.of(one) for one in found], next=following)


@router.get(
    "/collections/reminders/{reminder_id}",
    dependencies=[ANYONE],
    responses=problem_docs(NotFound),
)
async def get_reminder(
    reminder_id: UUID, organization_id: OrganizationId, session: Session
) -> ReminderDetail:
    """One reminder, and how its deliveries fared."""
    found = await inbox.read_reminder(session, organization_id, reminder_id)
    sent = await deliveries.of_reminders(session, organization_id, [found.id])
    return ReminderDetail.with_deliveries(found, sent)


@router.post(
    "/collections/reminder-deliveries/{delivery_id}/bounced",
    dependencies=[DESK],
    responses=problem_docs(NotFound, DeliveryNotSent),
)
async def report_bounce(
    delivery_id: UUID, body: ReminderBounceIn, organization_id: OrganizationId, session: Session
) -> ReminderDeliveryOut:
    """Write down that a delivery came back after it was sent. Repeating it changes nothing."""
    found = await deliveries.lock(session, organization_id, delivery_id)
    if found is None:
        raise NotFound("reminder delivery", delivery_id)
    if found.status == DeliveryStatus.SENT:
        found.status, found.detail = DeliveryStatus.BOUNCED.value, body.reason
        found.settled_at = clock.now()
    elif found.status != DeliveryStatus.BOUNCED:
        raise DeliveryNotSent(delivery_id, found.status)
    return ReminderDeliveryOut.model_validate(found)
