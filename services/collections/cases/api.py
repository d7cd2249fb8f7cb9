"""HTTP for cases: find them, move them, give them to collectors."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from services.collections.cases import desk, store
from services.collections.cases.filtering import contradiction
from services.collections.cases.problems import CaseClosed, IllegalCaseMove
from services.collections.cases.rules import CaseStatus, ClosedReason
from services.collections.cases.sight import InSight, Sight
from services.collections.cases.store import Filters
from services.collections.cases.views import CaseOut, ScoredCase
from services.collections.collectors.problems import CollectorFull, CollectorInactive
from services.collections.text import Needle, Note
from shared.auth import Role, allow
from shared.http import IfMatch, Session, Transactional, etag
from shared.money import AMOUNT_PATTERN, Money, MoneyError
from shared.pages import BadCursor, BadSort, Page, Paging
from shared.problems import NotFound, PreconditionFailed, ValidationFailed, problem_docs
from shared.tenancy import UnknownOrganization, load_organization

router = APIRouter(prefix="/collections/cases", tags=["collections"], route_class=Transactional)

WORKERS: Final = allow(Role.COLLECTOR)
AmountText = Annotated[str, Query(pattern=AMOUNT_PATTERN, examples=["100.00"])]
Code = Annotated[str, Query(max_length=40, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


async def _filters(
    sight: InSight,
    session: Session,
    status: Annotated[list[CaseStatus] | None, Query(description="One or several.")] = None,
    collector_id: Annotated[UUID | None, Query()] = None,
    assigned: Annotated[bool | None, Query()] = None,
    customer_id: Annotated[UUID | None, Query()] = None,
    line_id: Annotated[UUID | None, Query()] = None,
    stage: Code | None = None,
    segment: Code | None = None,
    priority: Annotated[int | None, Query(ge=0, le=100)] = None,
    min_debt: AmountText | None = None,
    max_debt: AmountText | None = None,
    opened_from: Annotated[date | None, Query()] = None,
    opened_to: Annotated[date | None, Query()] = None,
    last_contact_from: Annotated[AwareDatetime | None, Query()] = None,
    last_contact_to: Annotated[
        AwareDatetime | None, Query(description="Before; those never contacted are among them.")
    ] = None,
    next_action_to: Annotated[date | None, Query()] = None,
    q: Annotated[Needle | None, Query(description="Part of the customer's name.")] = None,
) -> Filters:
    amounts = await _minor(session, sight, {"min_debt": min_debt, "max_debt": max_debt})
    filters = Filters(
        status=frozenset(status) if status else None,
        collector_id=collector_id,
        assigned=assigned,
        customer_id=customer_id,
        line_id=line_id,
        stage=stage,
        segment=segment,
        priority=priority,
        min_debt_minor=amounts.get("min_debt"),
        max_debt_minor=amounts.get("max_debt"),
        opened_from=opened_from,
        opened_to=opened_to,
        last_contact_from=last_contact_from,
        last_contact_to=last_contact_to,
        next_action_to=next_action_to,
        q=q,
    )
    if found := contradiction(filters):
        raise ValidationFailed.of(found.why, "query", found.name)
    return filters


async def _minor(session: Session, sight: Sight, given: Mapping[str, str | None]) -> dict[str, int]:
    """The amounts given, in minor units of the organization's currency."""
    amounts = {name: text for name, text in given.items() if text is not None}
    if not amounts:
        return {}
    organization = await load_organization(session, sight.organization_id)
    found: dict[str, int] = {}
    for name, text in amounts.items():
        try:
            found[name] = Money.parse(text, organization.currency).minor
        except MoneyError as error:
            raise ValidationFailed.of(str(error), "query", name) from error
    return found


CaseFilters = Annotated[Filters, Depends(_filters)]


class CaseChange(BaseModel):
    """What to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    priority: int | None = Field(None, ge=0, le=100, description="Null is 0.")
    next_action_on: date | None = Field(None, description="Null: nothing is planned.")


class MoveIn(BaseModel):
    """A step to take."""

    model_config = ConfigDict(extra="forbid")

    to: CaseStatus = Field(description="To make a case `assigned`, assign it.")
    reason: Literal["by_hand", "exhausted"] | None = Field(None, description="For `closed` alone.")
    note: Note | None = None

    @model_validator(mode="after")
    def _reason_is_for_closing(self) -> Self:
        if self.reason is not None and self.to is not CaseStatus.CLOSED:
            raise ValueError("only a move to `closed` has a reason")
        return self


class AssignmentIn(BaseModel):
    """Who is to have the case."""

    model_config = ConfigDict(extra="forbid")

    collector_id: UUID
    note: Note | None = None


class UnassignmentIn(BaseModel):
    """Why nobody is to have the case."""

    model_config = ConfigDict(extra="forbid")

    note: Note | None = None


@router.get(
    "",
    dependencies=[allow(*Role)],
    responses=problem_docs(BadCursor, BadSort, UnknownOrganization),
)
async def list_cases(
    sight: InSight, session: Session, paging: Paging, filters: CaseFilters
) -> Page[ScoredCase]:
    """Cases; a collector sees those assigned to them.

    Sorted by `opened_at` (default, the latest first), `debt`, `priority`, `oldest_due_on`,
    `last_contact_at`, `next_action_on` or `score`. By `score` closed ones are left out unless
    `status` asks for them, and all pages are of the day the first was asked for.
    """
    organization = await load_organization(session, sight.organization_id)
    found, following = await store.list_cases(session, sight, paging, filters, organization)
    return Page(items=[ScoredCase.scored(each) for each in found], next=following)


@router.patch(
    "/{case_id}", dependencies=[WORKERS], responses=problem_docs(NotFound, PreconditionFailed)
)
async def change_case(
    case_id: UUID,
    body: CaseChange,
    sight: InSight,
    seen: IfMatch,
    session: Session,
    response: Response,
) -> CaseOut:
    """Set the priority or the next action of a case."""
    changes = body.model_dump(exclude_unset=True)
    if changes.get("priority", 0) is None:
        changes["priority"] = 0
    await desk.change(session, sight, case_id, changes, seen)
    return await _answer(session, sight, case_id, response)


@router.post(
    "/{case_id}/moves",
    dependencies=[WORKERS],
    responses=problem_docs(NotFound, IllegalCaseMove, PreconditionFailed),
)
async def move_case(
    case_id: UUID,
    body: MoveIn,
    sight: InSight,
    seen: IfMatch,
    session: Session,
    response: Response,
) -> CaseOut:
    """Take one of the steps that the case's status allows."""
    reason = ClosedReason(body.reason) if body.reason else None
    await desk.move(session, sight, case_id, body.to, seen=seen, note=body.note, reason=reason)
    return await _answer(session, sight, case_id, response)


@router.post(
    "/{case_id}/assign",
    dependencies=[allow()],
    responses=problem_docs(NotFound, CaseClosed, CollectorFull, CollectorInactive),
)
async def assign_case(
    case_id: UUID, body: AssignmentIn, sight: InSight, session: Session, response: Response
) -> CaseOut:
    """Give a case to a collector, also from another one."""
    await desk.assign(session, sight, case_id, body.collector_id, body.note)
    return await _answer(session, sight, case_id, response)


@router.post(
    "/{case_id}/unassign", dependencies=[allow()], responses=problem_docs(NotFound, CaseClosed)
)
async def unassign_case(
    case_id: UUID, body: UnassignmentIn, sight: InSight, session: Session, response: Response
) -> CaseOut:
    """Take a case from its collector; until it is given to another it is nobody's."""
    await desk.unassign(session, sight, case_id, body.note)
    return await _answer(session, sight, case_id, response)


async def _answer(session: Session, sight: Sight, case_id: UUID, response: Response) -> CaseOut:
    found = await store.get(session, sight, case_id)
    response.headers["ETag"] = etag(found.case.version)
    return CaseOut.of(found)
