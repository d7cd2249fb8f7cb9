"""The SQL of subscriptions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from services.billing.customers.model import Customer, Line
from services.billing.plans.model import Plan
from services.billing.subscriptions.model import Subscription, SubscriptionChange
from services.billing.subscriptions.rules import SubscriptionStatus
from shared.db import Connection, json_rows
from shared.problems import NotFound

MOST_ADOPTED: Final = 200_000
"""The most lines one request subscribes; it says how many are left."""

UNSUBSCRIBED: Final = """
FROM line AS l JOIN customer AS c ON c.id = l.customer_id AND c.active
WHERE l.organization_id = %(organization_id)s AND l.plan_name = %(name)s
  AND l.status <> 'cancelled'
  AND NOT EXISTS (SELECT FROM subscription AS s WHERE s.line_id = l.id AND s.status <> 'cancelled')
"""
# One adoption at a time per organization, so that a line is not subscribed by two.
LOCK: Final = 0x61646F70  # "adop"
ALONE: Final = "SELECT pg_advisory_xact_lock(%s, hashtext(%s::uuid::text))"
ADOPT: Final = f"""
WITH made AS (
    INSERT INTO subscription (id, organization_id, customer_id, line_id, plan_id, quantity,
        price_override_minor, status, starts_on, changed_on, changes, billing_day, anchor_on,
        next_start, bills_on, setup_due)
    SELECT duesline_uuid7(), l.organization_id, l.customer_id, l.id, %(plan_id)s, 1,
        CASE WHEN %(keep_prices)s THEN l.price_minor END, 'active', %(starts_on)s, %(starts_on)s, 1,
        %(billing_day)s, %(anchor_on)s, %(starts_on)s, %(bills_on)s, false
    {UNSUBSCRIBED} LIMIT {MOST_ADOPTED}
    RETURNING id, organization_id, status, plan_id, quantity, price_override_minor
)
INSERT INTO subscription_change (organization_id, subscription_id, position, kind, effective_on,
    status, plan_id, quantity, price_override_minor, made_by)
SELECT organization_id, id, 1, 'started', %(starts_on)s, status, plan_id, quantity,
    price_override_minor, %(by)s
FROM made
"""
LEFT: Final = f"SELECT count(*) AS left {UNSUBSCRIBED}"
# In the order of ids, so that two batches, or a bill run, cannot deadlock.
OF_CANCELLED: Final = """
SELECT s.id, s.organization_id, s.starts_on, s.next_start, s.anchor_on, s.look_back_from,
    s.again_on, s.changes, s.plan_id, s.quantity, s.price_override_minor,
    (SELECT min(t.since) FROM line_status AS t
     WHERE t.line_id = s.line_id AND t.status = 'cancelled') AS since
FROM subscription AS s WHERE s.line_id = ANY(%s) AND s.status <> 'cancelled'
ORDER BY s.id FOR UPDATE OF s
"""
CANCEL: Final = """
WITH r AS (
    SELECT * FROM json_to_recordset(%s::json) AS r(
        id uuid, organization_id uuid, ends_on date, look_back_from date, credit_on date,
        bills_on date, position int, plan_id uuid, quantity numeric, price_override_minor bigint)
), ended AS (
    UPDATE subscription AS s SET status = 'cancelled', ends_on = r.ends_on,
        changed_on = r.ends_on, changes = r.position, look_back_from = r.look_back_from,
        credit_on = r.credit_on, bills_on = r.bills_on, version = s.version + 1, updated_at = now()
    FROM r WHERE s.id = r.id
)
INSERT INTO subscription_change (organization_id, subscription_id, position, kind, effective_on,
    status, plan_id, quantity, price_override_minor, reason, made_by)
SELECT organization_id, id, position, 'cancelled', ends_on, 'cancelled', plan_id, quantity,
    price_override_minor, 'line cancelled', 'customers'
FROM r
"""
TIMELINES: Final = """
SELECT subscription_id, effective_on, status, plan_id, quantity, price_override_minor
FROM subscription_change WHERE subscription_id = ANY(%s) ORDER BY subscription_id, position
"""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a caller filters by; None filters nothing."""

    customer_id: UUID | None
    line_id: UUID | None
    plan_id: UUID | None
    status: SubscriptionStatus | None


def status_on(today: date) -> ColumnElement[str]:
    """The status of a row on a day: the last change's once that is in force, else an earlier's."""
    earlier = (
        select(SubscriptionChange.status)
        .where(
            SubscriptionChange.subscription_id == Subscription.id,
            SubscriptionChange.effective_on <= today,
        )
        .order_by(SubscriptionChange.position.desc())
        .limit(1)
        .scalar_subquery()
    )
    return case(
        (Subscription.changed_on <= today, Subscription.status),
        else_=func.coalesce(earlier, SubscriptionStatus.ACTIVE.value),
    )


def listing(
    organization_id: UUID, filters: Filters, today: date
) -> Select[Subscription, str, str | None, str]:
    """Subscriptions, each with its status today and the names of its customer and plan."""
    query = (
        select(Subscription, status_on(today), Customer.name, Plan.name)
        .join(Plan, Plan.id == Subscription.plan_id)
        .outerjoin(Customer, Customer.id == Subscription.customer_id)
        .where(Subscription.organization_id == organization_id)
    )
    equal = (
        (Subscription.customer_id, filters.customer_id),
        (Subscription.line_id, filters.line_id),
        (Subscription.plan_id, filters.plan_id),
    )
    query = query.where(*(column == value for column, value in equal if value is not None))
    if filters.status is not None:
        query = query.where(status_on(today) == filters.status.value)
    return query


async def lock(session: AsyncSession, organization_id: UUID, subscription_id: UUID) -> Subscription:
    """A subscription with its changes, to be changed; raises NotFound."""
    query = (
        select(Subscription)
        .where(Subscription.id == subscription_id, Subscription.organization_id == organization_id)
        .options(selectinload(Subscription.history))
        .with_for_update()
    )
    subscription = (await session.scalars(query)).one_or_none()
    if subscription is None:
        raise NotFound("subscription", subscription_id)
    return subscription


async def read(session: AsyncSession, organization_id: UUID, subscription_id: UUID) -> Subscription:
    """A subscription with its changes; raises NotFound."""
    query = (
        select(Subscription)
        .where(Subscription.id == subscription_id, Subscription.organization_id == organization_id)
        .options(selectinload(Subscription.history))
    )
    subscription = (await session.scalars(query)).one_or_none()
    if subscription is None:
        raise NotFound("subscription", subscription_id)
    return subscription


async def names(
    session: AsyncSession, subscription: Subscription
) -> tuple[str | None, dict[UUID, str]]:
    """The name of its customer and those of the plans it has had."""
    customer = await session.scalar(
        select(Customer.name).where(Customer.id == subscription.customer_id)
    )
    used = {each.plan_id for each in subscription.history}
    found = await session.execute(select(Plan.id, Plan.name).where(Plan.id.in_(used)))
    return customer, {plan_id: name for plan_id, name in found.all()}


async def line_status(session: AsyncSession, organization_id: UUID, line_id: UUID) -> str | None:
    """The status of a line as billing knows it."""
    query = select(Line.status).where(Line.id == line_id, Line.organization_id == organization_id)
    return await session.scalar(query)


async def adopt(tx: Connection, facts: dict[str, Any]) -> tuple[int, int]:
    """Subscribe lines that carry a plan's name and have no subscription; how many, and are left."""
    await tx.execute(ALONE, (LOCK, facts["organization_id"]))
    made = await tx.execute(ADOPT, facts)
    row = await (await tx.execute(LEFT, facts)).fetchone()
    return made.rowcount, row["left"] if row else 0


async def lock_of_cancelled(tx: Connection, line_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """The live subscriptions of cancelled lines, locked, with the day of the cancellation."""
    cursor = await tx.execute(OF_CANCELLED, (list(line_ids),))
    return await cursor.fetchall()


async def cancel(tx: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Store that subscriptions ended with their lines."""
    await tx.execute(CANCEL, (json_rows(rows),))


async def timelines(tx: Connection, ids: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """The changes of subscriptions, in the order they were made."""
    found: dict[UUID, list[dict[str, Any]]] = {}
    if ids:
        for row in await (await tx.execute(TIMELINES, (list(ids),))).fetchall():
            found.setdefault(row["subscription_id"], []).append(row)
    return found
