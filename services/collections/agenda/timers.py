"""Keeps the agenda: judges whoever has an appointment, a page at a time."""

from typing import Final

from services.collections.agenda import store
from services.collections.enforcement.locks import Customers, hold
from services.collections.enforcement.operations import assess
from services.collections.enforcement.rules import Cause, Concern, Push
from shared import clock
from shared.db import Database
from shared.timers import every

PAGE: Final = 1000
CAUSE: Final = "collections.moment-come"


@every(seconds=1.0)
async def keep_agenda(db: Database) -> int:
    """Judge everybody whose moment has come; how many orders that gave.

    An appointment is taken off in the transaction that judges it: a worker that dies leaves
    it, and two workers never take the same.
    """
    changed = 0
    while True:
        async with db.transaction(None) as tx:
            organization_id = await store.organization_due(tx, clock.now())
            if organization_id is None:
                return changed
            due = await store.take(tx, organization_id, clock.now(), PAGE)
            if not due:
                return changed
            await hold(tx, Customers((each.organization_id, each.customer_id) for each in due))
            cause = Cause(CAUSE)
            tally = await assess(
                tx,
                [
                    Concern(
                        each.organization_id,
                        each.customer_id,
                        each.line_id,
                        Push.EITHER,
                        cause,
                        whole=each.line_id is None,
                    )
                    for each in due
                ],
            )
            changed += tally.suspended + tally.reactivated
