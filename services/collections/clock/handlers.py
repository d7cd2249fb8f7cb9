"""An organization's clock moved, or it has just got one."""

from collections.abc import Sequence
from datetime import timedelta

from services.collections.agenda import store as agenda
from services.collections.clock import store
from services.collections.clock.store import BEFORE_EVERYTHING
from services.collections.runs.rules import RunReason
from services.collections.runs.store import request_runs
from shared import clock
from shared.bus.handlers import on
from shared.contracts.customers import OrganizationChanged
from shared.contracts.event import Event
from shared.db import Connection
from shared.tenancy import load_organizations


@on(OrganizationChanged)
async def reset_clocks(tx: Connection, events: Sequence[Event[OrganizationChanged]]) -> None:
    """Look at each organization again when its calendar reaches the next day.

    A new organization starts before every due date, so that debts heard of before it are
    judged too. Where the calendar went back (its time zone changed), whoever was judged by
    a day that has not come yet is judged again by a run. Pauses and exemptions begin and end
    on days of the calendar as it is now.
    """
    found = await load_organizations(tx, {event.data.organization_id for event in events})
    known = await store.watermarks(tx, found)
    clocks, gone_back = [], []
    for organization in found.values():
        watermark, today = known.get(organization.id, BEFORE_EVERYTHING), organization.today()
        if watermark > today:
            watermark = today
            gone_back.append(organization.id)
        next_at = (
            clock.now()
            if watermark < today
            else organization.instant_of(watermark + timedelta(days=1))
        )
        clocks.append((organization.id, watermark, next_at))
    await store.set_clocks(tx, clocks)
    await agenda.follow_zones(tx, found, clock.now())
    await request_runs(tx, gone_back, RunReason.CALENDAR)
