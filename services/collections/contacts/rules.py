"""What a contact must observe, as data; the same for people and for reminders.

Pure rules. Times are local to the customer. Only what we begin counts: whoever calls us may
do so at any hour.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

WEEK: Final = timedelta(days=7)


class ContactChannel(StrEnum):
    """How a customer is contacted."""

    CALL = "call"
    EMAIL = "email"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    VISIT = "visit"


class Rule(StrEnum):
    """The rules, by the names they are refused with, in the order they are asked."""

    OPTED_OUT = "opted-out"
    WEEKDAY = "weekday"
    HOURS = "hours"
    CALLS_PER_WEEK = "calls-per-week"
    MESSAGES_PER_DAY = "messages-per-day"


@dataclass(frozen=True, slots=True)
class ContactRules:
    """When and how often a customer may be contacted: weekdays from Monday, 1, to Sunday, 7."""

    weekdays: frozenset[int] = frozenset({1, 2, 3, 4, 5, 6})
    opens: time = time(8)
    closes: time = time(20)
    calls_per_week: int = 3
    messages_per_day: int = 2


class Made(NamedTuple):
    """What of a customer's contacts counts: calls of the last seven days, messages of today."""

    calls_this_week: int = 0
    messages_today: int = 0
    opted_out: frozenset[str] = frozenset()


class Broken(NamedTuple):
    """The rule that a contact would break, in words."""

    rule: Rule
    why: str


def broken_by(
    rules: ContactRules, channel: ContactChannel, at: datetime, made: Made
) -> Broken | None:
    """The first rule that a contact at a local time would break; None when it may be made."""
    if channel in made.opted_out:
        return Broken(Rule.OPTED_OUT, f"The customer wants no contact by {channel.value}.")
    if at.isoweekday() not in rules.weekdays:
        return Broken(Rule.WEEKDAY, f"Nobody is contacted on a {at:%A}.")
    if not rules.opens <= at.time() < rules.closes:
        hours = f"{rules.opens:%H:%M} to {rules.closes:%H:%M}"
        return Broken(Rule.HOURS, f"It is {at:%H:%M} there; contacts are made from {hours}.")
    if channel is ContactChannel.CALL and made.calls_this_week >= rules.calls_per_week:
        calls = f"{made.calls_this_week} calls in seven days"
        return Broken(Rule.CALLS_PER_WEEK, f"There were {calls}; {rules.calls_per_week} may be.")
    if channel in MESSAGES and made.messages_today >= rules.messages_per_day:
        messages = f"{made.messages_today} messages today"
        return Broken(
            Rule.MESSAGES_PER_DAY, f"There were {messages}; {rules.messages_per_day} may be."
        )
    return None


MESSAGES: Final = frozenset({ContactChannel.EMAIL, ContactChannel.SMS, ContactChannel.WHATSAPP})


def opens_next(rules: ContactRules, at: datetime) -> datetime | None:
    """The first local moment, from `at` on, of a day and an hour for contacts."""
    for days in range(8):
        day = (at + timedelta(days=days)).date()
        if day.isoweekday() not in rules.weekdays:
            continue
        opens = datetime.combine(day, rules.opens, tzinfo=at.tzinfo)
        closes = datetime.combine(day, rules.closes, tzinfo=at.tzinfo)
        if max(at, opens) < closes:
            return max(at, opens)
    return None
