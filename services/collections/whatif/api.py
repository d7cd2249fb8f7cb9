"""HTTP for what-ifs: try a policy over the past, watch, cancel, read the differences."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Final, Self
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.collections.policies import drafts
from services.collections.policies.document import DunningDocument, StageKind
from services.collections.whatif import store
from services.collections.whatif.cursor import read_place, written_place
from services.collections.whatif.model import WhatIf
from services.collections.whatif.problems import WhatIfOver
from shared import clock
from shared.auth import Caller, Role, allow
from shared.db import Database, raw
from shared.http import OrganizationId, Session, Transactional
from shared.ids import new_id
from shared.pages import BadCursor, BadSort, Page, Paging
from shared.problems import NotFound, ValidationFailed, problem_docs
from shared.tenancy import UnknownOrganization, load_organization

router = APIRouter(prefix="/collections/what-ifs", tags=["policies"], route_class=Transactional)

LONGEST: Final = timedelta(days=800)
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
COLUMNS: Final = (
    "customer_id",
    "customer_name",
    "line_id",
    "kind",
    "stage",
    "would_on",
    "did_on",
    "amount_minor",
)


class WhatIfStatus(StrEnum):
    """How far a what-if is."""

    PENDING = "pending"
    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    FAILED = "failed"


class WhatIfChange(StrEnum):
    """How a step differs: only under the policy tried, only as done, sooner or later."""

    ONLY_TRIED = "only_tried"
    ONLY_DONE = "only_done"
    SOONER = "sooner"
    LATER = "later"


class WhatIfIn(BaseModel):
    """A policy to try over a part of the past."""

    model_config = ConfigDict(extra="forbid")

    policy_id: UUID | None = Field(None, description="One of the policies; or a document.")
    document: DunningDocument | None = None
    from_on: date | None = Field(None, description="A year before `to_on` when left out.")
    to_on: date | None = Field(None, description="Yesterday when left out.")

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.policy_id is None) == (self.document is None):
            raise ValueError("give a policy_id or a document")
        return self


class WhatIfSum(BaseModel):
    """What a kind of step came to: under the policy tried, and as it was done."""

    kind: StageKind
    would: int
    did: int
    same: int
    sooner: int
    later: int
    only_tried: int
    only_done: int
    customers_would: int
    customers_did: int


class WhatIfOut(BaseModel):
    """A policy tried over a part of the past."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    status: WhatIfStatus
    policy_id: UUID | None = Field(validation_alias="policy_document_id")
    from_on: date
    to_on: date
    customers: int = Field(description="How many there are to look at; 0 before it has begun.")
    customers_done: int
    requested_by: UUID
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    summary: list[WhatIfSum] | None = Field(description="Null until it is finished.")
    error: str | None


class WhatIfDifference(BaseModel):
    """One step that differs."""

    model_config = ConfigDict(from_attributes=True)

    customer_id: UUID
    line_id: UUID | None
    kind: StageKind = Field(validation_alias="stage_kind")
    stage: str | None = Field(description="Code of the stage of the policy tried.")
    would_on: date | None = Field(description="Null: not under the policy tried.")
    did_on: date | None = Field(description="Null: it did not happen.")
    amount_minor: int | None = Field(description="What was overdue when it would have come.")


@router.post(
    "",
    status_code=202,
    dependencies=[allow(Role.COLLECTOR)],
    responses=problem_docs(UnknownOrganization, NotFound),
)
async def request_what_if(
    body: WhatIfIn,
    organization_id: OrganizationId,
    caller: Caller,
    session: Session,
    response: Response,
) -> WhatIfOut:
    """Try a policy over the recorded past; the answer is the what-if to watch."""
    organization = await load_organization(session, organization_id)
    document = body.document
    if body.policy_id is not None:
        found = await drafts.get(session, organization_id, body.policy_id)
        document = DunningDocument.model_validate(found.document)
    assert document is not None
    drafts.checked(document, organization)
    to_on = body.to_on or organization.today() - timedelta(days=1)
    from_on = body.from_on or max(to_on, date.min + LONGEST) - timedelta(days=365)
    if from_on > to_on or to_on - from_on > LONGEST or to_on > organization.today():
        raise ValidationFailed.of("give a part of the past of at most 800 days", "body", "from_on")
    made = WhatIf(
        id=new_id(),
        organization_id=organization_id,
        document=document.model_dump(mode="json"),
        policy_document_id=body.policy_id,
        from_on=from_on,
        to_on=to_on,
        status=WhatIfStatus.PENDING.value,
        requested_by=caller.user_id,
        requested_at=clock.now(),
    )
    session.add(made)
    await session.flush()
    await store.wake(session)
    response.headers["Location"] = f"/collections/what-ifs/{made.id}"
    return WhatIfOut.model_validate(made)


@router.get("", dependencies=[allow(*Role)], responses=problem_docs(BadCursor, BadSort))
async def list_what_ifs(
    organization_id: OrganizationId,
    session: Session,
    paging: Paging,
    status: Annotated[WhatIfStatus | None, Query()] = None,
) -> Page[WhatIfOut]:
    """What-ifs, the latest first."""
    found, following = await store.list_what_ifs(
        session, organization_id, paging, status.value if status else None
    )
    return Page(items=[WhatIfOut.model_validate(each) for each in found], next=following)


@router.get("/{what_if_id}", dependencies=[allow(*Role)], responses=problem_docs(NotFound))
async def get_what_if(
    what_if_id: UUID, organization_id: OrganizationId, session: Session
) -> WhatIfOut:
    """One what-if: how far it is, and what it came to."""
    return WhatIfOut.model_validate(await _known(session, organization_id, what_if_id))


@router.post(
    "/{what_if_id}/cancel",
    dependencies=[allow(Role.COLLECTOR)],
    responses=problem_docs(NotFound, WhatIfOver),
)
async def cancel_what_if(
    what_if_id: UUID, organization_id: OrganizationId, session: Session
) -> WhatIfOut:
    """Stop a what-if after the page in hand; what it has found stays."""
    found = await _known(session, organization_id, what_if_id, lock=True)
    if found.status not in (WhatIfStatus.PENDING, WhatIfStatus.RUNNING):
        raise WhatIfOver(what_if_id, found.status)
    found.status, found.finished_at = WhatIfStatus.CANCELLED.value, clock.now()
    await session.flush()
    return WhatIfOut.model_validate(found)


@router.get(
    "/{what_if_id}/differences",
    dependencies=[allow(*Role)],
    responses=problem_docs(NotFound, BadCursor),
)
async def list_differences(
    what_if_id: UUID,
    organization_id: OrganizationId,
    session: Session,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    kind: Annotated[StageKind | None, Query()] = None,
    change: Annotated[WhatIfChange | None, Query()] = None,
    customer_id: Annotated[UUID | None, Query()] = None,
) -> Page[WhatIfDifference]:
    """The steps that differ, by kind and customer."""
    await _known(session, organization_id, what_if_id)
    found = await store.list_steps(
        session,
        organization_id,
        what_if_id,
        kind=kind.value if kind else None,
        change=change.value if change else None,
        customer_id=customer_id,
        after=read_place(cursor) if cursor is not None else None,
        limit=limit,
    )
    following = written_place(found[limit - 1]) if len(found) > limit else None
    items = [WhatIfDifference.model_validate(each) for each in found[:limit]]
    return Page(items=items, next=following)


@router.get(
    "/{what_if_id}/differences.csv",
    dependencies=[allow(*Role)],
    responses=problem_docs(NotFound) | {200: {"content": {"text/csv": {}}}},
    response_class=StreamingResponse,
)
async def export_differences(
    what_if_id: UUID, organization_id: OrganizationId, session: Session, request: Request
) -> StreamingResponse:
    """All steps that differ, as CSV."""
    await _known(session, organization_id, what_if_id)
    database: Database = request.app.state.database
    return StreamingResponse(
        _lines(database, organization_id, what_if_id),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="what-if-{what_if_id}.csv"'},
    )


async def _lines(database: Database, organization_id: UUID, what_if_id: UUID) -> AsyncIterator[str]:
    """The file, a page of rows at a time, in a read of its own."""
    yield _csv([COLUMNS])
    async with database.read(organization_id) as session:
        tx = await raw(session)
        async for page in store.export(tx, organization_id, what_if_id):
            yield _csv([row[: len(COLUMNS)] for row in page])


def _csv(rows: list[Any]) -> str:
    """Rows as CSV; a text that a spreadsheet would take for a formula is quoted as text."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for row in rows:
        writer.writerow(
            [
                f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
                for value in row
            ]
        )
    return buffer.getvalue()


async def _known(
    session: Any, organization_id: UUID, what_if_id: UUID, *, lock: bool = False
) -> WhatIf:
    found = await store.get(session, organization_id, what_if_id, lock=lock)
    if found is None:
        raise NotFound("what-if", what_if_id)
    return found
