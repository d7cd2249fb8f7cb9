"""HTTP for exports: ask for a file, watch it, fetch it."""

from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Annotated, Any, Final, Self
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from services.collections.analytics.rules import YEARS
from services.collections.exports import store
from services.collections.exports.model import ExportJob
from services.collections.exports.problems import ExportNotFinished
from services.collections.exports.rules import ExportKind, ExportStatus, file_name
from shared import clock
from shared.auth import Caller, Role, allow
from shared.db import Database, raw
from shared.http import OrganizationId, Session, Transactional
from shared.ids import new_id
from shared.pages import BadCursor, BadSort, Page, Paging
from shared.problems import NotFound, ValidationFailed, problem_docs
from shared.tenancy import UnknownOrganization, load_organization

router = APIRouter(
    prefix="/collections/exports",
    tags=["collections"],
    route_class=Transactional,
    dependencies=[allow(Role.CLERK, Role.READ_ONLY)],
)

CSV: Final = "text/csv; charset=utf-8"
CSV_DOCUMENTED: Final[dict[str, Any]] = {"content": {"text/csv": {"schema": {"type": "string"}}}}


class ExportIn(BaseModel):
    """What to list."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    kind: ExportKind
    first_on: date | None = Field(
        None, alias="from", description="The first day; the beginning if left out. Not of ageing."
    )
    last_on: date | None = Field(
        None, alias="to", description="The last day, or the day of the ageing; today if left out."
    )


class ExportOut(BaseModel):
    """An export."""

    model_config = ConfigDict(populate_by_name=True)

    id: UUID
    kind: ExportKind
    first_on: date | None = Field(alias="from")
    last_on: date = Field(alias="to")
    status: ExportStatus
    rows: int
    bytes: int
    error: str | None
    requested_by: UUID
    requested_at: datetime
    finished_at: datetime | None
    expires_at: datetime | None

    @classmethod
    def of(cls, job: ExportJob) -> Self:
        """Show an export."""
        return cls(**{name: getattr(job, name) for name in cls.model_fields})


@router.post(
    "",
    status_code=202,
    responses=problem_docs(UnknownOrganization),
)
async def ask_for_export(
    body: ExportIn,
    organization_id: OrganizationId,
    caller: Caller,
    session: Session,
    response: Response,
) -> ExportOut:
    """Have a list written into a CSV file; the answer is the export to watch."""
    today = (await load_organization(session, organization_id)).today()
    last_on = body.last_on or today
    if not all(day is None or day.year in YEARS for day in (body.first_on, last_on)):
        raise ValidationFailed.of("the days are too far away", "body", "from")
    if body.first_on is not None and body.first_on > last_on:
        raise ValidationFailed.of("the first day is later than the last", "body", "from")
    job = ExportJob(
        id=new_id(),
        organization_id=organization_id,
        kind=body.kind.value,
        first_on=None if body.kind is ExportKind.AGEING else body.first_on,
        last_on=last_on,
        status=ExportStatus.PENDING.value,
        requested_by=caller.user_id,
        requested_at=clock.now(),
        finished_at=None,
        rows=0,
        bytes=0,
        error=None,
        expires_at=None,
    )
    session.add(job)
    await session.flush()
    await (await raw(session)).execute(store.WAKE)
    response.headers["Location"] = f"/collections/exports/{job.id}"
    return ExportOut.of(job)


@router.get("", responses=problem_docs(BadCursor, BadSort))
async def list_exports(
    organization_id: OrganizationId,
    session: Session,
    paging: Paging,
    kind: Annotated[ExportKind | None, Query()] = None,
) -> Page[ExportOut]:
    """Exports, the latest first."""
    found, following = await store.list_exports(session, organization_id, paging, kind)
    return Page(items=[ExportOut.of(job) for job in found], next=following)


@router.get("/{export_id}", responses=problem_docs(NotFound))
async def get_export(
    export_id: UUID, organization_id: OrganizationId, session: Session
) -> ExportOut:
    """One export: how far it is."""
    return ExportOut.of(await store.find(session, organization_id, export_id))


@router.get(
    "/{export_id}/download",
    response_class=StreamingResponse,
    responses={200: CSV_DOCUMENTED, **problem_docs(NotFound, ExportNotFinished)},
)
async def download_export(
    export_id: UUID, request: Request, organization_id: OrganizationId, session: Session
) -> StreamingResponse:
    """The file of a finished export, for a week."""
    job = await store.find(session, organization_id, export_id)
    if job.status != ExportStatus.FINISHED:
        raise ExportNotFinished(export_id, job.status)
    name = file_name(ExportKind(job.kind), job.last_on)
    return StreamingResponse(
        _pieces(request.app.state.database, organization_id, export_id),
        media_type=CSV,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def _pieces(db: Database, organization_id: UUID, export_id: UUID) -> AsyncIterator[bytes]:
    """The file piece by piece, so that it takes no memory however long it is."""
    no = 0
    while True:
        async with db.transaction(organization_id) as tx:
            data = await store.piece(tx, organization_id, export_id, no)
        if data is None:
            return
        yield data
        no += 1
