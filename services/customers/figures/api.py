"""HTTP for counts of customers and lines."""

from fastapi import APIRouter
from pydantic import BaseModel

from services.customers.figures import store
from shared.auth import Role, allow
from shared.contracts.customers import LineStatus
from shared.http import OrganizationId, Session, Transactional

router = APIRouter(route_class=Transactional, dependencies=[allow(*Role)])


class CustomersSummary(BaseModel):
    """How many customers there are."""

    total: int
    active: int
    inactive: int


class LinesSummary(BaseModel):
    """How many lines there are, by status."""

    total: int
    by_status: dict[LineStatus, int]


@router.get("/customers/summary", tags=["customers"])
async def summarize_customers(
    organization_id: OrganizationId, session: Session
) -> CustomersSummary:
    """Customers in figures."""
    total, active = await store.count_customers(session, organization_id)
    return CustomersSummary(total=total, active=active, inactive=total - active)


@router.get("/lines/summary", tags=["lines"])
async def summarize_lines(organization_id: OrganizationId, session: Session) -> LinesSummary:
    """Lines in figures; every status is there, if with 0."""
    counts = await store.count_lines(session, organization_id)
    by_status = {status: counts.get(status, 0) for status in LineStatus}
    return LinesSummary(total=sum(by_status.values()), by_status=by_status)
