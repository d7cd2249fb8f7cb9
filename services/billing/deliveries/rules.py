"""The states of a delivery, and how long to wait for a mail server.

Pure. waiting -> sent -> bounced (reported later), waiting -> bounced (refused for good), waiting
-> failed (given up, or nothing to deliver any more); no_address from the beginning.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where a delivery is."""

    WAITING = "waiting"
    SENT = "sent"
    BOUNCED = "bounced"
    NO_ADDRESS = "no_address"
    FAILED = "failed"


MINUTES: Final = (1, 5, 15, 60, 180, 360, 720, 1440, 1440, 1440, 1440)
"""The pauses after each try in vain: five days in all, as mail servers do among themselves."""
LEASE: Final = timedelta(minutes=10)
"""A try that has not said what became of it by then is taken for lost with its process."""
NO_SERVER_PAUSE: Final = timedelta(minutes=1)
NO_SERVER: Final = "no mail server is configured"


def pause_after(tries: int) -> timedelta | None:
    """How long to wait after so many tries in vain; None: give up."""
    return timedelta(minutes=MINUTES[tries - 1]) if tries <= len(MINUTES) else None
