"""HTTP <-> the terms of the caller's organization."""

from dataclasses import asdict

from fastapi import Response
from pydantic import BaseModel, Field

from services.billing.terms import store
from services.billing.terms.store import Terms
from shared.auth import allow
from shared.db import raw
from shared.http import (
    APIRouter,
    IfMatch,
    OrganizationId,
    Session,
    Transactional,
    etag,
    expect_version,
)
from shared.problems import PreconditionFailed, problem_docs
from shared.tenancy import UnknownOrganization, load_organization

router = APIRouter(prefix="/invoices/terms", tags=["invoices"], route_class=Transactional)


class TermsIn(BaseModel):
    """When invoices fall due by default, and when their due date is called near."""

    due_days: int = Field(ge=0, le=365, description="From the issue to the due date.")
    due_soon_days: int = Field(ge=0, le=90, description="From invoice-due-soon to the due date.")
    deliver_bill_runs: bool = Field(False, description="Send what a bill run issues, by e-mail.")
    auto_bill: bool = Field(
        False, description="Start a bill run by itself on every day with something to bill."
    )


class TermsOut(TermsIn):
    """The terms in force."""

    version: int = Field(description="0 while they are the defaults.")


@router.get("")
async def get_terms(
    session: Session, organization_id: OrganizationId, response: Response
) -> TermsOut:
    """The organization's terms; the defaults until it sets its own."""
    terms = (await store.load(await raw(session), [organization_id]))[organization_id]
    return _shown(terms, response)


@router.put(
    "",
    dependencies=[allow()],
    responses=problem_docs(PreconditionFailed, UnknownOrganization),
)
async def put_terms(
    body: TermsIn,
    session: Session,
    organization_id: OrganizationId,
    seen: IfMatch,
    response: Response,
) -> TermsOut:
    """Set the terms: the due date of what is issued from now on, what is soon from tomorrow."""
    connection = await raw(session)
    await load_organization(connection, organization_id)
    before = await store.lock(connection, organization_id)
    expect_version(seen, before.version)
    await store.put(connection, organization_id, Terms(**body.model_dump()))
    terms = (await store.load(connection, [organization_id]))[organization_id]
    return _shown(terms, response)


def _shown(terms: Terms, response: Response) -> TermsOut:
    response.headers["ETag"] = etag(terms.version)
    return TermsOut(**asdict(terms))
