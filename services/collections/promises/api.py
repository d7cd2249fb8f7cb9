"""HTTP for promises to pay."""

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
from services.collections.promises import operations
from services.collections.promises.problems import PromiseLimitReached
from services.collections.text import Note
from shared.http import Session
from shared.money import MoneyIn
from shared.pages import Page
from shared.tenancy import load_organization


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
    def particulars(cls, agreement: Agreement) -> dict[str, Any]:
        """Its day, and whether lines came back for it."""
        return {"promised_for": agreement.last_on, "reconnect": agreement.restores}


PROMISES: Final = Kind(
    AgreementKind.PROMISE,
    PromiseOut,
    Page[PromiseOut],
    cancelling="Take a promise back; what it paused goes on.",
)
router = PROMISES.router()


@router.post(**PROMISES.making(AmountNotOwed, PromiseLimitReached))
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
    return await PROMISES.made(session, response, made)


add_common_routes(router, PROMISES)
