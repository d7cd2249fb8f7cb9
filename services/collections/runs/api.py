"""HTTP for runs: ask for one, watch it."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from services.collections.runs import store
from services.collections.runs.model import Run, RunFailure
from services.collections.runs.rules import RunReason, RunStatus
from shared.auth import Caller, Role, allow
from shared.http import OrganizationId, Session, Transactional
from shared.pages import BadCursor, BadSort, Page, Paging
from shared.problems import NotFound, problem_docs
from shared.tenancy import UnknownOrganization, load_organization

router = APIRouter(prefix="/collections/runs", tags=["collections"], route_class=Transactional)

MOST_FAILURES = 100


class RunOut(BaseModel):
    """A judging anew of everybody who owes or is suspended."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    status: RunStatus
    reason: RunReason
    requested_by: UUID | None = Field(description="Null when the system asked by itself.")
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    examined: int = Field(description="Lines judged so far, the failed ones included.")
    suspended: int
    reactivated: int
    failed: int


class RunFailureOut(BaseModel):
    """A line that could not be judged."""

    model_config = ConfigDict(from_attributes=True)

    line_id: UUID
    error: str
    failed_at: datetime


class RunDetail(RunOut):
    """A run with the lines it could not judge."""

    failures: list[RunFailureOut] = Field(description=f"The first {MOST_FAILURES}.")

    @classmethod
    def of(cls, run: Run, failures: list[RunFailure]) -> Self:
        """Show a run."""
        shown = RunOut.model_validate(run)
        return cls(
            **dict(shown), failures=[RunFailureOut.model_validate(failure) for failure in failures]
        )


@router.post(
    "",
    status_code=202,
    dependencies=[allow(Role.COLLECTOR)],
    responses=problem_docs(UnknownOrganization),
)
async def request_run(
    organization_id: OrganizationId, caller: Caller, session: Session, response: Response
) -> RunOut:
    """Have everybody who owes or is suspended judged now; the answer is the run to watch."""
    await load_organization(session, organization_id)
    run = await store.request_run(session, organization_id, RunReason.MANUAL, caller.user_id)
    response.headers["Location"] = f"/collections/runs/{run.id}"
    return RunOut.model_validate(run)


@router.get("", dependencies=[allow(*Role)], responses=problem_docs(BadCursor, BadSort))
async def list_runs(
    organization_id: OrganizationId,
    session: Session,
    paging: Paging,
    status: Annotated[RunStatus | None, Query()] = None,
) -> Page[RunOut]:
    """Runs, the latest first."""
    found, following = await store.list_runs(session, organization_id, paging, status)
    return Page(items=[RunOut.model_validate(run) for run in found], next=following)


@router.get("/{run_id}", dependencies=[allow(*Role)], responses=problem_docs(NotFound))
async def get_run(run_id: UUID, organization_id: OrganizationId, session: Session) -> RunDetail:
    """One run: how far it is, and what it could not judge."""
    run = await store.get(session, organization_id, run_id)
    if run is None:
        raise NotFound("run", run_id)
    failures = await store.failures(session, organization_id, run_id, MOST_FAILURES)
    return RunDetail.of(run, failures)
