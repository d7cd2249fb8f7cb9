"""Making a promise within what the policy lets a customer promise."""

from datetime import date, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.agreements import operations as agreements
from services.collections.agreements.model import Agreement
from services.collections.agreements.operations import Wanted
from services.collections.agreements.problems import AmountNotOwed
from services.collections.agreements.rules import AgreementKind, AgreementStatus, Instalment
from services.collections.cases.sight import Sight
from services.collections.policies.limits import expect_reachable, promises_of
from services.collections.promises.problems import PromiseLimitReached
from shared.money import Money

YEAR: Final = timedelta(days=365)


async def promise(
    session: AsyncSession,
    sight: Sight,
    case_id: UUID,
    *,
    amount: Money | None,
    by: date,
    restores: bool,
    note: str | None,
) -> Agreement:
    """Take a promise to pay an amount (all that is overdue, if none is given) by a day."""
    on = await agreements.ground(session, sight, case_id)
    owed = Money(on.case.debt_minor, on.case.currency)
    asked = amount or owed
    if not 0 < asked.minor <= owed.minor:
        raise AmountNotOwed(asked, owed)
    limits = promises_of(on.terms)
    expect_reachable(by, on.terms.today, limits.most_days_ahead)
    made = await _made_in_a_year(session, on.case.customer_id, on.terms.today)
    if made >= limits.per_year:
        raise PromiseLimitReached(on.case.customer_id, made, limits.per_year)
    wanted = Wanted(
        AgreementKind.PROMISE, [Instalment(1, by, asked.minor)], restores=restores, note=note
    )
    return await agreements.make(session, sight, on, wanted)


async def _made_in_a_year(session: AsyncSession, customer_id: UUID, today: date) -> int:
    """Served by ix_agreement_customer."""
    query = select(func.count()).where(
        Agreement.customer_id == customer_id,
        Agreement.kind == AgreementKind.PROMISE.value,
        Agreement.status != AgreementStatus.CANCELLED.value,
        Agreement.made_on > today - YEAR,
    )
    return int(await session.scalar(query) or 0)
