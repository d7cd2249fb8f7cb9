"""HTTP <-> invoices."""

from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends, Query, Response

from services.billing.customers.problems import (
    CustomerInactive,
    CustomerUnknown,
    LineOfAnotherCustomer,
    LineUnknown,
)
from services.billing.invoices import operations, search, store
from services.billing.invoices.model import Invoice
from services.billing.invoices.problems import (
    InvoiceAdjusted,
    InvoiceHasAllocations,
    InvoiceNotDraft,
    InvoiceNotIssued,
    InvoiceTooLarge,
    NothingToAsk,
)
from services.billing.invoices.schemas import (
    InvoiceDetail,
    InvoiceIn,
    InvoiceOut,
    InvoicePatch,
    IssueIn,
    SummaryOut,
    VoidIn,
)
from services.billing.invoices.search import StatusFilter, Wanted
from shared.auth import Role, allow
from shared.db import raw
from shared.http import APIRouter, IfMatch, OrganizationId, Session, Transactional, etag
from shared.pages import BadCursor, BadSort, Page, Paging, paginate
from shared.problems import NotFound, PreconditionFailed, problem_docs
from shared.tenancy import Organization, UnknownOrganization, load_organization

router = APIRouter(prefix="/invoices", tags=["invoices"], route_class=Transactional)

WRITERS: Final = [allow(Role.CLERK)]
BILLABLE: Final = (CustomerUnknown, CustomerInactive, LineUnknown, LineOfAnotherCustomer)
NOT_ISSUED: Final = (
    NotFound,
    InvoiceNotDraft,
    NothingToAsk,
    PreconditionFailed,
    *BILLABLE,
    UnknownOrganization,
)
SORTABLE: Final[dict[str, Any]] = {
    "due_on": Invoice.due_on,
    "issued_on": Invoice.issued_on,
    "number": Invoice.number,
    "total": Invoice.total_minor,
}


async def _wanted(
    status: Annotated[
        list[StatusFilter],
        Query(description="Any of these; `open` is whatever is still owed."),
    ] = [],  # noqa: B006 - FastAPI copies it
    customer_id: UUID | None = None,
    line_id: UUID | None = None,
    number: Annotated[str | None, Query(max_length=50)] = None,
    q: Annotated[
        str | None,
        Query(max_length=100, description="A number, a reference or a part of a customer's name."),
    ] = None,
    due_from: date | None = None,
    due_to: date | None = None,
    issued_from: date | None = None,
    issued_to: date | None = None,
) -> Wanted:
    return Wanted(
        tuple(status),
        customer_id,
        line_id,
        number,
        q and q.strip(),
        due_from,
        due_to,
        issued_from,
        issued_to,
    )


async def _organization(session: Session, organization_id: OrganizationId) -> Organization:
    return await load_organization(session, organization_id)


Filters = Annotated[Wanted, Depends(_wanted)]
Tenant = Annotated[Organization, Depends(_organization)]


@router.get("", responses=problem_docs(BadSort, BadCursor, UnknownOrganization))
async def list_invoices(
    filters: Filters, paging: Paging, session: Session, organization: Tenant
) -> Page[InvoiceOut]:
    """Invoices, newest issue first; drafts, which are not issued yet, before them."""
    today = organization.today()
    where = await search.conditions(session, organization.id, filters, today)
    rows, following = await paginate(
        session,
        store.listing(organization.id).where(*where),
        paging,
        sortable=SORTABLE,
        default="-issued_on",
        key=Invoice.id.expression,
    )
    items = [InvoiceOut.of(invoice, name, today) for invoice, name in rows]
    return Page(items=items, next=following)


@router.get("/summary", responses=problem_docs(UnknownOrganization))
async def summarize_invoices(
    filters: Filters, session: Session, organization: Tenant
) -> SummaryOut:
    """Counts and sums by status, and what is open by age, of the invoices a list would show."""
    today = organization.today()
    where = await search.conditions(session, organization.id, filters, today)
    return SummaryOut.of(await search.sums(session, where, today), organization.currency, today)


@router.post(
    "",
    status_code=201,
    dependencies=WRITERS,
    responses=problem_docs(*BILLABLE, NothingToAsk, InvoiceTooLarge, UnknownOrganization),
)
async def create_invoice(
    body: InvoiceIn, session: Session, organization: Tenant, response: Response
) -> InvoiceDetail:
    """Draft an invoice; with `issue`, issue it at once."""
    draft = operations.Draft(
        body.customer_id,
        body.line_id,
        [item.charge(organization.currency) for item in body.items],
        body.due_on,
        body.memo,
    )
    invoice = await operations.create(session, organization, draft, issue_it=body.issue)
    response.headers["Location"] = f"/invoices/{invoice.id}"
    return await _shown(session, organization, invoice, response)


@router.get("/{invoice_id}", responses=problem_docs(NotFound, UnknownOrganization))
async def get_invoice(
    invoice_id: UUID, session: Session, organization: Tenant, response: Response
) -> InvoiceDetail:
    """One invoice with its items."""
    invoice, name = await store.read(await raw(session), organization.id, invoice_id)
    response.headers["ETag"] = etag(invoice.version)
    return InvoiceDetail.of(invoice, name, organization.today())


@router.patch(
    "/{invoice_id}",
    dependencies=WRITERS,
    responses=problem_docs(
        NotFound,
        InvoiceNotDraft,
        InvoiceTooLarge,
        PreconditionFailed,
        *BILLABLE,
        UnknownOrganization,
    ),
)
async def edit_invoice(
    invoice_id: UUID,
    body: InvoicePatch,
    session: Session,
    organization: Tenant,
    seen: IfMatch,
    response: Response,
) -> InvoiceDetail:
    """Change a draft; what is left out stays. Items, when given, replace all items."""
    changes = body.model_dump(include={"line_id", "due_on", "memo"}, exclude_unset=True)
    charges = None
    if body.items is not None:
        charges = [item.charge(organization.currency) for item in body.items]
    invoice = await operations.edit(session, organization, invoice_id, seen, changes, charges)
    return await _shown(session, organization, invoice, response)


@router.delete(
    "/{invoice_id}",
    status_code=204,
    dependencies=WRITERS,
    responses=problem_docs(NotFound, InvoiceNotDraft, PreconditionFailed, UnknownOrganization),
)
async def discard_invoice(
    invoice_id: UUID, session: Session, organization: Tenant, seen: IfMatch
) -> None:
    """Discard a draft."""
    await operations.discard(session, organization, invoice_id, seen)


@router.post("/{invoice_id}/issue", dependencies=WRITERS, responses=problem_docs(*NOT_ISSUED))
async def issue_invoice(
    invoice_id: UUID,
    session: Session,
    organization: Tenant,
    seen: IfMatch,
    response: Response,
    body: IssueIn | None = None,
) -> InvoiceDetail:
    """Freeze a draft under the next number, from today; due as given, or by the terms."""
    due_on = body.due_on if body else None
    invoice = await operations.issue(session, organization, invoice_id, seen, due_on)
    return await _shown(session, organization, invoice, response)


@router.post("/{invoice_id}/send", dependencies=WRITERS, responses=problem_docs(*NOT_ISSUED))
async def send_invoice(
    invoice_id: UUID,
    session: Session,
    organization: Tenant,
    seen: IfMatch,
    response: Response,
    body: IssueIn | None = None,
) -> InvoiceDetail:
    """Another name for issuing an invoice."""
    return await issue_invoice(invoice_id, session, organization, seen, response, body)


@router.post(
    "/{invoice_id}/void",
    dependencies=WRITERS,
    responses=problem_docs(
        NotFound,
        InvoiceNotIssued,
        InvoiceHasAllocations,
        InvoiceAdjusted,
        PreconditionFailed,
        UnknownOrganization,
    ),
)
async def void_invoice(
    invoice_id: UUID,
    body: VoidIn,
    session: Session,
    organization: Tenant,
    seen: IfMatch,
    response: Response,
) -> InvoiceDetail:
    """Annul an issued invoice that nothing was paid on, credited or written off.

    It keeps its number.
    """
    invoice = await operations.void(session, organization, invoice_id, seen, body.reason)
    return await _shown(session, organization, invoice, response)


async def _shown(
    session: Session, organization: Organization, invoice: Invoice, response: Response
) -> InvoiceDetail:
    """What was just written, as a read would show it."""
    response.headers["ETag"] = etag(invoice.version)
    name = await store.customer_name(session, invoice.customer_id)
    return InvoiceDetail.of(invoice, name, organization.today())
