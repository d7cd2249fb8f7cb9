"""Time -> announcements: the sweep that says what has become due."""

from dataclasses import replace
from typing import Final
from uuid import UUID

import structlog

from services.billing.clock import store
from services.billing.clock.operations import next_wake
from services.billing.clock.rules import stretches
from services.billing.terms import store as terms_store
from shared import clock
from shared.bus.apply import is_outage
from shared.db import Connection, Database
from shared.tenancy import load_organization
from shared.timers import every

log = structlog.get_logger(__name__)

MOST_PER_TRANSACTION: Final = 50_000


@every(seconds=1.0)
async def due_clock(db: Database) -> int:
    """Announce what has become due in every organization whose day has changed.

    An organization whose sweep fails is tried again next time and stops no other.
    """
    async with db.transaction(None) as tx:
        waiting = await store.due(tx, clock.now())
    announced, failures = 0, []
    for organization_id in waiting:
        try:
            announced += await sweep(db, organization_id)
        except Exception as failure:
            if is_outage(failure):
                raise
            log.exception("sweep-failed", organization=str(organization_id))
            failures.append(failure)
    if failures:
        raise ExceptionGroup(f"{len(failures)} of {len(waiting)} sweeps failed", failures)
    return announced


async def sweep(db: Database, organization_id: UUID, most: int = MOST_PER_TRANSACTION) -> int:
    """Bring one organization's clock up to its today, in transactions of at most `most` events."""
    announced, finished = 0, False
    while not finished:
        async with db.transaction(None) as tx:
            said, finished = await sweep_page(tx, organization_id, most)
        announced += said
    return announced


async def sweep_page(tx: Connection, organization_id: UUID, most: int) -> tuple[int, bool]:
    """One page of a sweep: how many were announced, and whether the clock is up to date.

    The marks move in the same transaction, so a page that is cut off never happened and a
    worker that comes second finds nothing left to say.
    """
    state = await store.take(tx, organization_id)
    organization = await load_organization(tx, organization_id)
    terms = (await terms_store.load(tx, [organization_id]))[organization_id]
    today, marks, said = organization.today(), state.marks, 0
    for stretch in stretches(marks, today, terms.due_soon_days):
        count, mark = await store.announce(tx, organization_id, stretch, most - said)
        said += count
        marks = replace(marks, **{stretch.kind.value: mark})
        if mark != stretch.end:
            await store.put(tx, [replace(state, marks=marks)])
            return said, False
    through = max(today, state.swept_through)
    at = next_wake(organization, through)
    await store.put(tx, [replace(state, marks=marks, swept_through=through, next_at=at)])
    return said, True
