"""When a clock has something to do next, and how it learns that the calendar changed."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from services.billing.clock import store
from services.billing.clock.rules import swept
from services.billing.clock.store import ClockState
from services.billing.terms.store import Terms
from shared import clock
from shared.db import Connection
from shared.tenancy import Organization

WAKE: Final = "SELECT pg_notify('duesline_timer', 'due-clock')"


def next_wake(organization: Organization, swept_through: date) -> datetime | None:
    """The real instant at which the calendar leaves the last swept day.

    None for an inactive organization: its clock stands still and catches up when the
    organization is active again.
    """
    if not organization.active:
        return None
    return organization.instant_of(swept_through + timedelta(days=1))


async def follow_calendars(tx: Connection, organizations: Iterable[Organization]) -> None:
    """Start the clock of a new organization; set the next wake of one whose calendar changed."""
    known = {organization.id: organization for organization in organizations}
    held = await store.hold(tx, known)
    clocks = []
    for organization in known.values():
        state = held.get(organization.id) or _started(organization)
        at = next_wake(organization, state.swept_through)
        clocks.append(replace(state, next_at=at))
    await store.put(tx, clocks)
    if any(state.next_at is not None and state.next_at <= clock.now() for state in clocks):
        await tx.execute(WAKE)


def _started(organization: Organization) -> ClockState:
    """A clock without a past: no invoice is older than its organization."""
    today = organization.today()
    marks = swept(today, Terms().due_soon_days)
    return ClockState(organization.id, None, today, marks)
