"""HTTP <-> statements: of one customer, of the whole organization; JSON, CSV and PDF."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime

from services.billing.papers.api import PDF, PDF_DOCUMENTED
from services.billing.papers.printing import print_paper
from services.billing.statements import operations, papers, store
from services.billing.statements.operations import Asked, Subject
from services.billing.statements.problems import PeriodReversed, StatementTooLong
from services.billing.statements.schemas import (
    CustomerStatement,
    CustomerTotals,
    OrganizationStatement,
    StatementInvoice,
    StatementMovementOut,
    head,
)
from shared.db import Database
from shared.http import APIRouter, OrganizationId
from shared.money import CURRENCY_PATTERN, exponent
from shared.pages import BadCursor, Page
from shared.problems import NotFound, problem_docs
from shared.tenancy import UnknownOrganization, load_organization

# Their own transactions, not a request's: a CSV streams after the endpoint has returned, and no
# connection waits for the printer.
router = APIRouter(tags=["statements"])

CSV: Final = "text/csv; charset=utf-8"


class Format(StrEnum):
    """How to answer; by the Accept header when left out, else JSON."""

    JSON = "json"
    CSV = "csv"
    PDF = "pdf"


def _asked(
    from_on: Annotated[
        date | None, Query(alias="from", description="Since the beginning when left out.")
    ] = None,
    to: Annotated[date | None, Query(description="The last day; `as_of` when left out.")] = None,
    as_of: Annotated[
        date | None,
        Query(description="Nothing counts that takes effect later; today when left out."),
    ] = None,
    as_known_at: Annotated[
        AwareDatetime | None,
        Query(description="Nothing counts that was recorded later; now when left out."),
    ] = None,
    currency: Annotated[
        str | None,
        Query(pattern=CURRENCY_PATTERN, description="By default the customer's."),
    ] = None,
) -> Asked:
    if currency is not None:
        exponent(currency)
    return Asked(from_on, to, as_of, as_known_at, currency)


def _format(
    request: Request, format_: Annotated[Format | None, Query(alias="format")] = None
) -> Format:
    if format_ is not None:
        return format_
    accepted = request.headers.get("accept", "")
    if "text/csv" in accepted:
        return Format.CSV
    return Format.PDF if PDF in accepted else Format.JSON


Bounds = Annotated[Asked, Depends(_asked)]
Wanted = Annotated[Format, Depends(_format)]
Limit = Annotated[int, Query(ge=1, le=500)]
Cursor = Annotated[str | None, Query(max_length=2000)]
STATEMENT_DOCS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            PDF: PDF_DOCUMENTED["content"][PDF],
        }
    },
    **problem_docs(NotFound, UnknownOrganization, PeriodReversed, StatementTooLong),
}
LIST_DOCS: Final = problem_docs(NotFound, UnknownOrganization, PeriodReversed, BadCursor)
INVOICE_LIST_DOCS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}},
    **LIST_DOCS,
}


class Asking:
    """A caller, the bounds it asks for, and the database."""

    def __init__(self, request: Request, organization_id: OrganizationId, bounds: Bounds) -> None:
        self.database: Database = request.app.state.database
        self.organization_id = organization_id
        self.bounds = bounds

    async def subject(self, tx: Any, customer_id: UUID | None) -> Subject:
        """What the statement is about; raises NotFound, UnknownOrganization, PeriodReversed."""
        organization = await load_organization(tx, self.organization_id)
        return await operations.subject_of(tx, organization, customer_id, self.bounds)

    def transaction(self) -> Any:
        """One transaction within the caller's organization."""
        return self.database.transaction(self.organization_id)


Ask = Annotated[Asking, Depends()]


async def _statement(ask: Asking, customer_id: UUID | None, wanted: Format, limit: int) -> Any:
    async with ask.transaction() as tx:
        subject = await ask.subject(tx, customer_id)
        scope = subject.scope
        if wanted is Format.JSON:
            return await _json(tx, subject, limit)
        name = f"statement-{scope.until.isoformat()}"
        data = await papers.statement_paper(tx, subject) if wanted is Format.PDF else {}
    if wanted is Format.CSV:
        rows = papers.movements_csv(ask.database, scope)
        return StreamingResponse(rows, media_type=CSV, headers=_attachment(f"{name}.csv"))
    pdf = await print_paper("statement", data)
    return Response(pdf, media_type=PDF, headers=_attachment(f"{name}.pdf"))


async def _json(tx: Any, subject: Subject, limit: int) -> CustomerStatement | OrganizationStatement:
    scope = subject.scope
    found = await store.whole(tx, scope, limit + 1)
    instant = operations.known_at(scope, found.sums)
    members: dict[str, Any] = head(found.sums, scope, instant) | {
        "movements": operations.movement_page(
            found.movements, found.sums.opening_minor, scope, instant, limit
        ),
        "invoices": operations.invoice_page(found.invoices, scope, instant, limit),
    }
    if subject.customer is not None and scope.customer_id is not None:
        return CustomerStatement(
            **members, customer_id=scope.customer_id, customer_name=subject.customer.name
        )
    customers = operations.customer_page(found.customers, scope, instant, limit)
    return OrganizationStatement(
        **members, customer_count=found.sums.customers, customers=customers
    )


def _attachment(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}


@router.get(
    "/customers/{customer_id}/statement",
    response_model=CustomerStatement,
    responses=STATEMENT_DOCS,
)
async def get_customer_statement(
    customer_id: UUID, ask: Ask, wanted: Wanted, limit: Limit = 50
) -> Any:
    """What a customer owed, what moved it, and what is owed now.

    JSON has complete figures and first pages (follow `next` at /movements and /invoices); CSV
    and PDF have every movement.
    """
    return await _statement(ask, customer_id, wanted, limit)


@router.get("/customers/{customer_id}/statement/movements", responses=LIST_DOCS)
async def list_customer_statement_movements(
    customer_id: UUID, ask: Ask, limit: Limit = 50, cursor: Cursor = None
) -> Page[StatementMovementOut]:
    """The movements of a customer's statement, oldest first, with the balance after each."""
    async with ask.transaction() as tx:
        subject = await ask.subject(tx, customer_id)
        return await operations.more_movements(tx, subject.scope, cursor, limit)


@router.get(
    "/customers/{customer_id}/statement/invoices",
    response_model=Page[StatementInvoice],
    responses=INVOICE_LIST_DOCS,
)
async def list_customer_statement_invoices(
    customer_id: UUID, ask: Ask, wanted: Wanted, limit: Limit = 50, cursor: Cursor = None
) -> Any:
    """The invoices of a customer's statement, as they stood on its last day."""
    return await _invoices(ask, customer_id, wanted, limit, cursor)


@router.get("/statement", response_model=OrganizationStatement, responses=STATEMENT_DOCS)
async def get_statement(ask: Ask, wanted: Wanted, limit: Limit = 50) -> Any:
    """What all customers owed, what moved it, and what is owed now.

    JSON has complete figures and first pages (follow `next` at /movements, /invoices and
    /customers); CSV has every movement, PDF too or says that it is too long for paper.
    """
    return await _statement(ask, None, wanted, limit)


@router.get("/statement/movements", responses=LIST_DOCS)
async def list_statement_movements(
    ask: Ask, limit: Limit = 50, cursor: Cursor = None
) -> Page[StatementMovementOut]:
    """The movements of the organization's statement, oldest first, with the balance."""
    async with ask.transaction() as tx:
        subject = await ask.subject(tx, None)
        return await operations.more_movements(tx, subject.scope, cursor, limit)


@router.get(
    "/statement/invoices", response_model=Page[StatementInvoice], responses=INVOICE_LIST_DOCS
)
async def list_statement_invoices(
    ask: Ask, wanted: Wanted, limit: Limit = 50, cursor: Cursor = None
) -> Any:
    """The invoices of the organization's statement, as they stood on its last day."""
    return await _invoices(ask, None, wanted, limit, cursor)


@router.get("/statement/customers", responses=LIST_DOCS)
async def list_statement_customers(
    ask: Ask, limit: Limit = 50, cursor: Cursor = None
) -> Page[CustomerTotals]:
    """Each customer's part of the organization's statement, by name."""
    async with ask.transaction() as tx:
        subject = await ask.subject(tx, None)
        return await operations.more_customers(tx, subject.scope, cursor, limit)


async def _invoices(
    ask: Asking, customer_id: UUID | None, wanted: Format, limit: int, cursor: str | None
) -> Any:
    async with ask.transaction() as tx:
        subject = await ask.subject(tx, customer_id)
        if wanted is not Format.CSV:
            return await operations.more_invoices(tx, subject.scope, cursor, limit)
    rows = papers.invoices_csv(ask.database, subject.scope)
    name = f"invoices-{subject.scope.until.isoformat()}.csv"
    return StreamingResponse(rows, media_type=CSV, headers=_attachment(name))
