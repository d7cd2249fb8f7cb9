"""HTTP for settlement offers."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from services.collections.agreements import views
from services.collections.agreements.model import Agreement
from services.collections.agreements.problems import AmountNotOwed
from services.collections.agreements.routes import Kind, add_common_routes
from services.collections.agreements.rules import AgreementKind
from services.collections.agreements.views import AgreementOut
from services.collections.cases.sight import InSight
from services.collections.offers import operations
from services.collections.text import Note
from shared.http import Session
from shared.money import MoneyIn, MoneyOut
from shared.pages import Page
from shared.tenancy import load_organization


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
    def particulars(cls, agreement: Agreement) -> dict[str, Any]:
        """What it is compared with, and its day."""
        debt = MoneyOut.of(agreement.debt_minor, agreement.currency)
        return {"debt": debt, "offered_until": agreement.last_on}


OFFERS: Final = Kind(
    AgreementKind.OFFER,
    OfferOut,
    Page[OfferOut],
    cancelling="Withdraw an offer; what it paused goes on.",
)
router = OFFERS.router()


@router.post(**OFFERS.making(AmountNotOwed))
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
    return await OFFERS.made(session, response, made)


add_common_routes(router, OFFERS)
