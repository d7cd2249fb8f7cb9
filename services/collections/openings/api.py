"""HTTP for opening cases by hand."""

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from services.collections.cases import store as cases
from services.collections.cases.sight import InSight
from services.collections.cases.views import CaseOut
from services.collections.openings import operations
from services.collections.openings.problems import CaseGoesOn, NothingOpen
from services.collections.text import Note
from shared.auth import allow
from shared.http import Session, Transactional, etag
from shared.problems import NotFound, problem_docs
from shared.tenancy import UnknownOrganization

router = APIRouter(prefix="/collections/cases", tags=["collections"], route_class=Transactional)

ADMINISTRATORS: Final = allow()


class CaseIn(BaseModel):
    """Whose debt the case is to be about."""

    model_config = ConfigDict(extra="forbid")

    customer_id: UUID
    line_id: UUID | None = Field(None, description="Null: all that the customer owes.")
    note: Note | None = None


@router.post(
    "",
    status_code=201,
    dependencies=[ADMINISTRATORS],
    responses=problem_docs(NotFound, CaseGoesOn, NothingOpen, UnknownOrganization),
)
async def open_case(body: CaseIn, sight: InSight, session: Session, response: Response) -> CaseOut:
    """Open a case by hand, overdue or not, of all that is open now.

    It takes part in everything as others do, and is cured when nothing is overdue and nothing
    that was due by its `covers_until` is open.
    """
    case_id = await operations.open_by_hand(
        session, sight, body.customer_id, body.line_id, body.note
    )
    found = await cases.get(session, sight, case_id)
    response.headers["ETag"] = etag(found.case.version)
    response.headers["Location"] = f"/collections/cases/{case_id}"
    return CaseOut.of(found)
