"""Which way a message takes, and when it is tried again.

Pure rules.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Final, NamedTuple


class Channel(StrEnum):
    """A way to a customer beside the inbox."""

    EMAIL = "email"
    SMS = "sms"
    WHATSAPP = "whatsapp"


class Way(NamedTuple):
    """A channel, and the customer's address on it."""

    channel: Channel
    address: str


PAUSES: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360))
"""How long to wait after each attempt that failed; after the last, no more are made."""


def way_to(
    wanted: Sequence[Channel],
    open_channels: Collection[Channel],
    *,
    email: str | None,
    phone: str | None,
    opted_out: Collection[str] = (),
) -> Way | None:
    """The first wanted channel that is there, that the customer has an address on, and wants."""
    for channel in wanted:
        address = email if channel is Channel.EMAIL else phone
        if address and channel in open_channels and channel not in opted_out:
            return Way(channel, address)
    return None


def pause_after(attempts: int) -> timedelta | None:
    """How long to wait after so many attempts that failed; None to give up."""
    return PAUSES[attempts - 1] if 1 <= attempts <= len(PAUSES) else None
