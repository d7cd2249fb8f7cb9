"""HTTP for timelines: the whole story of a case, notes and calls, and the case on one page."""

from datetime import date, datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from services.collections.activities.rules import ActivityKind
from services.collections.activities.store import Activity
from services.collections.cases import store as cases
from services.collections.cases.sight import InSight
from services.collections.cases.views import CaseDebtOut, CaseLineOut, CaseOut, StageOut, members
from services.collections.contacts.problems import ContactRuleBroken
from services.collections.contacts.rules import ContactChannel
from services.collections.text import Note
from services.collections.timeline import operations, store
from services.collections.timeline.operations import CallOutcome, Direction
from shared import clock
from shared.auth import Role, allow
from shared.http import Session, Transactional, etag
from shared.money import MoneyOut
from shared.pages import BadCursor, BadSort, Page, PageRequest, Paging
from shared.problems import NotFound, problem_docs
from shared.tenancy import UnknownOrganization, load_organization

router = APIRouter(prefix="/collections/cases", tags=["collections"], route_class=Transactional)

WORKERS: Final = allow(Role.COLLECTOR)
LATEST: Final = 10


class ActivityOut(BaseModel):
    """Something that happened on a case."""

    id: UUID
    kind: ActivityKind
    at: datetime
    actor_id: UUID | None = Field(description="Null: the system.")
    actor_name: str | None
    note: str | None
    data: dict[str, Any] = Field(description="What there is to say of that kind.")

    @classmethod
    def of(cls, row: Any) -> "ActivityOut":
        """Show a row of the timeline."""
        return cls.model_validate(row, from_attributes=True)

    @classmethod
    def new(cls, activity: Activity) -> "ActivityOut":
        """Show what was just written."""
        actor = activity.actor
        return cls(
            id=activity.id,
            kind=activity.kind,
            at=clock.now(),
            actor_id=actor.user_id if actor else None,
            actor_name=actor.name if actor else None,
            note=activity.note,
            data=dict(activity.data),
        )


class CaseDetail(CaseOut):
    """A case with everything a collector wants before calling."""

    today: date = Field(description="On the organization's calendar.")
    lines: list[CaseLineOut]
    debts: list[CaseDebtOut] = Field(description="Open invoices, the oldest due first.")
    stages: list[StageOut]
    latest: list[ActivityOut] = Field(description=f"The last {LATEST} of the timeline.")


class NoteIn(BaseModel):
    """A note."""

    model_config = ConfigDict(extra="forbid")

    text: Note


class CallIn(BaseModel):
    """A call, or a contact by another channel, and how it went."""

    model_config = ConfigDict(extra="forbid")

    outcome: CallOutcome
    channel: ContactChannel = ContactChannel.CALL
    direction: Direction = Direction.OUTBOUND
    note: Note | None = None


@router.get(
    "/{case_id}",
    dependencies=[allow(*Role)],
    responses=problem_docs(NotFound, UnknownOrganization),
)
async def get_case(
    case_id: UUID, sight: InSight, session: Session, response: Response
) -> CaseDetail:
    """One case: whose it is, what is owed, how far it has come, what happened last."""
    shown = await cases.get(session, sight, case_id)
    organization = await load_organization(session, sight.organization_id)
    today = organization.today()
    rows, _ = await store.page(session, shown.case, PageRequest(limit=LATEST), None)
    response.headers["ETag"] = etag(shown.case.version)
    return CaseDetail.model_validate(
        {
            **members(shown),
            "today": today,
            "lines": [CaseLineOut.of(line) for line in await cases.lines(session, shown.case)],
            "debts": [
                CaseDebtOut(
                    invoice_id=debt.invoice_id,
                    number=debt.number,
                    line_id=debt.line_id,
                    open=MoneyOut.of(debt.open_minor, debt.currency),
                    due_on=debt.due_on,
                    days_overdue=max((today - debt.due_on).days, 0),
                )
                for debt in await cases.debts(session, shown.case)
            ],
            "stages": [StageOut.of(each) for each in await cases.stages(session, case_id)],
            "latest": [ActivityOut.of(row) for row in rows],
        }
    )


@router.get(
    "/{case_id}/timeline",
    dependencies=[allow(*Role)],
    responses=problem_docs(NotFound, BadCursor, BadSort),
)
async def get_timeline(
    case_id: UUID,
    sight: InSight,
    session: Session,
    paging: Paging,
    kind: Annotated[list[ActivityKind] | None, Query(description="One or several.")] = None,
) -> Page[ActivityOut]:
    """Everything that happened on a case, by `at`, the latest first."""
    shown = await cases.get(session, sight, case_id)
    rows, following = await store.page(session, shown.case, paging, kind)
    return Page(items=[ActivityOut.of(row) for row in rows], next=following)


@router.post(
    "/{case_id}/notes",
    status_code=201,
    dependencies=[WORKERS],
    responses=problem_docs(NotFound, UnknownOrganization),
)
async def add_note(case_id: UUID, body: NoteIn, sight: InSight, session: Session) -> ActivityOut:
    """Write a note on a case."""
    return ActivityOut.new(await operations.add_note(session, sight, case_id, body.text))


@router.post(
    "/{case_id}/calls",
    status_code=201,
    dependencies=[WORKERS],
    responses=problem_docs(NotFound, ContactRuleBroken, UnknownOrganization),
)
async def add_call(case_id: UUID, body: CallIn, sight: InSight, session: Session) -> ActivityOut:
    """Write down a call and how it went; refused when a contact rule stands against it."""
    activity = await operations.add_contact(
        session,
        sight,
        case_id,
        channel=body.channel,
        direction=body.direction,
        outcome=body.outcome,
        note=body.note,
    )
    return ActivityOut.new(activity)
