"""HTTP for pauses: what keeps debts from counting, and holding the policy by hand."""

from datetime import date, datetime
from typing import Annotated, Final, Self
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.collections.cases.sight import InSight, Sight
from services.collections.pauses.rules import Pause, PauseKind
from services.collections.pausing import operations, store
from services.collections.pausing.problems import PausedAlready, PauseNotManual, PauseOver
from services.collections.pausing.store import Filters, Moment, Shown
from services.collections.policies.problems import DayOutOfReach
from services.collections.text import Note
from shared.auth import Role, allow
from shared.http import Session, Transactional
from shared.money import MoneyOut
from shared.pages import BadCursor, BadSort, Page, Paging
from shared.problems import NotFound, problem_docs
from shared.tenancy import Organization, UnknownOrganization, load_organization

router = APIRouter(prefix="/collections/pauses", tags=["collections"], route_class=Transactional)

WORKERS: Final = allow(Role.COLLECTOR)


class PauseIn(BaseModel):
    """Nothing more is to happen to a customer or a line until a day."""

    model_config = ConfigDict(extra="forbid")

    customer_id: UUID | None = None
    line_id: UUID | None = None
    until_on: date = Field(description="Its last day; the policy says how far ahead.")
    reason: Note
    reconnect: bool = Field(
        False, description="Switch lines back on meanwhile that were cut off for the debt."
    )

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.customer_id is None) == (self.line_id is None):
            raise ValueError("name either customer_id or line_id")
        return self


class PauseEndIn(BaseModel):
    """Why it ends before its day."""

    model_config = ConfigDict(extra="forbid")

    note: Note | None = None


class PauseOut(BaseModel):
    """What keeps debts of a customer, a line or an invoice from counting."""

    id: UUID
    kind: PauseKind
    customer_id: UUID
    line_id: UUID | None = Field(description="Null: of all the customer's.")
    invoice_id: UUID | None
    amount: MoneyOut | None = Field(
        description="So much of it, the oldest due first; null for all of it."
    )
    source_id: UUID = Field(description="The agreement, dispute or payment behind it.")
    reason: str | None
    from_on: date
    until_on: date | None = Field(description="Its last day; null until its source ends it.")
    expires_at: datetime | None
    reconnect: bool = Field(description="Whether it brings back lines that were cut off.")
    active: bool = Field(description="Whether it counts now.")
    created_at: datetime
    created_by: UUID | None = Field(description="Null: the system.")
    ended_at: datetime | None
    ended_by: UUID | None

    @classmethod
    def of(cls, shown: Shown, organization: Organization) -> Self:
        """Show a pause as it stands now."""
        row, kind = shown.row, PauseKind(shown.row.kind)
        rule = Pause(
            row.id,
            kind,
            row.line_id,
            row.invoice_id,
            row.amount_minor,
            row.from_on,
            row.until_on,
            row.expires_at,
            row.restores,
        )
        counts = rule.in_force(organization.today(), organization.now())
        computed = {"kind", "amount", "reconnect", "active"}
        return cls(
            **{name: getattr(row, name) for name in cls.model_fields if name not in computed},
            kind=kind,
            amount=None
            if row.amount_minor is None
            else MoneyOut.of(row.amount_minor, shown.currency or organization.currency),
            reconnect=row.restores,
            active=row.ended_at is None and counts,
        )


@router.post(
    "",
    status_code=201,
    dependencies=[WORKERS],
    responses=problem_docs(NotFound, DayOutOfReach, PausedAlready, UnknownOrganization),
)
async def make_pause(
    body: PauseIn, sight: InSight, session: Session, response: Response
) -> PauseOut:
    """Hold the policy for a customer or a line until a day; a collector, for assigned cases."""
    made = await operations.pause(
        session,
        sight,
        customer_id=body.customer_id,
        line_id=body.line_id,
        until_on=body.until_on,
        reason=body.reason,
        restores=body.reconnect,
    )
    response.headers["Location"] = f"/collections/pauses/{made.id}"
    return await _one(session, sight, made.id)


@router.get(
    "",
    dependencies=[allow(*Role)],
    responses=problem_docs(BadCursor, BadSort, UnknownOrganization),
)
async def list_pauses(
    sight: InSight,
    session: Session,
    paging: Paging,
    kind: Annotated[PauseKind | None, Query()] = None,
    customer_id: Annotated[UUID | None, Query()] = None,
    line_id: Annotated[UUID | None, Query()] = None,
    active: Annotated[bool | None, Query(description="Whether it counts now.")] = None,
) -> Page[PauseOut]:
    """Pauses of every kind; sorted by `created_at` (default, the latest first) or `until`."""
    organization = await load_organization(session, sight.organization_id)
    found, following = await store.list_pauses(
        session,
        sight,
        paging,
        Filters(kind, customer_id, line_id, active),
        Moment(organization.today(), organization.now()),
    )
    return Page(items=[PauseOut.of(each, organization) for each in found], next=following)


@router.get(
    "/{pause_id}",
    dependencies=[allow(*Role)],
    responses=problem_docs(NotFound, UnknownOrganization),
)
async def get_pause(pause_id: UUID, sight: InSight, session: Session) -> PauseOut:
    """One pause."""
    return await _one(session, sight, pause_id)


@router.post(
    "/{pause_id}/end",
    dependencies=[WORKERS],
    responses=problem_docs(NotFound, PauseNotManual, PauseOver, UnknownOrganization),
)
async def end_pause(pause_id: UUID, body: PauseEndIn, sight: InSight, session: Session) -> PauseOut:
    """End a pause that was made by hand; the policy goes on at once."""
    await operations.end(session, sight, pause_id, body.note)
    return await _one(session, sight, pause_id)


async def _one(session: Session, sight: Sight, pause_id: UUID) -> PauseOut:
    organization = await load_organization(session, sight.organization_id)
    return PauseOut.of(await store.shown(session, sight, pause_id), organization)
