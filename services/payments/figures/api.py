"""HTTP for sums of payments."""

from datetime import date, timedelta
from typing import Final

from fastapi import APIRouter
from pydantic import BaseModel

from services.payments.figures import store
from shared.auth import Role, allow
from shared.http import OrganizationId, Session, Transactional
from shared.money import MoneyOut
from shared.problems import problem_docs
from shared.tenancy import UnknownOrganization, load_organization

router = APIRouter(prefix="/payments", tags=["payments"], route_class=Transactional)
MONTH: Final = timedelta(days=29)


class Received(BaseModel):
    """Payments of some days."""

    count: int
    amount: MoneyOut


class PaymentsSummary(BaseModel):
    """Payments of the organization's today, and of the 30 days that end with it."""

    today: Received
    last_30_days: Received


@router.get("/summary", dependencies=[allow(*Role)], responses=problem_docs(UnknownOrganization))
async def summarize_payments(organization_id: OrganizationId, session: Session) -> PaymentsSummary:
    """Payments in figures, by the organization's calendar and in its currency."""
    organization = await load_organization(session, organization_id)
    today, currency = organization.today(), organization.currency

    async def of(first: date) -> Received:
        count, minor = await store.received(session, organization_id, first, today, currency)
        return Received(count=count, amount=MoneyOut.of(minor, currency))

    return PaymentsSummary(today=await of(today), last_30_days=await of(today - MONTH))
