"""When a customer is reminded of an invoice.

Pure rules: an organization's schedule and its days in, due dates and kinds out. What a
reminder says of an invoice follows from its due date and today alone, so a late sweep never
tells a customer what was true yesterday; and an invoice is never due on two of a day's dates.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from services.collections.channels.rules import Channel
from services.collections.contacts.rules import ContactRules, opens_next
from shared.contracts.collections import ReminderKind
from shared.tenancy import Organization

APART: Final = timedelta(hours=24)
"""At most one reminder of a kind for an invoice within this time."""
EARLY: Final = timedelta(hours=2)
"""How much sooner a next day's reminder may be asked for; it is dated `APART` after the last."""
MOST_DAYS_BEHIND: Final = 31
"""A sweep that is further behind leaves out what is older."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When an organization reminds, and by what ways.

    Overdue invoices are reminded of on day `overdue_from` and every `overdue_every` days until
    day `overdue_until`, and on the days of `overdue_on`. `codes` names the policy's stages by
    their days from the due date; what is repeated has the name of what it repeats.
    `by_invoice`: upcoming ones when billing says that they entered their own window, instead of
    `upcoming_days` before. `hour`, at which a day's reminders are put into inboxes, is the
    organization's; outside the days and hours of `contact`, which are the customer's, nothing
    is sent out.
    """

    upcoming_days: tuple[int, ...] = (3,)
    by_invoice: bool = False
    due_today: bool = True
    overdue_from: int = 1
    overdue_every: int = 7
    overdue_until: int = 60
    overdue_on: tuple[int, ...] = ()
    codes: tuple[tuple[int, str], ...] = ()
    hour: int = 0
    channels: tuple[Channel, ...] = (Channel.EMAIL, Channel.WHATSAPP, Channel.SMS)
    contact: ContactRules = field(default_factory=ContactRules)

    @property
    def overdue_days(self) -> frozenset[int]:
        """The days after the due date on which is reminded."""
        every = max(self.overdue_every, 1)
        repeated = range(max(self.overdue_from, 1), self.overdue_until + 1, every)
        return frozenset((*repeated, *(day for day in self.overdue_on if day > 0)))

    def stage_on(self, day: int) -> str | None:
        """The stage behind the reminder of a day; None without a policy of stages."""
        codes = dict(self.codes)
        return codes.get(day) or (codes.get(self.overdue_from) if day > 0 else None)


def kind_of(due_on: date, today: date) -> ReminderKind:
    """What is to be said of an open invoice today."""
    if due_on > today:
        return ReminderKind.UPCOMING
    return ReminderKind.DUE_TODAY if due_on == today else ReminderKind.OVERDUE


def due_dates(schedule: Schedule, done: date, today: date) -> list[date]:
    """The due dates whose invoices are reminded of, by a sweep that has done `done` already.

    Days that were missed count as today's, once: what they asked for is said as it is today,
    and what would come too late (an upcoming invoice that is due by now) is left out.
    """
    found: set[date] = set()
    upcoming = () if schedule.by_invoice else schedule.upcoming_days
    for day in _days(max(done, today - timedelta(days=MOST_DAYS_BEHIND)), today):
        found.update(day - timedelta(days=late) for late in schedule.overdue_days)
        ahead = (day + timedelta(days=before) for before in upcoming if before > 0)
        found.update(due_on for due_on in ahead if due_on > today)
    if schedule.due_today and done < today:
        found.add(today)
    return sorted(found)


def asked_on(schedule: Schedule, done: date, today: date, due_on: date) -> int | None:
    """By which day of the schedule an invoice is reminded of, as `due_dates` has it; None: not.

    Of several days that were missed the last counts.
    """
    if due_on == today:
        return 0 if schedule.due_today and done < today else None
    since = max(done, today - timedelta(days=MOST_DAYS_BEHIND))
    if due_on > today:
        days = () if schedule.by_invoice else (-before for before in schedule.upcoming_days)
        offsets = [day for day in days if day < 0]
    else:
        offsets = list(schedule.overdue_days)
    found = (day for day in offsets if since < due_on + timedelta(days=day) <= today)
    return max(found, default=None)


def _days(after: date, last: date) -> Iterator[date]:
    for number in range(1, (last - after).days + 1):
        yield after + timedelta(days=number)


def instant_of(organization: Organization, day: date, hour: int) -> datetime:
    """The real instant at which a day's reminders are made."""
    local = datetime.combine(day, time(hour), tzinfo=organization.zone)
    return local.astimezone(UTC) - organization.clock_offset


def may_send_at(at: datetime, zone: ZoneInfo, rules: ContactRules) -> datetime | None:
    """The first instant, `at` or later, at which customers there may be contacted; None: never."""
    opens = opens_next(rules, at.astimezone(zone))
    return None if opens is None else max(at, opens.astimezone(UTC))
