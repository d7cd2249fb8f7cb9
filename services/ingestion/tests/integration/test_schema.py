"""The schema: migrations both ways, and row-level security under every table."""

import asyncio

import psycopg
import pytest

from services.ingestion.imports.timers import read_imports
from services.ingestion.tests.kit import file_of, row, upload
from shared import migrate
from shared.testing import Running

TABLES = ("stored_file", "file_chunk", "import_job", "import_page", "row_error")


async def tables(url: str) -> set[str]:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        found = await connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        )
        return {name for (name,) in await found.fetchall()}


async def test_the_migrations_go_down_and_up_again(service: Running) -> None:
    owner = service.urls.owner
    before = await tables(owner)
    await asyncio.to_thread(migrate.downgrade, "ingestion", owner)
    assert await tables(owner) == {"alembic_version"}
    await asyncio.to_thread(migrate.upgrade, "ingestion", owner)
    assert await tables(owner) == before


@pytest.mark.parametrize("table", TABLES)
async def test_the_api_role_sees_nothing_without_an_organization_and_only_its_own_with_one(
    service: Running, table: str
) -> None:
    async with service.client() as client:
        await upload(client, file_of(row(), "bad"))
    await service.run_timer(read_imports)
    counts = []
    for scope in (None, service.other_organization.id, service.organization.id):
        async with service.api_db.transaction(scope) as tx:
            found = await (await tx.execute(f"SELECT count(*) AS n FROM {table}")).fetchone()
            assert found is not None
            counts.append(found["n"])
    assert counts == [0, 0, 1]
