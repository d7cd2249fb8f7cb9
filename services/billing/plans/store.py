"""The SQL of plans."""

from collections.abc import Iterable
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from services.billing.invoices.rules import TaxCategory
from services.billing.plans.model import Plan
from services.billing.plans.rules import (
    Interval,
    PlanTerms,
    Price,
    SuspendedRule,
    Timing,
    UnusedRule,
)
from shared.db import Connection
from shared.problems import NotFound

TERMS: Final = """
SELECT p.id, p.name, p.interval, p.timing, p.tax_rate, p.price_includes_tax, p.setup_fee_minor,
    p.suspended_rule, p.unused_rule, p.tax_category, p.category_id,
    (SELECT coalesce(json_agg(json_build_array(r.starts_on, r.price_minor) ORDER BY r.starts_on),
        '[]') FROM plan_price AS r WHERE r.plan_id = p.id) AS prices
FROM plan AS p WHERE p.organization_id = %s AND p.id = ANY(%s)
"""


def listing(organization_id: UUID) -> Select[Plan]:
    """The plans of an organization, with their prices."""
    return (
        select(Plan)
        .where(Plan.organization_id == organization_id)
        .options(selectinload(Plan.prices))
    )


async def find(session: AsyncSession, organization_id: UUID, plan_id: UUID) -> Plan | None:
    """A plan with its prices."""
    query = listing(organization_id).where(Plan.id == plan_id)
    return (await session.scalars(query)).one_or_none()


async def read(session: AsyncSession, organization_id: UUID, plan_id: UUID) -> Plan:
    """A plan with its prices; raises NotFound."""
    plan = await find(session, organization_id, plan_id)
    if plan is None:
        raise NotFound("plan", plan_id)
    return plan


async def lock(session: AsyncSession, organization_id: UUID, plan_id: UUID) -> Plan:
    """A plan with its prices, to be changed; raises NotFound."""
    query = listing(organization_id).where(Plan.id == plan_id).with_for_update()
    plan = (await session.scalars(query)).one_or_none()
    if plan is None:
        raise NotFound("plan", plan_id)
    return plan


async def terms(
    tx: Connection, organization_id: UUID, plan_ids: Iterable[UUID]
) -> dict[UUID, PlanTerms]:
    """What decides the amounts of these plans."""
    cursor = await tx.execute(TERMS, (organization_id, list(set(plan_ids))))
    return {
        row["id"]: PlanTerms(
            id=row["id"],
            name=row["name"],
            interval=Interval(row["interval"]),
            timing=Timing(row["timing"]),
            tax_rate=row["tax_rate"],
            price_includes_tax=row["price_includes_tax"],
            setup_fee_minor=row["setup_fee_minor"],
            suspended_rule=SuspendedRule(row["suspended_rule"]),
            prices=tuple(Price(date.fromisoformat(day), minor) for day, minor in row["prices"]),
            tax_category=TaxCategory(row["tax_category"]),
            category_id=row["category_id"],
            unused_rule=UnusedRule(row["unused_rule"]),
        )
        for row in await cursor.fetchall()
    }
