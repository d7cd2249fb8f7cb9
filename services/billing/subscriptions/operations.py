"""What a person does with subscriptions; each function is one request's whole effect."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.customers.operations import require_billable
from services.billing.plans import store as plans_store
from services.billing.plans.problems import PlanInactive, PlanUnknown
from services.billing.plans.rules import PlanTerms
from services.billing.subscriptions import rules, store
from services.billing.subscriptions.model import Subscription, within_reach
from services.billing.subscriptions.problems import LineNotServed, RhythmChange
from services.billing.subscriptions.rules import ChangeKind, SubscriptionStatus, Terms
from shared import clock
from shared.db import raw
from shared.http import expect_version
from shared.ids import new_id
from shared.tenancy import Organization

ALLOWED: Final = {
    ChangeKind.CHANGED: (
        (SubscriptionStatus.ACTIVE, SubscriptionStatus.PAUSED),
        "it is charged for nothing any more",
    ),
    ChangeKind.PAUSED: ((SubscriptionStatus.ACTIVE,), "only an active one can be paused"),
    ChangeKind.RESUMED: ((SubscriptionStatus.PAUSED,), "only a paused one can be resumed"),
    ChangeKind.CANCELLED: ((SubscriptionStatus.ACTIVE, SubscriptionStatus.PAUSED), "it ends once"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody is to be subscribed to."""

    customer_id: UUID
    line_id: UUID | None
    plan_id: UUID
    starts_on: date | None
    billing_day: int | None
    quantity: Decimal
    price_override_minor: int | None
    setup_fee: bool


async def create(
    session: AsyncSession, organization: Organization, wanted: Wanted, by: str
) -> Subscription:
    """Subscribe a customer, or one of its lines, to a plan."""
    connection = await raw(session)
    today = organization.today()
    starts_on = within_reach(wanted.starts_on or today, today, "starts_on")
    await require_billable(connection, organization.id, wanted.customer_id, wanted.line_id)
    await _require_served(session, organization.id, wanted.line_id)
    plan = await _require_plan(session, organization.id, wanted.plan_id)
    now = clock.now()
    subscription = Subscription(
        id=new_id(),
        organization_id=organization.id,
        customer_id=wanted.customer_id,
        line_id=wanted.line_id,
        starts_on=starts_on,
        ends_on=None,
        billing_day=wanted.billing_day,
        anchor_on=rules.anchor_of(starts_on, wanted.billing_day),
        next_start=starts_on,
        look_back_from=None,
        again_on=None,
        credit_on=None,
        setup_due=wanted.setup_fee,
        version=1,
        created_at=now,
        updated_at=now,
        history=[],
    )
    terms = Terms(SubscriptionStatus.ACTIVE, plan.id, wanted.quantity, wanted.price_override_minor)
    subscription.record(ChangeKind.STARTED, starts_on, terms, by=by)
    _reschedule(subscription, {plan.id: plan})
    session.add(subscription)
    await session.flush()
    return subscription


async def amend(
    session: AsyncSession,
    organization: Organization,
    subscription_id: UUID,
    seen: int | None,
    kind: ChangeKind,
    on: date | None,
    amended: Callable[[Terms], Terms],
    *,
    by: str,
    reason: str | None = None,
) -> Subscription:
    """Put other terms in force from a day on; what was billed beyond it is made good later."""
    subscription = await store.lock(session, organization.id, subscription_id)
    expect_version(seen, subscription.version)
    allowed, what = ALLOWED[kind]
    subscription.require(*allowed, what=what)
    day = within_reach(on or organization.today(), organization.today(), "on")
    before = subscription.terms
    terms = amended(before)
    if terms.plan_id != before.plan_id:
        await _require_plan(session, organization.id, terms.plan_id)
    used = {each.plan_id for each in subscription.history} | {terms.plan_id}
    plans = await plans_store.terms(await raw(session), organization.id, used)
    if not plans[terms.plan_id].same_rhythm(plans[before.plan_id]):
        _require_boundary(subscription, day, plans)
    subscription.record(kind, day, terms, by=by, reason=reason)
    _reschedule(subscription, plans)
    subscription.version += 1
    await session.flush()
    return subscription


def with_status(status: SubscriptionStatus) -> Callable[[Terms], Terms]:
    """The same terms in another status."""
    return lambda terms: replace(terms, status=status)


def _reschedule(subscription: Subscription, plans: dict[UUID, PlanTerms]) -> None:
    subscription.bills_on = rules.bills_on(
        subscription.next_start,
        subscription.anchor_on,
        subscription.timeline(),
        plans,
        looks_back=subscription.look_back_from is not None,
        again_on=subscription.again_on,
    )


def _require_boundary(subscription: Subscription, day: date, plans: dict[UUID, PlanTerms]) -> None:
    """Raise RhythmChange unless a period that is not billed yet begins on the day."""
    at, timeline = subscription.next_start, subscription.timeline()
    while at < day:
        months = plans[rules.terms_on(timeline, at).plan_id].interval.months
        at = rules.period_at(at, subscription.anchor_on, months).end
    if at != day:
        raise RhythmChange(subscription.id, max(subscription.next_start, at))


async def _require_plan(session: AsyncSession, organization_id: UUID, plan_id: UUID) -> PlanTerms:
    plan = await plans_store.find(session, organization_id, plan_id)
    if plan is None:
        raise PlanUnknown(plan_id)
    if not plan.active:
        raise PlanInactive(plan_id)
    return plan.terms()


async def _require_served(
    session: AsyncSession, organization_id: UUID, line_id: UUID | None
) -> None:
    if line_id is None:
        return
    status = await store.line_status(session, organization_id, line_id)
    if status == "cancelled":
        raise LineNotServed(line_id)
