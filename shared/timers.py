"""Time as a cause: functions that run every so often, in one worker at a time.

A timer takes an advisory lock for each run, so two workers never do the same pass; it
does its work in short transactions of its own and must be safe to run twice. Each run
leaves its time, its result or its error in `timer_run`. `NOTIFY duesline_timer` with the
timer's name runs it at once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from zlib import crc32

import psycopg
import structlog

from shared import clock
from shared.bus.apply import is_outage
from shared.db import Connection, Database

log = structlog.get_logger(__name__)

TIMER_LOCKS: Final = 0x74696D72  # "timr"
MARK: Final = "__duesline_every__"
KEEP: Final = """
INSERT INTO timer_run AS t (timer, started_at, finished_at, changed, runs, error)
VALUES (%(timer)s, %(started)s, %(finished)s, %(changed)s, 1, %(error)s)
ON CONFLICT (timer) DO UPDATE SET started_at = excluded.started_at,
    finished_at = excluded.finished_at, changed = excluded.changed, runs = t.runs + 1,
    error = excluded.error
"""
REMEMBER_IDLE_SECONDS: Final = 10.0

TimerFunction = Callable[[Database], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Timer:
    """A function and how often it is due."""

    name: str
    seconds: float
    function: TimerFunction


def every(*, seconds: float) -> Callable[[TimerFunction], TimerFunction]:
    """Mark `async def name(db) -> changed` as a timer called `name` with dashes."""

    def mark(function: TimerFunction) -> TimerFunction:
        name = function.__name__.replace("_", "-")
        setattr(function, MARK, Timer(name, seconds, function))
        return function

    return mark


def timer_of(function: TimerFunction) -> Timer:
    """The timer a marked function is."""
    timer: Timer = getattr(function, MARK)
    return timer


class Clockwork:
    """Runs a service's timers until cancelled."""

    def __init__(self, database: Database, functions: Sequence[TimerFunction]) -> None:
        self.timers = {timer.name: timer for timer in map(timer_of, functions)}
        self._database = database
        self._wanted = {name: asyncio.Event() for name in self.timers}
        self._kept: dict[str, float] = {}

    def wake(self, name: str) -> None:
        """Run a timer now; an unknown name is none of this service's."""
        if name in self._wanted:
            self._wanted[name].set()

    async def run(self) -> None:
        """Run every timer at its pace."""
        async with asyncio.TaskGroup() as group:
            for timer in self.timers.values():
                group.create_task(self._keep_running(timer))

    async def _keep_running(self, timer: Timer) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(timer.seconds):
                    await self._wanted[timer.name].wait()
            self._wanted[timer.name].clear()
            try:
                await self.run_once(timer)
            except Exception as error:
                if is_outage(error):
                    log.warning("timer-waits", timer=timer.name, error=str(error))
                    await asyncio.sleep(1.0)
                else:
                    log.exception("timer-failed", timer=timer.name)

    async def run_once(self, timer: Timer) -> int | None:
        """One run; None when another worker is at it."""
        async with self._database.pool.connection() as connection:
            await connection.set_autocommit(True)
            try:
                return await self._locked_run(connection, timer)
            finally:
                if not connection.closed:
                    await connection.set_autocommit(False)

    async def _locked_run(self, connection: Connection, timer: Timer) -> int | None:
        key = (TIMER_LOCKS, crc32(timer.name.encode()) - 2**31)
        cursor = await connection.execute("SELECT pg_try_advisory_lock(%s, %s) AS got", key)
        row = await cursor.fetchone()
        if not row or not row["got"]:
            return None
        started, error, changed = clock.now(), None, 0
        try:
            changed = await timer.function(self._database)
            return changed
        except Exception as failure:
            error = repr(failure)
            raise
        finally:
            with suppress(psycopg.Error):
                if changed or error or self._worth_keeping(timer.name):
                    await connection.execute(
                        KEEP,
                        {
                            "timer": timer.name,
                            "started": started,
                            "finished": clock.now(),
                            "changed": changed,
                            "error": error,
                        },
                    )
                await connection.execute("SELECT pg_advisory_unlock(%s, %s)", key)

    def _worth_keeping(self, name: str) -> bool:
        """Idle runs leave a mark now and then, not each time."""
        now = asyncio.get_running_loop().time()
        if now - self._kept.get(name, -REMEMBER_IDLE_SECONDS) < REMEMBER_IDLE_SECONDS:
            return False
        self._kept[name] = now
        return True
