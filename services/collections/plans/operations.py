"""Agreeing on a payment plan."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.agreements import operations as agreements
from services.collections.agreements.model import Agreement
from services.collections.agreements.operations import Ground, Wanted
from services.collections.agreements.rules import AgreementKind, Instalment
from services.collections.cases import store as cases
from services.collections.cases.sight import Sight
from services.collections.plans.problems import PlanSumDiffers
from services.collections.policies.limits import expect_reachable
from services.collections.policies.rules import SuspendScope
from shared.money import Money

MOST_DAYS_AHEAD: Final = 5 * 366
Schedule = Callable[[Money, date], Sequence[Instalment]]


async def agree(
    session: AsyncSession,
    sight: Sight,
    case_id: UUID,
    *,
    schedule: Schedule,
    fee_minor: int,
    grace_days: int,
    note: str | None,
) -> Agreement:
    """Agree to pay what is overdue, and a fee, in instalments.

    `schedule` makes the instalments of a total; what comes to another sum is refused.
    """
    on = await agreements.ground(session, sight, case_id)
    total = Money(on.case.debt_minor + fee_minor, on.case.currency)
    instalments = schedule(total, on.terms.today)
    given = Money(sum(each.amount_minor for each in instalments), on.case.currency)
    if given != total:
        raise PlanSumDiffers(given, total)
    for each in instalments:
        expect_reachable(each.due_on, on.terms.today, MOST_DAYS_AHEAD)
    wanted = Wanted(
        AgreementKind.PLAN,
        instalments,
        invoice_ids=await _overdue(session, on),
        fee_minor=fee_minor,
        grace_days=grace_days,
        note=note,
    )
    return await agreements.make(session, sight, on, wanted)


async def _overdue(session: AsyncSession, on: Ground) -> list[UUID]:
    """The invoices that make the debt of a case."""
    case, terms = on.case, on.terms
    jointly = terms.policy.suspend_scope is SuspendScope.CUSTOMER
    return [
        debt.invoice_id
        for debt in await cases.debts(session, case)
        if debt.due_on < terms.today
        and debt.currency == case.currency
        and (jointly or debt.line_id == case.line_id)
    ]
