"""HTTP for safety stops: look, release, dismiss."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from services.collections.safety import operations, store
from services.collections.safety.problems import AnotherPersonNeeded, StopDecided
from shared.auth import Caller, Role, allow
from shared.http import OrganizationId, Session, Transactional
from shared.pages import BadCursor, BadSort, Page, Paging
from shared.problems import NotFound, problem_docs
from shared.tenancy import UnknownOrganization, load_organization

router = APIRouter(prefix="/collections/stops", tags=["runs"], route_class=Transactional)


class StopStatus(StrEnum):
    """How far two people have decided."""

    WAITING = "waiting"
    HALF_RELEASED = "half_released"
    RELEASED = "released"
    DISMISSED = "dismissed"


class StopOut(BaseModel):
    """A day or a run that would suspend too many, stopped before its first line."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    run_id: UUID
    status: StopStatus
    would_suspend: int
    lines_on: int = Field(description="Lines in service when it was stopped.")
    usual: int = Field(description="Suspensions a day, on average of the four weeks before.")
    limit_lines: int = Field(description="How many would have needed no release.")
    moved: dict[str, Any] = Field(
        description="The inputs: days looked at, debts newly overdue, policy version and its age."
    )
    stopped_at: datetime
    first_released_by: UUID | None
    first_released_at: datetime | None
    released_by: UUID | None
    released_at: datetime | None
    dismissed_by: UUID | None
    dismissed_at: datetime | None


@router.get("", dependencies=[allow(*Role)], responses=problem_docs(BadCursor, BadSort))
async def list_stops(
    organization_id: OrganizationId,
    session: Session,
    paging: Paging,
    status: Annotated[StopStatus | None, Query()] = None,
) -> Page[StopOut]:
    """Safety stops, the latest first."""
    found, following = await store.list_stops(
        session, organization_id, paging, status.value if status else None
    )
    return Page(items=[StopOut.model_validate(each) for each in found], next=following)


@router.get("/{stop_id}", dependencies=[allow(*Role)], responses=problem_docs(NotFound))
async def get_stop(stop_id: UUID, organization_id: OrganizationId, session: Session) -> StopOut:
    """One safety stop."""
    found = await store.get(session, organization_id, stop_id)
    if found is None:
        raise NotFound("safety stop", stop_id)
    return StopOut.model_validate(found)


@router.post(
    "/{stop_id}/release",
    dependencies=[allow()],
    responses=problem_docs(NotFound, StopDecided, AnotherPersonNeeded, UnknownOrganization),
)
async def release_stop(
    stop_id: UUID, organization_id: OrganizationId, caller: Caller, session: Session
) -> StopOut:
    """Release what was stopped; it goes on when a second person has done so, too."""
    organization = await load_organization(session, organization_id)
    stop = await operations.release(session, organization, stop_id, caller.user_id)
    return StopOut.model_validate(stop)


@router.post(
    "/{stop_id}/dismiss",
    dependencies=[allow()],
    responses=problem_docs(NotFound, StopDecided, UnknownOrganization),
)
async def dismiss_stop(
    stop_id: UUID, organization_id: OrganizationId, caller: Caller, session: Session
) -> StopOut:
    """Leave undone what was stopped."""
    organization = await load_organization(session, organization_id)
    stop = await operations.dismiss(session, organization, stop_id, caller.user_id)
    return StopOut.model_validate(stop)
