"""HTTP for runs: ask for one, watch it."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, computed_field

from services.collections.runs import store
from services.collections.runs.model import Run, RunFailure
from services.collections.runs.rules import RunReason, RunStatus
from services.collections.safety import store as safety
from services.collections.safety.api import StopOut
from services.collections.safety.model import SafetyStop
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
    warned: int = Field(description="Stages of episodes that were reached, of any kind.")
    for_day: date | None = Field(description="Of the record of a day or of its moments.")

    @computed_field  # type: ignore[prop-decorator] # mypy knows no decorated properties
    @property
    def changed(self) -> int:
        """Everything that followed: orders and stages reached."""
        return self.suspended + self.reactivated + self.warned

    @computed_field  # type: ignore[prop-decorator] # as above
    @property
    def duration_seconds(self) -> float | None:
        """How long it took; null while it is under way."""
        if self.started_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()


class RunFailureOut(BaseModel):
    """A line that could not be judged."""

    model_config = ConfigDict(from_attributes=True)

    line_id: UUID
    error: str
    failed_at: datetime


class RunDetail(RunOut):
    """A run with the lines it could not judge, and the stop it waits for or waited for."""

    stop: StopOut | None
    failures: list[RunFailureOut] = Field(description=f"The first {MOST_FAILURES}.")

    @classmethod
    def of(cls, run: Run, failures: list[RunFailure], stop: SafetyStop | None) -> Self:
        """Show a run."""
        shown = RunOut.model_validate(run)
        return cls(
            **shown.model_dump(),
            failures=[RunFailureOut.model_validate(failure) for failure in failures],
            stop=StopOut.model_validate(stop) if stop is not None else None,
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
    reason: Annotated[RunReason | None, Query()] = None,
    requested_from: Annotated[AwareDatetime | None, Query()] = None,
    requested_to: Annotated[AwareDatetime | None, Query(description="Exclusive.")] = None,
) -> Page[RunOut]:
    """Runs, the latest first: those asked for, and the records of days and moments."""
    found, following = await store.list_runs(
        session,
        organization_id,
        paging,
        status=status,
        reason=reason,
        requested_from=requested_from,
        requested_to=requested_to,
    )
    return Page(items=[RunOut.model_validate(run) for run in found], next=following)


@router.get("/{run_id}", dependencies=[allow(*Role)], responses=problem_docs(NotFound))
async def get_run(run_id: UUID, organization_id: OrganizationId, session: Session) -> RunDetail:
    """One run: how far it is, and what it could not judge."""
    run = await store.get(session, organization_id, run_id)
    if run is None:
        raise NotFound("run", run_id)
    failures = await store.failures(session, organization_id, run_id, MOST_FAILURES)
    stop = await safety.of_run(session, organization_id, run_id)
    return RunDetail.of(run, failures, stop)
