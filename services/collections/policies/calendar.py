"""When lines may be cut off: weekdays, hours, holidays and days of the organization's own.

Pure but for the tables of public holidays, which come from the `holidays` library and are
kept by country and year. A window is open from `opens` until `closes` of a local day that is
not closed; nothing ever waits for one to be switched back on.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

import holidays

from services.collections.policies.document import ZoneOf

LONGEST_SEARCH_DAYS: Final = 400


@dataclass(frozen=True, slots=True)
class Calendar:
    """The windows of a policy; `country` has the holidays it keeps, None for none."""

    weekdays: frozenset[int]
    opens: time
    closes: time | None
    country: str | None
    days: frozenset[date]
    zone: ZoneOf

    def is_open(self, local: datetime) -> bool:
        """Whether a window is open at a local time."""
        return (
            not self.is_closed_on(local.date())
            and self.opens <= local.time()
            and (self.closes is None or local.time() < self.closes)
        )

    def is_closed_on(self, day: date) -> bool:
        """Whether no window opens on a day."""
        return (
            day.isoweekday() not in self.weekdays
            or day in self.days
            or (self.country is not None and is_holiday(self.country, day))
        )

    def next_opening(self, local: datetime) -> datetime | None:
        """The first moment after `local` at which a window opens; None within a year of none.

        A local time that a change of the clock leaves out is the moment it is taken for.
        """
        for ahead in range(LONGEST_SEARCH_DAYS):
            day = local.date() + timedelta(days=ahead)
            opening = datetime.combine(day, self.opens, tzinfo=local.tzinfo)
            if not self.is_closed_on(day) and opening > local:
                return opening
        return None

    def first_open_day(self, day: date) -> date | None:
        """The first day from `day` on that has a window."""
        days = (day + timedelta(days=ahead) for ahead in range(LONGEST_SEARCH_DAYS))
        return next((each for each in days if not self.is_closed_on(each)), None)


def is_holiday(country: str, day: date) -> bool:
    """Whether a day is a public holiday; a country that is not known has none."""
    return day in _holidays(country, day.year)


@cache
def _holidays(country: str, year: int) -> frozenset[date]:
    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:
        return frozenset()


@cache
def zone_of(name: str) -> ZoneInfo:
    """The zone of an IANA name."""
    return ZoneInfo(name)
