"""Collections' orders -> late fees."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import structlog

from services.billing.clock import store as clock_store
from services.billing.late_fees import store
from services.billing.late_fees.operations import issue, prepared
from services.billing.late_fees.rules import Late, Refusal, Rule, against, period_of
from shared.bus.handlers import NotYet, on
from shared.contracts.collections import LateFeeOrdered
from shared.contracts.event import Event
from shared.db import Connection
from shared.tenancy import Organization, require_organizations

log = structlog.get_logger(__name__)

# Collections has judged the due date, by its own calendar and pauses.
COLLECTIONS_BUSINESS: Final = Refusal.NOT_OVERDUE
Order = Event[LateFeeOrdered]


class NoSuchRule(Exception):
    """An order names a late-fee rule that its organization does not have."""


@on(LateFeeOrdered)
async def charge_ordered_fees(tx: Connection, orders: Sequence[Order]) -> None:
    """Charge each invoice once per rule and period, however often it is ordered.

    What has been paid, voided or given up since the order is charged nothing.
    """
    organizations = await require_organizations(tx, {order.organization for order in orders})
    clocks = await clock_store.hold(tx, organizations)
    known = await store.lock(tx, [order.data.invoice_id for order in orders])
    for order in orders:
        found = known.get(order.data.invoice_id)
        if found is None or found.organization_id != order.organization:
            raise NotYet(f"invoice {order.data.invoice_id}")
    rules = await store.rules(tx, [(order.organization, order.data.rule) for order in orders])
    charged = set(await store.charged(tx, known))
    ordered = []
    for order in orders:
        late = known[order.data.invoice_id]
        rule = _rule(order, rules)
        period = period_of(rule, order.data.ordered_on, order.data.period)
        key = (late.id, rule.code, period)
        if key in charged or not _stands(late, rule, organizations[order.organization]):
            continue
        charged.add(key)
        ordered.append(prepared(organizations[order.organization], late, rule, period, order))
    await issue(tx, clocks, ordered)


def _rule(order: Order, rules: Mapping[tuple[UUID, str], Rule]) -> Rule:
    found = rules.get((order.organization, order.data.rule))
    if found is None:
        raise NoSuchRule(order.data.rule)
    return found


def _stands(late: Late, rule: Rule, organization: Organization) -> bool:
    """Whether an order still stands; it is logged when it does not."""
    refusal = against(rule, late, organization.today())
    if refusal in (None, COLLECTIONS_BUSINESS):
        return True
    log.info("late-fee-not-charged", invoice_id=str(late.id), rule=rule.code, reason=refusal)
    return False
