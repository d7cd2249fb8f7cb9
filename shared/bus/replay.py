"""Dead letters put back to work.

An administrator marks a letter `replaying` (shared.admin, or this module's command); the
worker publishes its event to the service's own queue and marks it `replayed`. Nothing of
the first try is in the inbox, so the event takes effect as if it had just arrived.

`python -m shared.bus.replay <service> list|replay [id ...]` is the desk without HTTP.
"""

import argparse
import asyncio
import sys
from contextlib import suppress
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from shared.bus.consume import ATTEMPT
from shared.bus.pack import SINGLE
from shared.bus.publish import BusPublisher
from shared.bus.topology import queue_name
from shared.db import Connection, Database, libpq_url
from shared.settings import ServiceSettings

CHANNEL: Final = "duesline_replay"
POLL_SECONDS: Final = 5.0
PAGE: Final = 200
MARK: Final = """
UPDATE dead_letter SET state = 'replaying', decided_at = now(), decided_by = %s
WHERE state = 'dead' AND (%s::uuid[] IS NULL OR id = ANY(%s::uuid[]))
  AND (%s::text IS NULL OR type = %s)
RETURNING id
"""


async def mark_for_replay(
    tx: Connection, by: str, *, ids: list[UUID] | None = None, type_: str | None = None
) -> list[UUID]:
    """Ask for letters to be replayed; those that were dead until now."""
    cursor = await tx.execute(MARK, (by, ids, ids, type_, type_))
    marked = [row["id"] for row in await cursor.fetchall()]
    await tx.execute(f"NOTIFY {CHANNEL}")
    return marked


class ReplayDesk:
    """Publishes the letters marked for replay."""

    def __init__(self, service: str, database: Database, publisher: BusPublisher) -> None:
        self._queue = queue_name(service)
        self._database = database
        self._publisher = publisher
        self._wanted = asyncio.Event()

    def wake(self) -> None:
        """Look for marked letters now."""
        self._wanted.set()

    async def run(self) -> None:
        """Replay what is marked, until cancelled."""
        while True:
            with suppress(psycopg.OperationalError):
                while await self.replay_page() == PAGE:
                    pass
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._wanted.wait()
            self._wanted.clear()

    async def replay_page(self) -> int:
        """Publish up to a page of marked letters; how many.

        The row stays locked until the broker has the event, so two workers do not send it
        twice; a crash in between does, and the inbox bears it.
        """
        async with self._database.transaction(None) as tx:
            cursor = await tx.execute(
                "SELECT id, body FROM dead_letter WHERE state = 'replaying'"
                " ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED",
                (PAGE,),
            )
            letters = await cursor.fetchall()
            for letter in letters:
                await self._publisher.to_queue(
                    self._queue, bytes(letter["body"]), SINGLE, {ATTEMPT: 0}
                )
            await tx.execute(
                "UPDATE dead_letter SET state = 'replayed' WHERE id = ANY(%s)",
                ([letter["id"] for letter in letters],),
            )
        return len(letters)


async def _command(arguments: argparse.Namespace, url: str) -> None:
    async with await psycopg.AsyncConnection[dict[str, Any]].connect(
        libpq_url(url), row_factory=dict_row
    ) as connection:
        if arguments.action == "replay":
            marked = await mark_for_replay(
                connection, "command", ids=[UUID(i) for i in arguments.ids] or None
            )
            sys.stdout.write(f"{len(marked)} marked for replay\n")
            return
        cursor = await connection.execute(
            "SELECT id, type, reason, error, attempts, died_at FROM dead_letter"
            " WHERE state = 'dead' ORDER BY id"
        )
        async for row in cursor:
            sys.stdout.write(
                f"{row['id']} {row['died_at']:%Y-%m-%d %H:%M:%S} {row['type']}"
                f" {row['reason']} after {row['attempts']}: {row['error'].splitlines()[0]}\n"
            )


def main() -> None:
    """List or replay the dead letters of the service whose settings are in the environment."""
    parser = argparse.ArgumentParser(prog="shared.bus.replay")
    parser.add_argument("action", choices=["list", "replay"])
    parser.add_argument("ids", nargs="*")
    asyncio.run(_command(parser.parse_args(), ServiceSettings().database_url))


if __name__ == "__main__":
    main()
