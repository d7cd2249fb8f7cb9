"""Wakes the worker for webhooks that were stored, without a notification for each.

A NOTIFY in each transaction would serialise commits; so one goes out at once, and the next
not before a pause. What a lost notification missed, the timer's pace catches.
"""

import asyncio
from contextlib import suppress
from typing import Final

import psycopg

from shared.db import Database

PAUSE_SECONDS: Final = 0.02
WAKE: Final = "NOTIFY duesline_timer, 'handle-provider-events'"


class Nudge:
    """Wakes the timer of one service's worker."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._wanted = False
        self._task: asyncio.Task[None] | None = None

    def soon(self) -> None:
        """Wake it at once, or after the pause if it was woken just now."""
        self._wanted = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while self._wanted:
            self._wanted = False
            with suppress(psycopg.Error):
                async with self._database.transaction(None) as tx:
                    await tx.execute(WAKE)
            await asyncio.sleep(PAUSE_SECONDS)
