"""A batch of events into one transaction; when it fails, only the poisonous event suffers.

`Applier.apply` never raises for a bad event: it reports what became of each. It waits,
without spending anybody's attempts, while the database is away.

Handlers run in a pipeline: a statement waits for its answer only where somebody reads it, and
what is sent until then shares a way to the server and back. So one that fails says so at the
next answer that is read, or before the commit; `rowcount` is known once a later answer was
read; and there is no COPY.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import psycopg
import structlog
from psycopg_pool import PoolTimeout

from shared.bus.handlers import Handler, Handlers, NotYet, Transient
from shared.bus.spans import consumer_spans
from shared.contracts.event import Event
from shared.db import Database
from shared.inbox import first_deliveries

log = structlog.get_logger(__name__)

CONFLICT_STATES: Final = ("40001", "40P01", "55P03")
OUTAGE_CLASSES: Final = ("08", "53", "57")
MOST_CONFLICTS: Final = 8
LONGEST_WAIT_SECONDS: Final = 2.0


class Outcome(StrEnum):
    """What became of one event."""

    APPLIED = "applied"
    LATER = "later"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Failure:
    """An event that was not applied, and why."""

    event: Event[Any]
    outcome: Outcome
    error: Exception


@dataclass(slots=True)
class Result:
    """What became of a batch."""

    applied: int = 0
    repeated: int = 0
    failures: list[Failure] = field(default_factory=list)


def is_outage(error: BaseException) -> bool:
    """True when the database is away, as opposed to refusing what it was asked."""
    if isinstance(error, PoolTimeout | ConnectionError):
        return True
    if not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return False
    return error.sqlstate is None or error.sqlstate.startswith(OUTAGE_CLASSES)


def is_conflict(error: BaseException) -> bool:
    """True when another transaction was in the way and trying again at once may help."""
    return isinstance(error, psycopg.Error) and error.sqlstate in CONFLICT_STATES


class Applier:
    """Applies events to one service's database."""

    def __init__(self, database: Database, handlers: Handlers) -> None:
        self._database = database
        self._handlers = handlers

    async def apply(self, events: Sequence[Event[Any]]) -> Result:
        """Apply a batch, halving it around whatever fails until the culprits stand alone."""
        result = Result()
        pending = [list(events)] if events else []
        while pending:
            batch = pending.pop()
            try:
                fresh = await self._persistently(batch)
                result.applied += fresh
                result.repeated += len(batch) - fresh
            except Exception as error:
                if len(batch) == 1:
                    result.failures.append(self._failure(batch[0], error))
                else:
                    middle = len(batch) // 2
                    pending += [batch[middle:], batch[:middle]]
        return result

    def _failure(self, event: Event[Any], error: Exception) -> Failure:
        later = isinstance(error, NotYet | Transient) or is_conflict(error)
        outcome = Outcome.LATER if later else Outcome.DEAD
        log.log(
            30 if later else 40,
            "event-not-applied",
            event_id=str(event.id),
            type=event.type,
            organization=str(event.organization),
            outcome=outcome,
            error=repr(error),
        )
        return Failure(event, outcome, error)

    async def _persistently(self, batch: Sequence[Event[Any]]) -> int:
        """One transaction, repeated through outages and conflicts; how many were new."""
        conflicts, pause = 0, 0.05
        while True:
            try:
                return await self._once(batch)
            except Exception as error:
                if is_conflict(error) and conflicts < MOST_CONFLICTS:
                    conflicts += 1
                    await asyncio.sleep(0.005 * conflicts)
                elif is_outage(error):
                    log.warning("database-away", service=self._handlers.service, error=str(error))
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, LONGEST_WAIT_SECONDS)
                else:
                    raise

    async def _once(self, batch: Sequence[Event[Any]]) -> int:
        with consumer_spans(self._handlers.service, batch) as traced:
            async with self._database.transaction(None) as tx:
                fresh = await first_deliveries(tx, traced)
                async with tx.pipeline():
                    for handler, events in self._by_handler(fresh):
                        await handler(tx, events)
            return len(fresh)

    def _by_handler(self, events: Sequence[Event[Any]]) -> list[tuple[Handler, list[Event[Any]]]]:
        """The events for each handler, in order of arrival; handlers in order of first use."""
        groups: dict[Handler, list[Event[Any]]] = {}
        for event in events:
            handlers = self._handlers.of(event.type)
            if not handlers:
                raise UnknownType(event.type)
            for handler in handlers:
                groups.setdefault(handler, []).append(event)
        return list(groups.items())


class UnknownType(Exception):
    """An event reached a service that does not handle its type."""

    def __init__(self, type_: str) -> None:
        super().__init__(f"nobody here handles {type_}")
