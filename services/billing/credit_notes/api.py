"""HTTP <-> credit notes."""

from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Query, Response

from services.billing.credit_notes import operations, store
from services.billing.credit_notes.model import CreditNote
from services.billing.credit_notes.problems import (
    CreditExceedsInvoice,
    CreditExceedsItem,
    ItemUnknown,
    NothingToCredit,
)
from services.billing.credit_notes.schemas import CreditNoteDetail, CreditNoteIn, CreditNoteOut
from services.billing.invoices.api import Tenant
from services.billing.invoices.problems import InvoiceNotIssued
from shared.auth import Caller, Role, allow
from shared.contracts.billing import CreditSettlement
from shared.http import APIRouter, IdempotencyKey, OrganizationId, Session, Transactional
from shared.pages import Page, Paging, paginate
from shared.problems import NotFound, problem_docs
from shared.tenancy import UnknownOrganization

router = APIRouter(tags=["credit notes"], route_class=Transactional)

SORTABLE: Final[dict[str, Any]] = {
    "issued_on": CreditNote.issued_on,
    "number": CreditNote.number,
    "total": CreditNote.total_minor,
}


@router.post(
    "/invoices/{invoice_id}/credit-notes",
    status_code=201,
    dependencies=[allow(Role.CLERK)],
    responses=problem_docs(
        NotFound,
        InvoiceNotIssued,
        CreditExceedsInvoice,
        CreditExceedsItem,
        ItemUnknown,
        NothingToCredit,
        UnknownOrganization,
    ),
)
async def credit_invoice(
    invoice_id: UUID,
    body: CreditNoteIn,
    key: IdempotencyKey,
    session: Session,
    organization: Tenant,
    caller: Caller,
    response: Response,
) -> CreditNoteDetail:
    """Take back what an issued invoice asks for, in part or whole, paid or not."""
    note = await operations.credit(
        session, organization, invoice_id, body.wanted(), by=str(caller.user_id)
    )
    response.headers["Location"] = f"/credit-notes/{note.id}"
    _, number, name = await store.read(session, organization.id, note.id)
    return CreditNoteDetail.of(note, number, name)


@router.get("/credit-notes")
async def list_credit_notes(
    paging: Paging,
    session: Session,
    organization_id: OrganizationId,
    customer_id: UUID | None = None,
    invoice_id: UUID | None = None,
    number: Annotated[str | None, Query(max_length=50)] = None,
    settlement: CreditSettlement | None = None,
    issued_from: date | None = None,
    issued_to: date | None = None,
) -> Page[CreditNoteOut]:
    """Credit notes, newest first."""
    query = store.listing(organization_id)
    equal = (
        (CreditNote.customer_id, customer_id),
        (CreditNote.invoice_id, invoice_id),
        (CreditNote.number, number),
        (CreditNote.settlement, settlement),
    )
    query = query.where(*(column == value for column, value in equal if value is not None))
    if issued_from is not None:
        query = query.where(CreditNote.issued_on >= issued_from)
    if issued_to is not None:
        query = query.where(CreditNote.issued_on <= issued_to)
    rows, following = await paginate(
        session,
        query,
        paging,
        sortable=SORTABLE,
        default="-issued_on",
        key=CreditNote.id.expression,
    )
    items = [CreditNoteOut.of(note, invoice_number, name) for note, invoice_number, name in rows]
    return Page(items=items, next=following)


@router.get("/credit-notes/{note_id}", responses=problem_docs(NotFound))
async def get_credit_note(
    note_id: UUID, session: Session, organization_id: OrganizationId
) -> CreditNoteDetail:
    """One credit note with its items."""
    note, invoice_number, name = await store.read(session, organization_id, note_id)
    return CreditNoteDetail.of(note, invoice_number, name)
