"""The clock of reminders: each organization's day, at its hour, once.

Nothing is stored about when an invoice will be reminded of: a day's due dates follow from the
schedule, and their open invoices are paged through by index. An idle tick asks one index
whether any organization's hour has come.
"""

from datetime import timedelta
from typing import Final

from services.collections.reminders import store
from services.collections.reminders.choosing import wanted
from services.collections.reminders.operations import remind
from services.collections.reminders.rules import due_dates, instant_of
from services.collections.reminders.schedules import schedules_of
from services.collections.reminders.store import ReminderClock
from shared import clock
from shared.db import Connection, Database
from shared.tenancy import Organization, load_organization
from shared.timers import every

PAGE: Final = 500


@every(seconds=1.0)
async def remind_due(db: Database) -> int:
    """Remind everybody whose organization's hour has come; how many reminders that made.

    Short transactions: one opens a day, each page of invoices is one, the last closes the day.
    A worker that dies leaves its place, and the next goes on from there.
    """
    made = 0
    while True:
        async with db.transaction(None) as tx:
            due = await store.due(tx, clock.now())
            if due is None:
                return made
            organization = await load_organization(tx, due.organization_id)
            if due.target is None:
                await _open_day(tx, due, organization)
            else:
                made += await _remind_page(tx, due, organization)


async def _open_day(tx: Connection, due: ReminderClock, organization: Organization) -> None:
    schedule = (await schedules_of(tx, due.organization_id)).everybody
    today = organization.today()
    next_at = instant_of(organization, max(today, due.watermark + timedelta(days=1)), schedule.hour)
    if today > due.watermark and next_at <= clock.now():
        await store.open_day(tx, due.organization_id, today)
    else:
        soon = clock.now() + timedelta(seconds=1)
        await store.postpone(tx, due.organization_id, max(next_at, soon))


async def _remind_page(tx: Connection, due: ReminderClock, organization: Organization) -> int:
    """Remind of one page of invoices; after the last page, close the day.

    A day that ended while it was worked through is finished by what is true now.
    """
    assert due.target is not None
    schedules = await schedules_of(tx, due.organization_id)
    schedule = schedules.everybody
    dates = due_dates(schedule, due.watermark, due.target)
    page = await store.page(tx, organization, due, dates, PAGE)
    if not page:
        tomorrow = due.target + timedelta(days=1)
        await store.close_day(
            tx, due.organization_id, instant_of(organization, tomorrow, schedule.hour)
        )
        return 0
    told = await wanted(tx, schedules, page, due.watermark, due.target)
    made = await remind(tx, organization, schedule, told)
    await store.move_on(tx, due.organization_id, page[-1])
    return made
