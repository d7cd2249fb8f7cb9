"""How much waits in a service's outbox and among its dead letters, for its metrics."""

from collections.abc import Mapping
from typing import Final

from shared.db import Database

# The outbox is short or being emptied; its depth is counted up to a bound to stay cheap.
COUNT: Final = """
SELECT (SELECT count(*) FROM (SELECT FROM outbox LIMIT 100000) AS waiting) AS outbox,
       (SELECT coalesce(extract(epoch FROM now() - min(occurred_at)), 0)
        FROM (SELECT occurred_at FROM outbox ORDER BY seq LIMIT 1) AS oldest) AS oldest,
       (SELECT count(*) FROM dead_letter WHERE state = 'dead') AS dead
"""


class Depths:
    """Reads the depths of one service when its metrics are asked for."""

    def __init__(self, service: str, database: Database) -> None:
        self._service = service
        self._database = database

    async def read(self) -> Mapping[str, float]:
        """Gauge name -> value."""
        async with self._database.transaction(None) as tx:
            cursor = await tx.execute(COUNT)
            row = await cursor.fetchone()
        assert row is not None
        return {
            "duesline_outbox_events": float(row["outbox"]),
            "duesline_outbox_oldest_seconds": float(row["oldest"]),
            "duesline_dead_letters": float(row["dead"]),
        }
