"""The only `now()` of the system, and the only way to stop it.

Nothing else reads the machine's clock: ruff's DTZ rules and a test see to it. An
organization's own time (a sandbox may run years ahead) is `Organization.now()`, which is
this clock plus the organization's offset.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta


class FrozenClock:
    """A clock that shows what a test tells it to, in every task and thread."""

    def __init__(self, at: datetime) -> None:
        self.at = _aware(at)

    def move_to(self, at: datetime) -> None:
        """Show `at` from now on; may go backwards, as real clocks do."""
        self.at = _aware(at)

    def advance(self, by: timedelta) -> None:
        """Show a time `by` later than before."""
        self.at += by


_frozen: FrozenClock | None = None


def now() -> datetime:
    """The current instant, aware, in UTC."""
    return datetime.now(UTC) if _frozen is None else _frozen.at


@contextmanager
def frozen(at: datetime) -> Iterator[FrozenClock]:
    """Stop the clock of the whole process at `at`; inside another, the inner one shows."""
    global _frozen
    before, _frozen = _frozen, FrozenClock(at)
    try:
        yield _frozen
    finally:
        _frozen = before


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"{at} names no time zone; give an aware datetime")
    return at.astimezone(UTC)
