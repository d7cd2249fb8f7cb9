"""HTTP for promises to pay."""

from datetime import date
from typing import Annotated, Final, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from services.collections.agreements import operations as agreements
from services.collections.agreements import views
from services.collections.agreements.model import Agreement
from services.collections.agreements.problems import (
    AgreementOpen,
    AgreementOver,
    AmountNotOwed,
    DayOutOfReach,
    NothingOwed,
)
from services.collections.agreements.rules import AgreementKind
from services.collections.agreements.views import AgreementOut, CancelIn, Filters
from services.collections.cases.problems import CaseClosed
from services.collections.cases.sight import InSight
from services.collections.promises import operations
from services.collections.promises.problems import PromiseLimitReached
from services.collections.text import Note
from shared.auth import Role, allow
from shared.http import IfMatch, Session, Transactional, etag
from shared.money import MoneyIn
from shared.pages import BadCursor, BadSort, Page, Paging
from shared.problems import NotFound, PreconditionFailed, problem_docs
from shared.tenancy import UnknownOrganization, load_organization

router = APIRouter(prefix="/collections", tags=["collections"], route_class=Transactional)

WORKERS: Final = allow(Role.COLLECTOR)


class PromiseIn(BaseModel):
    """A promise to pay."""

    model_config = ConfigDict(extra="forbid")

    amount: MoneyIn | None = Field(None, description="All that is overdue, if left out.")
    promised_for: date = Field(description="The last day on which the money counts.")
    reconnect: bool = Field(
        False, description="Switch lines back on meanwhile that were cut off for the debt."
    )
    note: Note | None = None


class PromiseOut(AgreementOut):
    """A promise to pay: kept when the amount has come by its day, broken the day after."""

    promised_for: date
    reconnect: bool

    @classmethod
    def of(cls, agreement: Agreement) -> Self:
        """Show a promise."""
        return cls.model_validate(
            {
                **views.members(agreement),
                "promised_for": agreement.last_on,
                "reconnect": agreement.restores,
            }
        )


@router.post(
    "/cases/{case_id}/promises",
    status_code=201,
    dependencies=[WORKERS],
    responses=problem_docs(
        NotFound,
        AgreementOpen,
        AmountNotOwed,
        CaseClosed,
        DayOutOfReach,
        NothingOwed,
        PromiseLimitReached,
        UnknownOrganization,
    ),
)
async def make_promise(
    case_id: UUID, body: PromiseIn, sight: InSight, session: Session, response: Response
) -> PromiseOut:
    """Take down a promise; the case pauses until its day."""
    currency = (await load_organization(session, sight.organization_id)).currency
    made = await operations.promise(
        session,
        sight,
        case_id,
        amount=views.money(body.amount, currency, "amount") if body.amount else None,
        by=body.promised_for,
        restores=body.reconnect,
        note=body.note,
    )
    response.headers["ETag"] = etag(made.version)
    response.headers["Location"] = f"/collections/promises/{made.id}"
    return PromiseOut.of(made)


@router.get("/promises", dependencies=[allow(*Role)], responses=problem_docs(BadCursor, BadSort))
async def list_promises(
    sight: InSight,
    session: Session,
    paging: Paging,
    wanted: Annotated[Filters, Depends(views.filters)],
) -> Page[PromiseOut]:
    """Promises; sorted by `made_at` (default, the latest first), `until` or `amount`."""
    found, following = await views.list_agreements(
        session, sight, AgreementKind.PROMISE, paging, wanted
    )
    return Page(items=[PromiseOut.of(each) for each in found], next=following)


@router.get("/promises/{promise_id}", dependencies=[allow(*Role)], responses=problem_docs(NotFound))
async def get_promise(
    promise_id: UUID, sight: InSight, session: Session, response: Response
) -> PromiseOut:
    """One promise."""
    found = await agreements.get(session, sight, promise_id, AgreementKind.PROMISE)
    response.headers["ETag"] = etag(found.version)
    return PromiseOut.of(found)


@router.post(
    "/promises/{promise_id}/cancel",
    dependencies=[WORKERS],
    responses=problem_docs(NotFound, AgreementOver, PreconditionFailed, UnknownOrganization),
)
async def cancel_promise(
    promise_id: UUID,
    body: CancelIn,
    sight: InSight,
    seen: IfMatch,
    session: Session,
    response: Response,
) -> PromiseOut:
    """Take a promise back; what it paused goes on."""
    ended = await agreements.cancel(
        session, sight, promise_id, AgreementKind.PROMISE, seen=seen, note=body.note
    )
    response.headers["ETag"] = etag(ended.version)
    return PromiseOut.of(ended)
