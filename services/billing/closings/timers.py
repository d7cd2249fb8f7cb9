"""Time -> closings: on its last day what a subscription has not used is credited."""

from typing import Final

import structlog

from services.billing.closings import store
from services.billing.closings.operations import close
from shared import clock
from shared.bus.apply import is_outage
from shared.db import Database
from shared.tenancy import load_organization
from shared.timers import every

log = structlog.get_logger(__name__)

MOST_AT_ONCE: Final = 500


@every(seconds=5.0)
async def close_subscriptions(db: Database) -> int:
    """Close what is to be closed, each subscription in a transaction of its own.

    One that fails is tried again next time and stops no other.
    """
    closed, failures = 0, []
    async with db.transaction(None) as tx:
        waiting = await store.due(tx, clock.now(), MOST_AT_ONCE)
    for organization_id, subscription_id in waiting:
        try:
            async with db.session(None) as session:
                organization = await load_organization(session, organization_id)
                closed += await close(session, organization, subscription_id)
        except Exception as failure:
            if is_outage(failure):
                raise
            log.exception("closing-failed", subscription=str(subscription_id))
            failures.append(failure)
    if failures:
        raise ExceptionGroup(f"{len(failures)} of {len(waiting)} closings failed", failures)
    return closed
