"""Stops asking a processor that does not answer, and tries again after a while.

One per provider and process. Closed: every call passes, failures are remembered for a
minute; the fifth in a row opens it. Open: every call fails at once, so that requests do not
pile up behind a dead peer. Half-open, after 30 s: one call passes; it closes the breaker or
opens it again. A refusal is an answer: it counts as a success.
"""

import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import IntEnum
from functools import cache
from typing import Final

from prometheus_client import Gauge

from services.payments.processors.port import ProcessorRefused, ProcessorUnavailable

FAILURES: Final = 5
WINDOW_SECONDS: Final = 60.0
REST_SECONDS: Final = 30.0
STATE: Final = Gauge(
    "duesline_processor_breaker_state",
    "0 closed, 1 half-open, 2 open: whether calls to a card processor are made.",
    ("provider",),
)


class State(IntEnum):
    """What happens to the next call."""

    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


class Breaker:
    """Lets calls to one provider pass, or not."""

    def __init__(self, provider: str, now: Callable[[], float] = time.monotonic) -> None:
        self._provider = provider
        self._now = now
        self._failures: deque[float] = deque(maxlen=FAILURES)
        self._opened_at: float | None = None
        self._trying = False
        STATE.labels(provider).set(State.CLOSED)

    @property
    def state(self) -> State:
        """What happens to the next call."""
        if self._opened_at is None:
            return State.CLOSED
        rested = self._now() - self._opened_at >= REST_SECONDS
        return State.HALF_OPEN if rested and not self._trying else State.OPEN

    @asynccontextmanager
    async def call(self) -> AsyncIterator[None]:
        """Around one call; raises ProcessorUnavailable instead of letting it happen."""
        state = self.state
        if state is State.OPEN:
            raise ProcessorUnavailable(f"{self._provider} is not asked for now", an_outage=False)
        self._trying = state is State.HALF_OPEN
        try:
            yield
        except ProcessorUnavailable as error:
            if error.an_outage:
                self._failed(state)
            raise
        except ProcessorRefused:
            self._answered()
            raise
        else:
            self._answered()
        finally:
            if state is State.HALF_OPEN:
                self._trying = False
            STATE.labels(self._provider).set(self.state)

    def _failed(self, state: State) -> None:
        now = self._now()
        self._failures.append(now)
        recent = len(self._failures) == FAILURES and now - self._failures[0] <= WINDOW_SECONDS
        if recent or state is State.HALF_OPEN:
            self._opened_at = now

    def _answered(self) -> None:
        self._opened_at = None
        self._failures.clear()


@cache
def breaker_of(provider: str) -> Breaker:
    """The breaker of a provider in this process."""
    return Breaker(provider)
