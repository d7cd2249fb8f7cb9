"""HTTP for settlement offers."""

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
from services.collections.offers import operations
from services.collections.text import Note
from shared.auth import Role, allow
from shared.http import IfMatch, Session, Transactional, etag
from shared.money import MoneyIn, MoneyOut
from shared.pages import BadCursor, BadSort, Page, Paging
from shared.problems import NotFound, PreconditionFailed, problem_docs
from shared.tenancy import UnknownOrganization, load_organization

router = APIRouter(prefix="/collections", tags=["collections"], route_class=Transactional)

WORKERS: Final = allow(Role.COLLECTOR)


class OfferIn(BaseModel):
    """An offer to take less than all, by a day, for all of it."""

    model_config = ConfigDict(extra="forbid")

    amount: MoneyIn = Field(description="Less than what is overdue.")
    offered_until: date = Field(description="The last day on which the money counts.")
    note: Note | None = None


class OfferOut(AgreementOut):
    """A settlement offer: kept when the amount has come by its day, broken the day after.

    What is left of the debt when it is kept is proposed to be written off, and counts for
    nothing meanwhile.
    """

    debt: MoneyOut = Field(description="What was owed when it was made.")
    offered_until: date

    @classmethod
    def of(cls, agreement: Agreement) -> Self:
        """Show an offer."""
        return cls.model_validate(
            {
                **views.members(agreement),
                "debt": MoneyOut.of(agreement.debt_minor, agreement.currency),
                "offered_until": agreement.last_on,
            }
        )


@router.post(
    "/cases/{case_id}/offers",
    status_code=201,
    dependencies=[WORKERS],
    responses=problem_docs(
        NotFound,
        AgreementOpen,
        AmountNotOwed,
        CaseClosed,
        DayOutOfReach,
        NothingOwed,
        UnknownOrganization,
    ),
)
async def make_offer(
    case_id: UUID, body: OfferIn, sight: InSight, session: Session, response: Response
) -> OfferOut:
    """Offer to settle; the case pauses until the day."""
    currency = (await load_organization(session, sight.organization_id)).currency
    made = await operations.offer(
        session,
        sight,
        case_id,
        amount=views.money(body.amount, currency, "amount"),
        until=body.offered_until,
        note=body.note,
    )
    response.headers["ETag"] = etag(made.version)
    response.headers["Location"] = f"/collections/offers/{made.id}"
    return OfferOut.of(made)


@router.get("/offers", dependencies=[allow(*Role)], responses=problem_docs(BadCursor, BadSort))
async def list_offers(
    sight: InSight,
    session: Session,
    paging: Paging,
    wanted: Annotated[Filters, Depends(views.filters)],
) -> Page[OfferOut]:
    """Offers; sorted by `made_at` (default, the latest first), `until` or `amount`."""
    found, following = await views.list_agreements(
        session, sight, AgreementKind.OFFER, paging, wanted
    )
    return Page(items=[OfferOut.of(each) for each in found], next=following)


@router.get("/offers/{offer_id}", dependencies=[allow(*Role)], responses=problem_docs(NotFound))
async def get_offer(
    offer_id: UUID, sight: InSight, session: Session, response: Response
) -> OfferOut:
    """One offer."""
    found = await agreements.get(session, sight, offer_id, AgreementKind.OFFER)
    response.headers["ETag"] = etag(found.version)
    return OfferOut.of(found)


@router.post(
    "/offers/{offer_id}/cancel",
    dependencies=[WORKERS],
    responses=problem_docs(NotFound, AgreementOver, PreconditionFailed, UnknownOrganization),
)
async def cancel_offer(
    offer_id: UUID,
    body: CancelIn,
    sight: InSight,
    seen: IfMatch,
    session: Session,
    response: Response,
) -> OfferOut:
    """Withdraw an offer; what it paused goes on."""
    ended = await agreements.cancel(
        session, sight, offer_id, AgreementKind.OFFER, seen=seen, note=body.note
    )
    response.headers["ETag"] = etag(ended.version)
    return OfferOut.of(ended)
