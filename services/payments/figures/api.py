"""HTTP for sums of payments."""

from datetime import date, timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from services.payments.figures import store
from shared.auth import Role, allow
from shared.contracts.payments import PaymentMethod
from shared.http import OrganizationId, Session, Transactional
from shared.money import MoneyOut
from shared.problems import problem_docs
from shared.tenancy import UnknownOrganization, load_organization

router = APIRouter(prefix="/payments", tags=["payments"], route_class=Transactional)
MONTH: Final = timedelta(days=29)
EARLIEST: Final = date.min + MONTH


class Received(BaseModel):
    """Payments of some days."""

    count: int
    amount: MoneyOut


class ReceivedBy(Received):
    """Payments of one method, deposit account or day, and what went back of those."""

    key: str = Field(description="The method, the account's id, or the day.")
    returned: MoneyOut


class PaymentsSummary(BaseModel):
    """Payments of the organization's today, and of the 30 days that end with it.

    The rest is about the days asked for: those 30 when none are.
    """

    today: Received
    last_30_days: Received
    received_from: date
    received_to: date
    by_method: list[ReceivedBy]
    by_deposit_account: list[ReceivedBy]
    by_day: list[ReceivedBy]


@router.get("/summary", dependencies=[allow(*Role)], responses=problem_docs(UnknownOrganization))
async def summarize_payments(
    organization_id: OrganizationId,
    session: Session,
    received_from: Annotated[date | None, Query()] = None,
    received_to: Annotated[date | None, Query(description="This day included.")] = None,
    method: Annotated[PaymentMethod | None, Query()] = None,
    deposit_account_id: Annotated[UUID | None, Query()] = None,
    customer_id: Annotated[UUID | None, Query()] = None,
) -> PaymentsSummary:
    """Payments in figures, by the organization's calendar and in its currency."""
    organization = await load_organization(session, organization_id)
    today, currency = organization.today(), organization.currency

    async def of(first: date) -> Received:
        count, minor = await store.received(session, organization_id, first, today, currency)
        return Received(count=count, amount=MoneyOut.of(minor, currency))

    last = received_to or today
    first = received_from or max(min(last, today), EARLIEST) - MONTH
    found = await store.sums(
        session,
        organization_id=organization_id,
        currency=currency,
        first=first,
        last=last,
        method=method and method.value,
        deposit_account_id=deposit_account_id,
        customer_id=customer_id,
    )
    sums: dict[str, list[ReceivedBy]] = {"method": [], "account": [], "day": []}
    for row in found:
        sums[row["of"]].append(
            ReceivedBy(
                key=row["key"],
                count=row["payments"],
                amount=MoneyOut.of(row["amount_minor"], currency),
                returned=MoneyOut.of(row["returned_minor"], currency),
            )
        )
    return PaymentsSummary(
        today=await of(today),
        last_30_days=await of(today - MONTH),
        received_from=first,
        received_to=last,
        by_method=sums["method"],
        by_deposit_account=sums["account"],
        by_day=sums["day"],
    )
