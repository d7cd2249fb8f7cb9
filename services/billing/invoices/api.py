"""HTTP <-> invoices."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends, Query, Response
from sqlalchemy import func

from services.billing.accounts.problems import CurrencyMismatch
from services.billing.categories.problems import CategoryInactive, CategoryUnknown
from services.billing.customers.model import Customer
from services.billing.customers.problems import (
    CustomerInactive,
    CustomerUnknown,
    LineOfAnotherCustomer,
    LineUnknown,
)
from services.billing.invoices import operations, search, store
from services.billing.invoices.model import Invoice
from services.billing.invoices.problems import (
    InvoiceNotDraft,
    InvoiceTooLarge,
    NothingToAsk,
)
from services.billing.invoices.rules import Charge
from services.billing.invoices.schemas import (
    InvoiceDetail,
    InvoiceIn,
    InvoiceOut,
    InvoicePatch,
    IssueIn,
    ItemIn,
    Viewpoint,
)
from services.billing.invoices.search import StatusFilter, Wanted
from services.billing.terms import store as terms_store
from shared.auth import Role, allow
from shared.contracts.billing import InvoiceKind
from shared.db import raw
from shared.http import APIRouter, IfMatch, OrganizationId, Session, Transactional, etag
from shared.money import AMOUNT_PATTERN, CURRENCY_PATTERN, Money
from shared.pages import BadCursor, BadSort, Page, PageRequest, Paging, paginate
from shared.problems import NotFound, PreconditionFailed, problem_docs
from shared.tenancy import Organization, UnknownOrganization, load_organization

router = APIRouter(prefix="/invoices", tags=["invoices"], route_class=Transactional)

WRITERS: Final = [allow(Role.CLERK)]
BILLABLE: Final = (CustomerUnknown, CustomerInactive, LineUnknown, LineOfAnotherCustomer)
CHARGEABLE: Final = (InvoiceTooLarge, CurrencyMismatch, CategoryUnknown, CategoryInactive)
NOT_ISSUED: Final = (
    NotFound,
    InvoiceNotDraft,
    NothingToAsk,
    PreconditionFailed,
    CurrencyMismatch,
    *BILLABLE,
    UnknownOrganization,
)
LISTED: Final = problem_docs(BadSort, BadCursor, UnknownOrganization)
SORTABLE: Final[dict[str, Any]] = {
    "due_on": Invoice.due_on,
    "issued_on": Invoice.issued_on,
    "number": Invoice.number,
    "total": Invoice.total_minor,
    "open": Invoice.open_minor,
    "customer": func.coalesce(Customer.name, ""),  # an import may be ahead of its customers
}
AmountText = Annotated[
    str | None,
    Query(pattern=AMOUNT_PATTERN, description="Of the total, in `currency` or the organization's."),
]


async def _organization(session: Session, organization_id: OrganizationId) -> Organization:
    return await load_organization(session, organization_id)


Tenant = Annotated[Organization, Depends(_organization)]


async def _narrowed(
    organization: Tenant,
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
    total_from: AmountText = None,
    total_to: AmountText = None,
    currency: Annotated[str | None, Query(pattern=CURRENCY_PATTERN)] = None,
    recurring: bool | None = None,
    kind: InvoiceKind | None = None,
    refers_to: Annotated[UUID | None, Query(description="Late fees for this invoice.")] = None,
    category_id: Annotated[UUID | None, Query(description="Of any of the items.")] = None,
) -> Wanted:
    unit = currency or organization.currency
    return Wanted(
        customer_id=customer_id,
        line_id=line_id,
        number=number,
        q=q and q.strip(),
        due_from=due_from,
        due_to=due_to,
        issued_from=issued_from,
        issued_to=issued_to,
        total_from_minor=None if total_from is None else Money.parse(total_from, unit).minor,
        total_to_minor=None if total_to is None else Money.parse(total_to, unit).minor,
        currency=currency,
        recurring=recurring,
        kind=kind,
        refers_to=refers_to,
        category_id=category_id,
    )


Narrowed = Annotated[Wanted, Depends(_narrowed)]


async def _wanted(
    narrowed: Narrowed,
    status: Annotated[
        list[StatusFilter],
        Query(
            description="Any of these; `open` is whatever is still owed, `pending` what of it is"
            " not overdue."
        ),
    ] = [],  # noqa: B006 - FastAPI copies it
) -> Wanted:
    return replace(narrowed, statuses=tuple(status))


Filters = Annotated[Wanted, Depends(_wanted)]


@router.get("", responses=LISTED)
async def list_invoices(
    filters: Filters, paging: Paging, session: Session, organization: Tenant
) -> Page[InvoiceOut]:
    """Invoices, newest issue first; drafts, which are not issued yet, before them."""
    return await _page(session, organization, filters, paging, "-issued_on")


@router.get("/pending", responses=LISTED)
async def list_pending_invoices(
    filters: Narrowed, paging: Paging, session: Session, organization: Tenant
) -> Page[InvoiceOut]:
    """Invoices on which something is owed and not overdue, the next due first."""
    wanted = replace(filters, statuses=(StatusFilter.PENDING,))
    return await _page(session, organization, wanted, paging, "due_on")


@router.get("/overdue", responses=LISTED)
async def list_overdue_invoices(
    filters: Narrowed, paging: Paging, session: Session, organization: Tenant
) -> Page[InvoiceOut]:
    """Invoices on which something is overdue, the longest overdue first."""
    wanted = replace(filters, statuses=(StatusFilter.OVERDUE,))
    return await _page(session, organization, wanted, paging, "due_on")


async def _page(
    session: Session,
    organization: Organization,
    wanted: Wanted,
    paging: PageRequest,
    default: str,
) -> Page[InvoiceOut]:
    today = organization.today()
    where = await search.conditions(session, organization.id, wanted, today)
    rows, following = await paginate(
        session,
        store.listing(organization.id).where(*where),
        paging,
        sortable=SORTABLE,
        default=default,
        key=Invoice.id.expression,
    )
    terms = (await terms_store.load(await raw(session), [organization.id]))[organization.id]
    seen = Viewpoint(today, terms.due_soon_days, organization.locale)
    items = [InvoiceOut.of(invoice, name, seen) for invoice, name in rows]
    return Page(items=items, next=following)


@router.post(
    "",
    status_code=201,
    dependencies=WRITERS,
    responses=problem_docs(*BILLABLE, *CHARGEABLE, NothingToAsk, UnknownOrganization),
)
async def create_invoice(
    body: InvoiceIn, session: Session, organization: Tenant, response: Response
) -> InvoiceDetail:
    """Draft an invoice; with `issue`, issue it at once."""
    draft = operations.Draft(
        body.customer_id,
        body.line_id,
        lambda currency: _charges(body.items, currency),
        body.due_on,
        body.memo,
        body.currency,
        body.recurring,
        body.due_soon_days,
        body.suggested_deposit_account,
    )
    invoice = await operations.create(session, organization, draft, issue_it=body.issue)
    response.headers["Location"] = f"/invoices/{invoice.id}"
    return await shown(session, organization, invoice.id, response)


@router.get("/{invoice_id}", responses=problem_docs(NotFound, UnknownOrganization))
async def get_invoice(
    invoice_id: UUID, session: Session, organization: Tenant, response: Response
) -> InvoiceDetail:
    """One invoice with its items."""
    return await shown(session, organization, invoice_id, response)


@router.patch(
    "/{invoice_id}",
    dependencies=WRITERS,
    responses=problem_docs(
        NotFound,
        InvoiceNotDraft,
        PreconditionFailed,
        *BILLABLE,
        *CHARGEABLE,
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
    changes = body.model_dump(exclude={"items"}, exclude_unset=True)
    items = body.items
    charges = None if items is None else lambda currency: _charges(items, currency)
    await operations.edit(session, organization, invoice_id, seen, changes, charges)
    return await shown(session, organization, invoice_id, response)


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
    await operations.issue(session, organization, invoice_id, seen, due_on)
    return await shown(session, organization, invoice_id, response)


async def shown(
    session: Session, organization: Organization, invoice_id: UUID, response: Response
) -> InvoiceDetail:
    """An invoice as it is read, also by who has just written it."""
    found = await store.read(await raw(session), organization.id, invoice_id)
    response.headers["ETag"] = etag(found.invoice.version)
    return InvoiceDetail.with_items(found, organization.today(), organization.locale)


def _charges(items: Sequence[ItemIn], currency: str) -> list[Charge]:
    return [item.charge(currency) for item in items]
