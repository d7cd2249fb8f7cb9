"""Lines that were sold a plan by its name become subscribed to it, all at once."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.plans import store as plans_store
from services.billing.plans.problems import PlanInactive
from services.billing.subscriptions import rules, store
from services.billing.subscriptions.model import within_reach
from services.billing.subscriptions.rules import Change, SubscriptionStatus, Terms
from shared.db import raw
from shared.tenancy import Organization


async def adopt(
    session: AsyncSession,
    organization: Organization,
    plan_id: UUID,
    starts_on: date | None,
    billing_day: int | None,
    *,
    keep_prices: bool,
    by: str,
) -> tuple[int, int]:
    """Subscribe the lines of a plan's name that have no subscription; how many, and are left."""
    plan = await plans_store.read(session, organization.id, plan_id)
    if not plan.active:
        raise PlanInactive(plan_id)
    today = organization.today()
    first = within_reach(starts_on or today, today, "starts_on")
    anchor = rules.anchor_of(first, billing_day)
    terms = plan.terms()
    start = Change(first, Terms(SubscriptionStatus.ACTIVE, plan.id, rules.ONE, None))
    on = rules.bills_on(first, anchor, [start], {plan.id: terms}, looks_back=False)
    facts = {
        "organization_id": organization.id,
        "plan_id": plan.id,
        "name": plan.name,
        "keep_prices": keep_prices,
        "starts_on": first,
        "billing_day": billing_day,
        "anchor_on": anchor,
        "bills_on": on,
        "by": by,
    }
    return await store.adopt(await raw(session), facts)
