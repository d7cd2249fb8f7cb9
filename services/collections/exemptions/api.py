"""HTTP for exemptions."""

from datetime import date, datetime
from typing import Annotated, Final, Self
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.collections.exemptions import operations, store
from services.collections.exemptions.problems import ExemptionRevoked
from shared.auth import Caller, Role, allow
from shared.http import OrganizationId, Session, Transactional
from shared.pages import BadCursor, BadSort, Page, Paging
from shared.problems import NotFound, problem_docs
from shared.tenancy import UnknownOrganization, load_organization

router = APIRouter(prefix="/collections/exemptions", tags=["policies"], route_class=Transactional)


EARLIEST: Final = date(2000, 1, 1)
LATEST: Final = date(2199, 12, 31)


class ExemptionIn(BaseModel):
    """Nothing is to happen to a customer, a line or an area, until a day."""

    model_config = ConfigDict(extra="forbid")

    customer_id: UUID | None = None
    line_id: UUID | None = None
    area: str | None = Field(None, min_length=1, max_length=100)
    reason: str = Field(min_length=1, max_length=500)
    from_on: date | None = Field(None, description="Today when left out.")
    until_on: date = Field(description="Its last day.")

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        given = (self.customer_id, self.line_id, self.area)
        if sum(each is not None for each in given) != 1:
            raise ValueError("name one of customer_id, line_id and area")
        if self.from_on is not None and self.until_on < self.from_on:
            raise ValueError("it ends before it begins")
        if not EARLIEST <= (self.from_on or self.until_on) <= self.until_on <= LATEST:
            raise ValueError(f"days are from {EARLIEST} to {LATEST}")
        return self


class ExemptionOut(BaseModel):
    """An exemption, who granted it and until when."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    customer_id: UUID | None
    line_id: UUID | None
    area: str | None
    reason: str
    from_on: date
    until_on: date
    created_at: datetime
    created_by: UUID
    revoked_at: datetime | None
    revoked_by: UUID | None


@router.post(
    "",
    status_code=201,
    dependencies=[allow(Role.COLLECTOR)],
    responses=problem_docs(NotFound, UnknownOrganization),
)
async def grant_exemption(
    body: ExemptionIn,
    organization_id: OrganizationId,
    caller: Caller,
    session: Session,
    response: Response,
) -> ExemptionOut:
    """Exempt somebody known; whoever is cut off for non-payment among them comes back."""
    organization = await load_organization(session, organization_id)
    from_on = body.from_on or organization.today()
    made = await operations.grant(
        session,
        organization,
        customer_id=body.customer_id,
        line_id=body.line_id,
        area=body.area,
        reason=body.reason,
        from_on=min(from_on, body.until_on),
        until_on=body.until_on,
        by=caller.user_id,
    )
    response.headers["Location"] = f"/collections/exemptions/{made.id}"
    return ExemptionOut.model_validate(made)


@router.get("", dependencies=[allow(*Role)], responses=problem_docs(BadCursor, BadSort))
async def list_exemptions(
    organization_id: OrganizationId,
    session: Session,
    paging: Paging,
    customer_id: Annotated[UUID | None, Query()] = None,
    line_id: Annotated[UUID | None, Query()] = None,
    area: Annotated[str | None, Query(max_length=100)] = None,
    in_force_on: Annotated[date | None, Query()] = None,
) -> Page[ExemptionOut]:
    """Exemptions, the latest first."""
    found, following = await store.list_exemptions(
        session,
        organization_id,
        paging,
        customer_id=customer_id,
        line_id=line_id,
        area=area,
        on=in_force_on,
    )
    return Page(items=[ExemptionOut.model_validate(each) for each in found], next=following)


@router.get("/{exemption_id}", dependencies=[allow(*Role)], responses=problem_docs(NotFound))
async def get_exemption(
    exemption_id: UUID, organization_id: OrganizationId, session: Session
) -> ExemptionOut:
    """One exemption."""
    found = await store.get(session, organization_id, exemption_id)
    if found is None:
        raise NotFound("exemption", exemption_id)
    return ExemptionOut.model_validate(found)


@router.post(
    "/{exemption_id}/revoke",
    dependencies=[allow(Role.COLLECTOR)],
    responses=problem_docs(NotFound, ExemptionRevoked, UnknownOrganization),
)
async def revoke_exemption(
    exemption_id: UUID, organization_id: OrganizationId, caller: Caller, session: Session
) -> ExemptionOut:
    """End an exemption now."""
    organization = await load_organization(session, organization_id)
    found = await operations.revoke(session, organization, exemption_id, caller.user_id)
    return ExemptionOut.model_validate(found)
