"""HTTP for collectors."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.collections.collectors import store
from services.collections.collectors.model import Collector
from services.collections.collectors.problems import CollectorTaken
from services.collections.collectors.store import Shown
from services.collections.text import Name, Needle
from shared import clock
from shared.auth import Role, allow
from shared.http import IfMatch, OrganizationId, Session, Transactional, etag
from shared.ids import new_id
from shared.pages import BadCursor, BadSort, Page, Paging
from shared.problems import NotFound, PreconditionFailed, problem_docs

router = APIRouter(
    prefix="/collections/collectors", tags=["collections"], route_class=Transactional
)

Segment = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
Segments = Annotated[
    list[Segment],
    Field(max_length=50, description="Takes cases of these segments by rule; of any, if empty."),
]
Capacity = Annotated[int, Field(ge=0, le=100_000, description="Cases in hand at once.")]
Rate = Annotated[
    Decimal,
    Field(
        ge=0,
        le=1,
        decimal_places=4,
        max_digits=5,
        description="Share of what is collected: 0.10 is ten per cent.",
        examples=["0.1000"],
    ),
]


class CollectorIn(BaseModel):
    """A user who is to work cases."""

    model_config = ConfigDict(extra="forbid")

    user_id: UUID
    name: Name
    capacity: Capacity = 200
    commission_rate: Rate = Decimal("0.10")
    segments: Segments = []


class CollectorChange(BaseModel):
    """What to change; what is left out or null stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    capacity: Capacity | None = Field(
        None, description="Less than the cases in hand gives no more."
    )
    commission_rate: Rate | None = None
    segments: Segments | None = None
    active: bool | None = Field(None, description="False: no new cases; those in hand stay.")


class CollectorOut(BaseModel):
    """A collector."""

    id: UUID
    version: int
    user_id: UUID
    name: str
    capacity: int
    cases: int = Field(description="In hand, not closed.")
    commission_rate: Decimal = Field(examples=["0.1000"])
    segments: list[str]
    active: bool
    created_at: datetime

    @classmethod
    def of(cls, shown: Shown) -> Self:
        """Show a collector."""
        collector = shown.collector
        members = {name: getattr(collector, name) for name in cls.model_fields if name != "cases"}
        return cls(**members, cases=shown.cases)


@router.get("", dependencies=[allow(*Role)], responses=problem_docs(BadCursor, BadSort))
async def list_collectors(
    organization_id: OrganizationId,
    session: Session,
    paging: Paging,
    active: Annotated[bool | None, Query()] = None,
    q: Annotated[Needle | None, Query(description="Part of the name.")] = None,
) -> Page[CollectorOut]:
    """Collectors; sorted by `name` (default), `created_at` or `capacity`."""
    found, following = await store.list_collectors(
        session, organization_id, paging, active=active, q=q
    )
    return Page(items=[CollectorOut.of(each) for each in found], next=following)


@router.post("", status_code=201, dependencies=[allow()], responses=problem_docs(CollectorTaken))
async def add_collector(
    body: CollectorIn, organization_id: OrganizationId, session: Session, response: Response
) -> CollectorOut:
    """Have a user work cases from now on."""
    collector = Collector(
        id=new_id(),
        organization_id=organization_id,
        created_at=clock.now(),
        **body.model_dump(),
    )
    await store.add(session, collector)
    response.headers["ETag"] = etag(collector.version)
    response.headers["Location"] = f"/collections/collectors/{collector.id}"
    return CollectorOut.of(Shown(collector, 0))


@router.get("/{collector_id}", dependencies=[allow(*Role)], responses=problem_docs(NotFound))
async def get_collector(
    collector_id: UUID, organization_id: OrganizationId, session: Session, response: Response
) -> CollectorOut:
    """One collector."""
    found = await store.get(session, organization_id, collector_id)
    response.headers["ETag"] = etag(found.collector.version)
    return CollectorOut.of(found)


@router.patch(
    "/{collector_id}",
    dependencies=[allow()],
    responses=problem_docs(NotFound, PreconditionFailed),
)
async def change_collector(
    collector_id: UUID,
    body: CollectorChange,
    organization_id: OrganizationId,
    seen: IfMatch,
    session: Session,
    response: Response,
) -> CollectorOut:
    """Change what a collector takes and gets."""
    changes = body.model_dump(exclude_none=True)
    await store.revise(session, organization_id, collector_id, changes, seen)
    found = await store.get(session, organization_id, collector_id)
    response.headers["ETag"] = etag(found.collector.version)
    return CollectorOut.of(found)
