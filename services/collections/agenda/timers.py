"""Keeps the agenda: judges whoever has an appointment, a page at a time."""

from typing import Final
from uuid import UUID

from services.collections.agenda import store
from services.collections.agenda.store import Due
from services.collections.enforcement.apart import assess_apart
from services.collections.enforcement.locks import Customers, hold
from services.collections.enforcement.rules import Cause, Concern, Push
from services.collections.runs import store as runs
from services.collections.runs.rules import RunReason, RunStatus
from shared import clock
from shared.db import Connection, Database
from shared.tenancy import load_organization
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
            changed += await _judge(tx, organization_id, due)


async def _judge(tx: Connection, organization_id: UUID, due: list[Due]) -> int:
    """Judge a page of appointments, on the record of the day's moments."""
    organization = await load_organization(tx, organization_id)
    run_id = await runs.keep_record(
        tx, organization_id, RunReason.MOMENT, organization.today(), RunStatus.FINISHED
    )
    cause = Cause(CAUSE, run_id=run_id)
    concerns = [
        Concern(
            each.organization_id,
            each.customer_id,
            each.line_id,
            Push.EITHER,
            cause,
            whole=each.line_id is None,
        )
        for each in due
    ]
    tally, failures = await assess_apart(tx, concerns)
    await runs.count(tx, run_id, tally, failures)
    return tally.suspended + tally.reactivated
