"""HTTP for the journal."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from services.payments.deposits.schemas import EntryOut
from services.payments.journal import search
from services.payments.journal.export import JournalResponse
from services.payments.journal.search import LedgerAccount, Wanted
from shared.auth import Role, allow
from shared.http import OrganizationId, Session, Transactional
from shared.pages import BadCursor, BadSort, Page, Paging
from shared.problems import problem_docs

router = APIRouter(prefix="/journal", tags=["payments"], route_class=Transactional)
exports = APIRouter(prefix="/journal", tags=["payments"])

ANYONE = allow(*Role)


async def _wanted(
    account: Annotated[LedgerAccount | None, Query()] = None,
    deposit_account_id: Annotated[UUID | None, Query()] = None,
    customer_id: Annotated[UUID | None, Query()] = None,
    invoice_id: Annotated[UUID | None, Query()] = None,
    payment_id: Annotated[UUID | None, Query()] = None,
    booked_from: Annotated[date | None, Query()] = None,
    booked_to: Annotated[date | None, Query(description="This day included.")] = None,
) -> Wanted:
    return Wanted(
        account, deposit_account_id, customer_id, invoice_id, payment_id, booked_from, booked_to
    )


WantedEntries = Annotated[Wanted, Depends(_wanted)]


@router.get("", dependencies=[ANYONE], responses=problem_docs(BadCursor, BadSort))
async def list_entries(
    organization_id: OrganizationId, session: Session, paging: Paging, wanted: WantedEntries
) -> Page[EntryOut]:
    """Entries of the journal, sorted by `booked_on`, the latest first.

    Those of one deposit account are sorted by `id` by default.
    """
    found, following = await search.entries(session, organization_id, paging, wanted)
    return Page(items=[EntryOut.of(row) for row in found], next=following)


@exports.get(
    "/export",
    dependencies=[ANYONE],
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def export_journal(
    organization_id: OrganizationId, wanted: WantedEntries, request: Request
) -> Response:
    """The wanted entries as CSV, whole: for an accounting system."""
    return JournalResponse(request.app.state.database, organization_id, wanted)
