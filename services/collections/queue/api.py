"""HTTP for the work queue: saved filters, what waits, and whose turn it is."""

from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final, Self
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.collections.activities.rules import ActivityKind
from services.collections.activities.store import Activity, record
from services.collections.cases import store as cases
from services.collections.cases.filtering import CaseFilter
from services.collections.cases.sight import InSight, Sight
from services.collections.cases.store import Scored
from services.collections.cases.urgency import FULL_DEBT, Weights
from services.collections.cases.views import CaseOut, ScoredCase, members
from services.collections.collectors import store as collectors
from services.collections.queue import store
from services.collections.queue.model import WorkQueue
from services.collections.queue.operations import asked
from services.collections.queue.problems import LeaseLost, QueueNameTaken
from services.collections.text import Name, Note
from shared import clock
from shared.auth import Role, allow
from shared.db import raw
from shared.http import IfMatch, OrganizationId, Session, Transactional, etag
from shared.ids import new_id
from shared.money import MoneyError, MoneyIn, MoneyOut
from shared.pages import BadCursor, BadSort, Page, Paging
from shared.problems import NotFound, PreconditionFailed, ValidationFailed, problem_docs
from shared.tenancy import UnknownOrganization, load_organization

router = APIRouter(prefix="/collections", tags=["collections"], route_class=Transactional)

WORKERS: Final = allow(Role.COLLECTOR)
MOST_FULL_DEBT: Final = 10**15
Weight = Annotated[int, Field(ge=0, le=100)]
Days = Annotated[int, Field(ge=1, le=3650)]


class WeightsIn(BaseModel):
    """How much each mark counts in the score of a case, and what gets the full mark."""

    model_config = ConfigDict(extra="forbid")

    amount: Weight = 30
    age: Weight = 25
    broken: Weight = 25
    silence: Weight = 10
    priority: Weight = 10
    full_debt: MoneyIn = MoneyIn(amount=FULL_DEBT)
    full_age_days: Days = 90
    full_broken: Annotated[int, Field(ge=1, le=100)] = 2
    full_silent_days: Days = 14

    @model_validator(mode="after")
    def _something_counts(self) -> Self:
        if not self.amount + self.age + self.broken + self.silence + self.priority:
            raise ValueError("at least one weight must be more than 0")
        return self

    def weights(self, currency: str) -> Weights:
        """The same as the rules take it."""
        try:
            full_debt_minor = self.full_debt.to_minor(currency)
        except MoneyError as error:
            raise ValidationFailed.of(str(error), "body", "weights", "full_debt") from error
        if not 0 < full_debt_minor <= MOST_FULL_DEBT:
            msg = "must be more than 0 and have at most 15 digits"
            raise ValidationFailed.of(msg, "body", "weights", "full_debt")
        others = self.model_dump(exclude={"full_debt"})
        return Weights(**others, full_debt_minor=full_debt_minor)


class QueueIn(BaseModel):
    """A saved filter, and how its cases are ordered."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    filter: CaseFilter = CaseFilter()
    weights: WeightsIn = WeightsIn()


class QueueChange(BaseModel):
    """What to change; what is left out or null stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    filter: CaseFilter | None = None
    weights: WeightsIn | None = None


class WeightsOut(BaseModel):
    """How much each mark counts, and what gets the full mark."""

    amount: int
    age: int
    broken: int
    silence: int
    priority: int
    full_debt: MoneyOut
    full_age_days: int
    full_broken: int
    full_silent_days: int


class QueueOut(BaseModel):
    """A saved filter and its weights."""

    id: UUID
    version: int
    name: str
    filter: CaseFilter
    weights: WeightsOut
    created_at: datetime
    created_by: UUID

    @classmethod
    def of(cls, queue: WorkQueue, currency: str) -> Self:
        """Show a queue."""
        weights = dict(queue.weights)
        full_debt = MoneyOut.of(weights.pop("full_debt_minor"), currency)
        return cls(
            id=queue.id,
            version=queue.version,
            name=queue.name,
            filter=CaseFilter.model_validate(queue.filter),
            weights=WeightsOut(**weights, full_debt=full_debt),
            created_at=queue.created_at,
            created_by=queue.created_by,
        )


class QueueItemOut(ScoredCase):
    """A case that waits to be worked."""

    leased_until: datetime | None = Field(description="Only for the caller's own lease.")

    @classmethod
    def leased(cls, scored: Scored, sight: Sight, now: datetime) -> Self:
        """Show an item, and how long the caller has it."""
        case = scored.shown.case
        until = case.leased_until
        own = case.leased_by == sight.caller.user_id and until is not None and until > now
        shown = members(scored.shown)
        return cls.model_validate(
            {**shown, "score": scored.score, "leased_until": until if own else None}
        )


class NextIn(BaseModel):
    """From which queue, and for how long."""

    model_config = ConfigDict(extra="forbid")

    queue_id: UUID | None = Field(None, description="Null: everything in sight.")
    minutes: int = Field(15, ge=1, le=240)


class NextOut(BaseModel):
    """The case to work next, leased to the caller."""

    item: CaseOut | None = Field(description="Null: nothing waits.")
    leased_until: datetime | None


class SkipIn(BaseModel):
    """For how long the caller wants others."""

    model_config = ConfigDict(extra="forbid")

    minutes: int = Field(60, ge=1, le=1440)


class DoneIn(BaseModel):
    """When to come back to it."""

    model_config = ConfigDict(extra="forbid")

    next_action_on: date | None = Field(None, description="Tomorrow, if left out.")
    note: Note | None = None


@router.get("/queues", dependencies=[allow(*Role)], responses=problem_docs(BadCursor, BadSort))
async def list_queues(
    organization_id: OrganizationId, session: Session, paging: Paging
) -> Page[QueueOut]:
    """Saved queues; sorted by `name` (default) or `created_at`."""
    found, following = await store.list_queues(session, organization_id, paging)
    if not found:
        return Page(items=[], next=None)
    currency = (await load_organization(session, organization_id)).currency
    return Page(items=[QueueOut.of(each, currency) for each in found], next=following)


@router.post(
    "/queues",
    status_code=201,
    dependencies=[allow()],
    responses=problem_docs(QueueNameTaken, UnknownOrganization),
)
async def add_queue(
    body: QueueIn, sight: InSight, session: Session, response: Response
) -> QueueOut:
    """Save a filter and its weights under a name."""
    currency = (await load_organization(session, sight.organization_id)).currency
    await _expect_sense(session, sight.organization_id, body.filter, currency)
    queue = WorkQueue(
        id=new_id(),
        organization_id=sight.organization_id,
        name=body.name,
        filter=body.filter.model_dump(mode="json", exclude_none=True),
        weights=asdict(body.weights.weights(currency)),
        created_at=clock.now(),
        created_by=sight.caller.user_id,
    )
    await store.add(session, queue)
    response.headers["ETag"] = etag(queue.version)
    response.headers["Location"] = f"/collections/queues/{queue.id}"
    return QueueOut.of(queue, currency)


@router.get(
    "/queues/{queue_id}",
    dependencies=[allow(*Role)],
    responses=problem_docs(NotFound, UnknownOrganization),
)
async def get_queue(
    queue_id: UUID, organization_id: OrganizationId, session: Session, response: Response
) -> QueueOut:
    """One queue."""
    queue = await store.get(session, organization_id, queue_id)
    currency = (await load_organization(session, organization_id)).currency
    response.headers["ETag"] = etag(queue.version)
    return QueueOut.of(queue, currency)


@router.patch(
    "/queues/{queue_id}",
    dependencies=[allow()],
    responses=problem_docs(NotFound, QueueNameTaken, PreconditionFailed, UnknownOrganization),
)
async def change_queue(
    queue_id: UUID,
    body: QueueChange,
    organization_id: OrganizationId,
    seen: IfMatch,
    session: Session,
    response: Response,
) -> QueueOut:
    """Change a queue's name, filter or weights."""
    currency = (await load_organization(session, organization_id)).currency
    changes: dict[str, Any] = {}
    if body.name is not None:
        changes["name"] = body.name
    if body.filter is not None:
        await _expect_sense(session, organization_id, body.filter, currency)
        changes["filter"] = body.filter.model_dump(mode="json", exclude_none=True)
    if body.weights is not None:
        changes["weights"] = asdict(body.weights.weights(currency))
    queue = await store.revise(session, organization_id, queue_id, changes, seen)
    response.headers["ETag"] = etag(queue.version)
    return QueueOut.of(queue, currency)


@router.delete(
    "/queues/{queue_id}",
    status_code=204,
    dependencies=[allow()],
    responses=problem_docs(NotFound),
)
async def remove_queue(queue_id: UUID, organization_id: OrganizationId, session: Session) -> None:
    """Take a queue away; the cases in it stay."""
    await store.remove(session, organization_id, queue_id)


@router.get(
    "/queue",
    dependencies=[allow(*Role)],
    responses=problem_docs(BadCursor, BadSort, NotFound, UnknownOrganization),
)
async def list_waiting(
    sight: InSight,
    session: Session,
    paging: Paging,
    queue_id: Annotated[UUID | None, Query(description="Everything in sight if left out.")] = None,
) -> Page[QueueItemOut]:
    """The cases that wait to be worked, by `score`, the most urgent first.

    Not among them: what is settled or closed, planned for a later day, or leased to another.
    """
    queue = await asked(session, sight, queue_id)
    found, following = await store.list_waiting(session, sight, paging, queue)
    items = [QueueItemOut.leased(each, sight, queue.moment.now) for each in found]
    return Page(items=items, next=following)


@router.post(
    "/queue/next",
    dependencies=[WORKERS],
    responses=problem_docs(NotFound, UnknownOrganization),
)
async def lease_next(body: NextIn, sight: InSight, session: Session) -> NextOut:
    """Take the most urgent case that nobody has; whoever has one gets the same again."""
    await store.one_at_a_time(session, sight)
    queue = await asked(session, sight, body.queue_id)
    case_id = await store.held(session, sight, queue.moment)
    if case_id is None:
        until = queue.moment.now + timedelta(minutes=body.minutes)
        case_id = await store.lease_next(session, sight, queue, until)
    if case_id is None:
        return NextOut(item=None, leased_until=None)
    found = await cases.get(session, sight, case_id)
    return NextOut(item=CaseOut.of(found), leased_until=found.case.leased_until)


@router.post(
    "/queue/{case_id}/release",
    dependencies=[WORKERS],
    responses=problem_docs(NotFound, LeaseLost),
)
async def release(case_id: UUID, sight: InSight, session: Session) -> CaseOut:
    """Give a leased case back unworked."""
    case = await store.lock_leased(session, sight, case_id, clock.now())
    case.leased_by = case.leased_until = None
    await session.flush()
    return CaseOut.of(await cases.get(session, sight, case_id))


@router.post(
    "/queue/{case_id}/skip",
    dependencies=[WORKERS],
    responses=problem_docs(NotFound, LeaseLost),
)
async def skip(case_id: UUID, body: SkipIn, sight: InSight, session: Session) -> CaseOut:
    """Give a leased case back unworked, and be given others first for a while."""
    now = clock.now()
    case = await store.lock_leased(session, sight, case_id, now)
    case.leased_by = case.leased_until = None
    await session.flush()
    await store.skip(session, sight, case_id, now + timedelta(minutes=body.minutes))
    return CaseOut.of(await cases.get(session, sight, case_id))


@router.post(
    "/queue/{case_id}/done",
    dependencies=[WORKERS],
    responses=problem_docs(NotFound, LeaseLost, UnknownOrganization),
)
async def finish(case_id: UUID, body: DoneIn, sight: InSight, session: Session) -> CaseOut:
    """Give a leased case back worked; it waits again from its next action on."""
    organization = await load_organization(session, sight.organization_id)
    case = await store.lock_leased(session, sight, case_id, clock.now())
    planned = body.next_action_on or organization.today() + timedelta(days=1)
    data = {"next_action_on": {"from": case.next_action_on, "to": planned}}
    case.leased_by = case.leased_until = None
    case.next_action_on = planned
    case.version += 1
    await session.flush()
    activity = Activity(
        case_id, case.organization_id, ActivityKind.CHANGED, sight.caller, body.note, data
    )
    await record(await raw(session), [activity], clock.now())
    return CaseOut.of(await cases.get(session, sight, case_id))


async def _expect_sense(
    session: Session, organization_id: UUID, wanted: CaseFilter, currency: str
) -> None:
    """ValidationFailed for a filter that no case could fit."""
    wanted.filters(currency)
    if wanted.collector_id is not None:
        try:
            await collectors.get(session, organization_id, wanted.collector_id)
        except NotFound as error:
            raise ValidationFailed.of(
                "there is no such collector", "body", "filter", "collector_id"
            ) from error
