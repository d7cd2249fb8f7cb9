"""Cancelled lines -> the end of their subscriptions, on the day the line was cancelled."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.billing.plans import store as plans_store
from services.billing.plans.rules import PlanTerms
from services.billing.subscriptions import store
from services.billing.subscriptions.rules import Change, SubscriptionStatus, Terms, bills_on
from shared.bus.handlers import on
from shared.contracts.customers import CustomersImported, LineCancelled, LineStatus
from shared.contracts.event import Event
from shared.db import Connection


@on(LineCancelled, CustomersImported)
async def end_with_their_lines(
    tx: Connection, events: Sequence[Event[LineCancelled] | Event[CustomersImported]]
) -> None:
    """Cancel the subscriptions of cancelled lines; what they have not used is credited later."""
    ended: set[UUID] = set()
    for event in events:
        match event.data:
            case LineCancelled() as line:
                ended.add(line.line_id)
            case CustomersImported() as page:
                ended |= {
                    each.line_id for each in page.lines if each.status is LineStatus.CANCELLED
                }
    if not ended:
        return
    rows = [row for row in await store.lock_of_cancelled(tx, list(ended)) if row["since"]]
    if not rows:
        return
    timelines = await store.timelines(tx, [row["id"] for row in rows])
    plans: dict[UUID, PlanTerms] = {}
    for organization_id in {row["organization_id"] for row in rows}:
        used = {each["plan_id"] for changes in timelines.values() for each in changes}
        plans |= await plans_store.terms(tx, organization_id, used)
    await store.cancel(tx, [_ended(row, timelines[row["id"]], plans) for row in rows])


def _ended(
    row: Mapping[str, Any], changes: Sequence[Mapping[str, Any]], plans: Mapping[UUID, PlanTerms]
) -> dict[str, Any]:
    """The subscription as it is with its end."""
    ends_on: date = max(row["since"], row["starts_on"])
    timeline = [
        *map(change_of, changes),
        Change(
            ends_on,
            Terms(
                SubscriptionStatus.CANCELLED,
                row["plan_id"],
                row["quantity"],
                row["price_override_minor"],
            ),
        ),
    ]
    look_back = row["look_back_from"]
    if ends_on < row["next_start"]:
        look_back = min(ends_on, look_back or ends_on)
    on = bills_on(
        row["next_start"],
        row["anchor_on"],
        timeline,
        plans,
        looks_back=look_back is not None,
        again_on=row["again_on"],
    )
    same = ("id", "organization_id", "plan_id", "price_override_minor")
    return {name: row[name] for name in same} | {
        "quantity": str(row["quantity"]),
        "ends_on": ends_on,
        "look_back_from": look_back,
        "credit_on": None if look_back is None else ends_on,
        "bills_on": on,
        "position": row["changes"] + 1,
    }


def change_of(row: Mapping[str, Any]) -> Change:
    """A row of subscription_change as the rules take it."""
    terms = Terms(
        SubscriptionStatus(row["status"]),
        row["plan_id"],
        row["quantity"],
        row["price_override_minor"],
    )
    return Change(row["effective_on"], terms)
