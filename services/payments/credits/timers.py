"""Time -> account credit: what has come pays what it shall."""

from collections import defaultdict
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import structlog

from services.payments.credits import store
from services.payments.credits.operations import apply_waiting
from shared import clock
from shared.bus.apply import is_outage
from shared.db import Database
from shared.timers import every

log = structlog.get_logger(__name__)

PAGE: Final = 500
FIRST: Final = (datetime.min.replace(tzinfo=UTC), UUID(int=0))


@every(seconds=2.0)
async def apply_credit(db: Database) -> int:
    """Let credit that has grown pay invoices, first in first out; how many credits were looked at.

    Facts decide: what was paid meanwhile is not paid twice, however often and in however many
    workers this runs. An organization at which it fails stops no other.
    """
    looked, after, failures = 0, FIRST, []
    while True:
        async with db.transaction(None) as tx:
            page = await store.waiting(tx, after, PAGE)
        by_organization: defaultdict[UUID, list[UUID]] = defaultdict(list)
        for grown_at, credit_id, organization_id in page:
            by_organization[organization_id].append(credit_id)
            after = grown_at, credit_id
        for organization_id, credit_ids in by_organization.items():
            now = clock.now()
            try:
                async with db.transaction(organization_id) as tx:
                    await apply_waiting(tx, organization_id, credit_ids)
                    await store.looked_at(tx, credit_ids, now)
            except Exception as failure:
                if is_outage(failure):
                    raise
                log.exception("credit-not-applied", organization=str(organization_id))
                failures.append(failure)
        looked += len(page)
        if len(page) < PAGE:
            break
    if failures:
        raise ExceptionGroup(f"credit of {len(failures)} organizations was not applied", failures)
    return looked
