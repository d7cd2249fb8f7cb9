"""Offering to settle a debt for less."""

from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.agreements import operations as agreements
from services.collections.agreements.model import Agreement
from services.collections.agreements.operations import Wanted
from services.collections.agreements.problems import AmountNotOwed
from services.collections.agreements.rules import AgreementKind, Instalment
from services.collections.cases.sight import Sight
from services.collections.policies.limits import expect_reachable
from shared.money import Money

MOST_DAYS_AHEAD: Final = 180


async def offer(
    session: AsyncSession,
    sight: Sight,
    case_id: UUID,
    *,
    amount: Money,
    until: date,
    note: str | None,
) -> Agreement:
    """Offer to take less than what is overdue, by a day, for all of it."""
    on = await agreements.ground(session, sight, case_id)
    owed = Money(on.case.debt_minor, on.case.currency)
    if not 0 < amount.minor < owed.minor:
        raise AmountNotOwed(amount, owed)
    expect_reachable(until, on.terms.today, MOST_DAYS_AHEAD)
    wanted = Wanted(AgreementKind.OFFER, [Instalment(1, until, amount.minor)], note=note)
    return await agreements.make(session, sight, on, wanted)
