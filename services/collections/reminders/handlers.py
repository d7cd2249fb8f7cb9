"""What reminders hear: clocks that move, and billing's own word on due dates."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from services.collections.deliveries import store as deliveries
from services.collections.reminders import store
from services.collections.reminders.choosing import wanted
from services.collections.reminders.operations import remind
from services.collections.reminders.rules import instant_of
from services.collections.reminders.schedules import schedules_of
from shared import clock
from shared.bus.handlers import on
from shared.contracts.billing import InvoiceDueSoon, InvoiceDueToday
from shared.contracts.customers import OrganizationChanged
from shared.contracts.event import Event
from shared.db import Connection
from shared.tenancy import load_organizations


@on(OrganizationChanged)
async def set_reminder_clocks(tx: Connection, events: Sequence[Event[OrganizationChanged]]) -> None:
    """Look at each organization again when its clock comes to the hour of its next day.

    A new organization begins with today. Deliveries that wait for an hour of a clock that
    moved are looked at again at once.
    """
    found = await load_organizations(tx, {event.data.organization_id for event in events})
    known = await store.watermarks(tx, found)
    clocks = []
    for organization in found.values():
        today = organization.today()
        watermark = min(known.get(organization.id, today - timedelta(days=1)), today)
        hour = (await schedules_of(tx, organization.id)).everybody.hour
        next_at = instant_of(organization, watermark + timedelta(days=1), hour)
        clocks.append((organization.id, watermark, max(next_at, clock.now())))
    await store.set_clocks(tx, clocks)
    await deliveries.look_again(tx, list(known))


@on(InvoiceDueSoon, InvoiceDueToday)
async def remind_as_billing_says(
    tx: Connection, events: Sequence[Event[InvoiceDueSoon | InvoiceDueToday]]
) -> None:
    """Remind of invoices that entered their own window, and of those that are due today only
    since the day's round: what was issued or taken in after it.
    """
    said: dict[UUID, list[Event[InvoiceDueSoon | InvoiceDueToday]]] = {}
    for event in events:
        said.setdefault(event.organization, []).append(event)
    organizations = await load_organizations(tx, said)
    done = await store.watermarks(tx, organizations)
    for organization_id, organization in organizations.items():
        schedules = await schedules_of(tx, organization_id)
        schedule, today = schedules.everybody, organization.today()
        named = {
            event.data.invoice_id
            for event in said[organization_id]
            if (
                schedule.by_invoice
                if isinstance(event.data, InvoiceDueSoon)
                else schedule.due_today and done.get(organization_id) == today
            )
        }
        told = await store.named(tx, organization, sorted(named)) if named else []
        due = [one for one in told if one.due_on == today]
        chosen = await wanted(tx, schedules, due, today - timedelta(days=1), today)
        chosen += [one for one in told if one.due_on > today]
        await remind(tx, organization, schedule, chosen)
