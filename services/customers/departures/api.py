"""HTTP for customers who leave."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.customers.customers.problems import CustomerAlreadyInactive, CustomerHasLines
from services.customers.departures import operations
from shared.auth import Caller, allow
from shared.http import OrganizationId, Session, Transactional
from shared.problems import NotFound, problem_docs

router = APIRouter(prefix="/customers", tags=["customers"], route_class=Transactional)


@router.delete(
    "/{customer_id}",
    status_code=204,
    dependencies=[allow()],
    responses=problem_docs(NotFound, CustomerAlreadyInactive, CustomerHasLines),
)
async def deactivate_customer(
    customer_id: UUID,
    organization_id: OrganizationId,
    caller: Caller,
    session: Session,
    cascade: Annotated[
        bool, Query(description="Cancel the lines too, instead of refusing.")
    ] = False,
) -> None:
    """Deactivate a customer; nothing is erased, and `activate` brings the customer back."""
    await operations.deactivate(
        session, organization_id, customer_id, caller.user_id, cascade=cascade
    )
