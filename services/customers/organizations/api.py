"""HTTP for organizations: the platform creates and lists them, their administrators tend them."""

from datetime import date, datetime, timedelta
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from services.customers.organizations import operations, rules, store
from services.customers.organizations.problems import ClockBackwards, ClockTooFar, NotASandbox
from services.customers.text import Name
from shared.auth import Caller, Role, allow, platform_only
from shared.http import IfMatch, OrganizationId, Session, Transactional, etag
from shared.pages import BadCursor, BadSort, Page, Paging
from shared.problems import Forbidden, NotFound, PreconditionFailed, problem_docs
from shared.tenancy import Organization, load_organization

router = APIRouter(prefix="/organizations", tags=["organizations"], route_class=Transactional)

Country = Annotated[
    str,
    StringConstraints(max_length=2),
    AfterValidator(rules.known_country),
    Field(description="ISO 3166-1 alpha-2.", examples=["EC"]),
]
Currency = Annotated[
    str,
    StringConstraints(max_length=3),
    AfterValidator(rules.known_currency),
    Field(description="ISO 4217.", examples=["USD"]),
]
Zone = Annotated[
    str,
    StringConstraints(max_length=64),
    AfterValidator(rules.known_zone),
    Field(description="IANA name.", examples=["America/Guayaquil"]),
]
LocaleName = Annotated[
    str,
    StringConstraints(max_length=32),
    AfterValidator(rules.known_locale),
    Field(description="Language and country.", examples=["es_EC"]),
]


class OrganizationIn(BaseModel):
    """A new organization. Country, currency and sandbox cannot be changed later."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    country: Country
    currency: Currency
    time_zone: Zone
    locale: LocaleName
    sandbox: bool = Field(False, description="A sandbox has a clock that can be moved forward.")


class OrganizationChange(BaseModel):
    """What to change; what is left out (or null) stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    time_zone: Zone | None = None
    locale: LocaleName | None = None
    active: bool | None = Field(None, description="Only the platform may change this.")


class OrganizationOut(BaseModel):
    """An organization."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    version: int
    name: str
    country: str
    currency: str
    time_zone: str
    locale: str
    sandbox: bool
    clock_offset_seconds: int
    active: bool
    created_at: datetime
    updated_at: datetime


class ClockMove(BaseModel):
    """Where to move a sandbox's clock; exactly one of the three."""

    model_config = ConfigDict(extra="forbid")

    advance_days: int | None = Field(None, ge=0, le=rules.FURTHEST_AHEAD.days)
    advance_seconds: int | None = Field(None, ge=0, le=rules.FURTHEST_AHEAD.days * 86_400)
    now: AwareDatetime | None = Field(None, description="What the clock is to show.")

    @model_validator(mode="after")
    def one_of_three(self) -> Self:
        """Refuse none and more than one."""
        if len(self.model_fields_set & {name for name, value in self if value is not None}) != 1:
            raise ValueError("give exactly one of advance_days, advance_seconds, now")
        return self

    def __call__(self, shown: datetime) -> datetime:
        """What the clock is to show, when it shows `shown`."""
        if self.now is not None:
            return self.now
        return shown + timedelta(days=self.advance_days or 0, seconds=self.advance_seconds or 0)


class ClockOut(BaseModel):
    """What an organization's clock and calendar show."""

    now: datetime
    today: date = Field(description="The date on its calendar.")
    clock_offset_seconds: int
    sandbox: bool


async def reachable(organization_id: UUID, caller: Caller) -> UUID:
    """The organization of the path; NotFound when the caller is no member of it."""
    if caller.role is Role.PLATFORM_ADMIN or caller.organization_id == organization_id:
        return organization_id
    raise NotFound("organization", organization_id)


Reachable = Annotated[UUID, Depends(reachable)]


@router.get("", dependencies=[platform_only()], responses=problem_docs(BadCursor, BadSort))
async def list_organizations(
    session: Session,
    paging: Paging,
    sandbox: Annotated[bool | None, Query()] = None,
    active: Annotated[bool | None, Query()] = None,
) -> Page[OrganizationOut]:
    """All organizations of the platform; sorted by `name` or `created_at`."""
    found, following = await store.list_all(session, paging, sandbox=sandbox, active=active)
    return Page(items=[OrganizationOut.model_validate(one) for one in found], next=following)


@router.post("", status_code=201, dependencies=[platform_only()])
async def create_organization(
    body: OrganizationIn, session: Session, response: Response
) -> OrganizationOut:
    """Take on a new organization."""
    created = await operations.create(session, body.model_dump())
    response.headers["ETag"] = etag(created.version)
    response.headers["Location"] = f"/organizations/{created.id}"
    return OrganizationOut.model_validate(created)


@router.get("/current", dependencies=[allow(*Role)], responses=problem_docs(NotFound))
async def get_current_organization(
    organization_id: OrganizationId, session: Session, response: Response
) -> OrganizationOut:
    """The organization the caller acts within."""
    return await _shown(session, organization_id, response)


@router.get("/{organization_id}", dependencies=[allow(*Role)], responses=problem_docs(NotFound))
async def get_organization(
    organization_id: Reachable, session: Session, response: Response
) -> OrganizationOut:
    """One organization: the platform sees each, a member their own."""
    return await _shown(session, organization_id, response)


@router.patch(
    "/{organization_id}",
    dependencies=[allow()],
    responses=problem_docs(NotFound, PreconditionFailed),
)
async def change_organization(
    organization_id: Reachable,
    body: OrganizationChange,
    caller: Caller,
    seen: IfMatch,
    session: Session,
    response: Response,
) -> OrganizationOut:
    """Change the name, the time zone or the locale; the platform also opens and closes."""
    changes = body.model_dump(exclude_none=True)
    if "active" in changes and caller.role is not Role.PLATFORM_ADMIN:
        raise Forbidden("Only the platform opens and closes an organization.")
    changed = await operations.change(session, organization_id, changes, seen)
    response.headers["ETag"] = etag(changed.version)
    return OrganizationOut.model_validate(changed)


@router.get(
    "/{organization_id}/clock", dependencies=[allow(*Role)], responses=problem_docs(NotFound)
)
async def get_clock(organization_id: Reachable, session: Session) -> ClockOut:
    """What the organization's clock and calendar show; a real one shows the real time."""
    async with store.acting_for(session, organization_id):
        return _clock(await load_organization(session, organization_id))


@router.post(
    "/{organization_id}/clock",
    dependencies=[allow()],
    responses=problem_docs(NotFound, NotASandbox, ClockBackwards, ClockTooFar),
)
async def move_clock(organization_id: Reachable, body: ClockMove, session: Session) -> ClockOut:
    """Move a sandbox's clock forward; everything that falls due on the way falls due."""
    await operations.move_clock(session, organization_id, body)
    async with store.acting_for(session, organization_id):
        return _clock(await load_organization(session, organization_id))


async def _shown(session: Session, organization_id: UUID, response: Response) -> OrganizationOut:
    async with store.acting_for(session, organization_id):
        row = await store.read_organization(session, organization_id)
    shown = OrganizationOut.model_validate(row)
    response.headers["ETag"] = etag(shown.version)
    return shown


def _clock(organization: Organization) -> ClockOut:
    return ClockOut(
        now=organization.now(),
        today=organization.today(),
        clock_offset_seconds=int(organization.clock_offset.total_seconds()),
        sandbox=organization.sandbox,
    )
