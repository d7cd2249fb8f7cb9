"""HTTP <-> deliveries: send, send again, see what became of it."""

from datetime import datetime
from typing import Annotated, Any, Final, Self
from uuid import UUID

from fastapi import Depends, Query, Response
from pydantic import BaseModel, Field

from services.billing.deliveries import operations, store
from services.billing.deliveries.model import Delivery
from services.billing.deliveries.problems import DeliveryNotSent
from services.billing.deliveries.rules import State
from services.billing.invoices.api import NOT_ISSUED, WRITERS, shown
from services.billing.invoices.model import Invoice
from services.billing.invoices.problems import InvoiceNotIssued
from services.billing.invoices.schemas import InvoiceDetail, IssueIn, Text
from shared.http import APIRouter, IfMatch, OrganizationId, Session, Transactional
from shared.pages import BadCursor, BadSort, Page, Paging, paginate
from shared.problems import NotFound, problem_docs
from shared.tenancy import Organization, UnknownOrganization, load_organization

router = APIRouter(tags=["deliveries"], route_class=Transactional)

SORTABLE: Final[dict[str, Any]] = {"created_at": Delivery.created_at.expression}


class DeliveryOut(BaseModel):
    """One attempt to deliver an invoice."""

    id: UUID
    invoice_id: UUID
    customer_id: UUID
    attempt: int = Field(description="1 for the first, more when it was sent again.")
    state: State
    recipient: str | None
    tries: int = Field(description="How often the mail server was asked.")
    next_at: datetime | None = Field(description="The next try, while it waits.")
    reason: str | None = Field(description="Why it waits, bounced or failed.")
    created_at: datetime
    sent_at: datetime | None
    bounced_at: datetime | None

    @classmethod
    def of(cls, delivery: Delivery) -> Self:
        """Show a delivery."""
        return cls.model_validate(delivery, from_attributes=True)


class SentInvoice(InvoiceDetail):
    """An invoice and its newest delivery."""

    delivery: DeliveryOut


class BounceIn(BaseModel):
    """What a mail that came back says."""

    reason: Text


async def _organization(session: Session, organization_id: OrganizationId) -> Organization:
    return await load_organization(session, organization_id)


Tenant = Annotated[Organization, Depends(_organization)]


@router.post(
    "/invoices/{invoice_id}/send",
    dependencies=WRITERS,
    responses=problem_docs(*NOT_ISSUED, InvoiceNotIssued),
)
async def send_invoice(
    invoice_id: UUID,
    session: Session,
    organization: Tenant,
    seen: IfMatch,
    response: Response,
    body: IssueIn | None = None,
) -> SentInvoice:
    """Issue a draft and deliver it by e-mail; an issued invoice is delivered once more.

    A customer without an address does not stop the issue: the delivery says `no_address`.
    """
    due_on = body.due_on if body else None
    invoice, delivery = await operations.send(session, organization, invoice_id, seen, due_on)
    detail = await shown(session, organization, invoice.id, response)
    return SentInvoice(**dict(detail), delivery=DeliveryOut.of(delivery))


@router.get(
    "/invoices/{invoice_id}/deliveries",
    responses=problem_docs(NotFound, BadSort, BadCursor, UnknownOrganization),
)
async def list_invoice_deliveries(
    invoice_id: UUID, paging: Paging, session: Session, organization: Tenant
) -> Page[DeliveryOut]:
    """The deliveries of one invoice, newest first."""
    if await session.get(Invoice, invoice_id) is None:
        raise NotFound("invoice", invoice_id)
    query = store.listing(organization.id).where(Delivery.invoice_id == invoice_id)
    return await _page(session, query, paging)


@router.get("/deliveries", responses=problem_docs(BadSort, BadCursor, UnknownOrganization))
async def list_deliveries(
    paging: Paging,
    session: Session,
    organization: Tenant,
    state: Annotated[State | None, Query(description="Only these.")] = None,
) -> Page[DeliveryOut]:
    """The organization's deliveries, newest first."""
    query = store.listing(organization.id)
    if state is not None:
        query = query.where(Delivery.state == state.value)
    return await _page(session, query, paging)


@router.post(
    "/deliveries/{delivery_id}/bounced",
    dependencies=WRITERS,
    responses=problem_docs(NotFound, DeliveryNotSent, UnknownOrganization),
)
async def report_bounce(
    delivery_id: UUID, body: BounceIn, session: Session, organization: Tenant
) -> DeliveryOut:
    """Report that a mail came back after it had been taken in."""
    delivery = await operations.report_bounce(session, organization, delivery_id, body.reason)
    return DeliveryOut.of(delivery)


async def _page(session: Session, query: Any, paging: Paging) -> Page[DeliveryOut]:
    rows, following = await paginate(
        session,
        query,
        paging,
        sortable=SORTABLE,
        default="-created_at",
        key=Delivery.id.expression,
    )
    return Page(items=[DeliveryOut.of(delivery) for (delivery,) in rows], next=following)
