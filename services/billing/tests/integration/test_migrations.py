"""The migrations go up, down to nothing, and up again."""

import asyncio

from psycopg import AsyncConnection

from shared import migrate
from shared.testing import Bed


async def test_a_database_can_be_emptied_and_made_again(bed: Bed) -> None:
    urls = await bed.servers.database("billing")
    try:
        await asyncio.to_thread(migrate.downgrade, "billing", urls.owner)
        left = await tables(urls.owner)
        await asyncio.to_thread(migrate.upgrade, "billing", urls.owner)

        assert left == {"alembic_version"}
        assert {"invoice", "invoice_item", "due_clock", "outbox"} <= await tables(urls.owner)
    finally:
        await bed.servers.drop(urls.name)


async def tables(url: str) -> set[str]:
    """The names of the tables there are."""
    async with await AsyncConnection.connect(url) as connection:
        cursor = await connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        )
        return {row[0] for row in await cursor.fetchall()}
