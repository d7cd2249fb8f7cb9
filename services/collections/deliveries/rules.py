"""Whether a reminder is still worth sending, and which address it goes to.

Pure rules.
"""

from collections.abc import Collection
from datetime import date

from services.collections.channels.rules import Channel, Way
from services.collections.reminders.rules import kind_of
from shared.contracts.collections import ReminderKind

TRUTHS = {
    ReminderKind.UPCOMING: "no longer upcoming",
    ReminderKind.DUE_TODAY: "no longer due today",
    ReminderKind.OVERDUE: "not overdue",
}


def not_needed(
    kind: ReminderKind, due_on: date, open_minor: int, today: date, *, paused: bool = False
) -> str | None:
    """Why a reminder need not be sent any more; None when it is as true as when it was made."""
    if open_minor <= 0:
        return "nothing is open any more"
    if paused:
        return "promised, disputed, in a plan or being paid"
    return None if kind_of(due_on, today) is kind else TRUTHS[kind]


def way_now(
    channel: Channel, *, email: str | None, phone: str | None, opted_out: Collection[str] = ()
) -> Way | None:
    """The customer's address on the channel as it is now; None when there is none to use."""
    address = email if channel is Channel.EMAIL else phone
    return Way(channel, address) if address and channel not in opted_out else None
