"""A processor whose calls are retried, counted, and stopped by a breaker.

Three attempts with growing pauses; each failed one counts for the breaker of the provider.
Nothing here runs inside a transaction.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import stamina
from prometheus_client import Counter

from services.payments.processors.breaker import breaker_of
from services.payments.processors.port import (
    IntentReport,
    NewIntent,
    NewRefund,
    Processor,
    ProcessorRefused,
    ProcessorUnavailable,
    RefundReport,
    Report,
)

T = TypeVar("T")
ATTEMPTS: Final = 3
FIRST_PAUSE_SECONDS: Final = 0.2
LONGEST_PAUSE_SECONDS: Final = 2.0
CALLS: Final = Counter(
    "duesline_processor_calls",
    "Calls to card processors by what came of each attempt.",
    ("provider", "call", "outcome"),
)


@dataclass(frozen=True, slots=True)
class Guarded:
    """The same port around an adapter."""

    provider: str
    inner: Processor

    async def create_intent(self, wanted: NewIntent) -> IntentReport:
        """As the adapter's."""
        return await self._call("create_intent", lambda: self.inner.create_intent(wanted))

    async def cancel_intent(self, provider_intent_id: str) -> IntentReport:
        """As the adapter's."""
        return await self._call(
            "cancel_intent", lambda: self.inner.cancel_intent(provider_intent_id)
        )

    async def retrieve(self, provider_intent_id: str) -> IntentReport:
        """As the adapter's."""
        return await self._call("retrieve", lambda: self.inner.retrieve(provider_intent_id))

    async def refund(self, wanted: NewRefund) -> RefundReport:
        """As the adapter's."""
        return await self._call("refund", lambda: self.inner.refund(wanted))

    async def returns_of(self, provider_intent_id: str) -> tuple[Report, ...]:
        """As the adapter's."""
        return await self._call("returns_of", lambda: self.inner.returns_of(provider_intent_id))

    async def _call(self, name: str, call: Callable[[], Awaitable[T]]) -> T:
        async for attempt in stamina.retry_context(
            on=_worth_repeating,
            attempts=ATTEMPTS,
            wait_initial=FIRST_PAUSE_SECONDS,
            wait_max=LONGEST_PAUSE_SECONDS,
            timeout=None,
        ):
            with attempt:
                return await self._once(name, call)
        raise AssertionError("a retried call ends by an answer or an error")

    async def _once(self, name: str, call: Callable[[], Awaitable[T]]) -> T:
        outcome = "failed"
        try:
            async with breaker_of(self.provider).call():
                answer = await call()
            outcome = "answered"
            return answer
        except ProcessorRefused:
            outcome = "refused"
            raise
        except ProcessorUnavailable:
            outcome = "unavailable"
            raise
        finally:
            CALLS.labels(self.provider, name, outcome).inc()


def _worth_repeating(error: Exception) -> bool:
    """An outage may pass in a moment; a breaker that is open will not."""
    return isinstance(error, ProcessorUnavailable) and error.an_outage
