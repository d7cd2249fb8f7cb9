"""What the database promises by itself."""

import itertools
from collections.abc import AsyncIterator
from uuid import UUID

import psycopg
import pytest

from services.customers.books import BOOKS, INVARIANTS
from services.customers.lines.rules import status_of
from services.customers.service import SERVICE
from services.customers.tests.builders import NOON, line_row, page, row, suspend
from shared import migrate
from shared.contracts.customers import HoldReason
from shared.db import Connection
from shared.ids import external_id, new_id
from shared.testing import Bed, Running

TABLES = ("organization", "customer", "line", "hold", "line_history")
SOLD = """
INSERT INTO line (id, organization_id, customer_id, number, plan_name, price_minor, currency,
                  activated_at, cancelled_at, holds)
VALUES (%s, %s, %s, %s, 'Fibra', 1, 'USD', %s, %s, %s) RETURNING status
"""


@pytest.fixture
async def stocked(bed: Bed) -> AsyncIterator[Running]:
    """A service with one customer and line in each organization, the first one suspended."""
    async with bed.service(SERVICE) as running:
        for organization in (running.organization, running.other_organization):
            data = page(row(organization.id, "A", line=line_row(organization.id, "A")))
            await running.deliver(data, organization=organization.id)
        line_id = external_id(running.organization.id, "line", "A/1")
        await running.deliver(suspend(line_id, 1))
        yield running


async def test_the_status_column_follows_the_rule_in_every_case(stocked: Running) -> None:
    organization_id = stocked.organization.id
    customer_id = external_id(organization_id, "customer", "A")
    reasons = list(HoldReason)
    number = itertools.count(2)
    async with stocked.db.transaction(None) as tx:
        for activated, cancelled in itertools.product((False, True), repeat=2):
            for size in range(len(reasons) + 1 if not cancelled else 1):
                for holds in itertools.combinations(reasons, size):
                    row = await (
                        await tx.execute(
                            SOLD,
                            (
                                new_id(),
                                organization_id,
                                customer_id,
                                next(number),
                                NOON if activated else None,
                                NOON if cancelled else None,
                                list(holds),
                            ),
                        )
                    ).fetchone()
                    assert row is not None
                    expected = status_of(activated=activated, cancelled=cancelled, holds=holds)
                    assert row["status"] == expected
        await tx.rollback()


async def test_an_api_transaction_without_an_organization_sees_nothing(stocked: Running) -> None:
    async with stocked.api_db.transaction(None) as tx:
        for table in TABLES:
            seen = await (await tx.execute(f"SELECT count(*) AS n FROM {table}")).fetchone()
            assert seen == {"n": 0}, table
        found = await tx.execute("SELECT count(*) AS n FROM customer_matching('%%custo%%')")
        assert await found.fetchone() == {"n": 0}


async def test_an_api_transaction_sees_its_own_organization_alone(stocked: Running) -> None:
    async with stocked.api_db.transaction(stocked.organization.id) as tx:
        for table in ("customer", "line", "line_history"):
            cursor = await tx.execute(f"SELECT DISTINCT organization_id FROM {table}")
            assert await cursor.fetchall() == [{"organization_id": stocked.organization.id}]
        found = await tx.execute("SELECT count(*) AS n FROM customer_matching('%%custo%%')")
        assert await found.fetchone() == {"n": 1}


async def test_an_api_transaction_writes_into_its_own_organization_alone(
    stocked: Running,
) -> None:
    other = stocked.other_organization.id
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with stocked.api_db.transaction(stocked.organization.id) as tx:
            await tx.execute(
                "INSERT INTO customer (id, organization_id, name, search_text)"
                " VALUES (%s, %s, 'X', 'x')",
                (new_id(), other),
            )
    async with stocked.api_db.transaction(stocked.organization.id) as tx:
        cursor = await tx.execute(
            "UPDATE customer SET name = 'X' WHERE organization_id = %s", (other,)
        )
        assert cursor.rowcount == 0


async def test_a_search_uses_the_trigram_index_under_row_level_security(
    stocked: Running,
) -> None:
    rows = [row(stocked.organization.id, f"B{at}", name=f"Cliente {at:04d}") for at in range(2000)]
    for at in range(0, 2000, 500):
        await stocked.deliver(page(*rows[at : at + 500]))
    async with await psycopg.AsyncConnection.connect(stocked.urls.owner, autocommit=True) as owner:
        await owner.execute("VACUUM ANALYZE customer")
        before = await _scans(owner)
        async with stocked.api_db.transaction(stocked.organization.id) as tx:
            await tx.execute("SET LOCAL enable_seqscan = off")
            found = await tx.execute("SELECT count(*) AS n FROM customer_matching('%%te 1234%%')")
            assert await found.fetchone() == {"n": 1}
            await tx.execute("SELECT pg_stat_force_next_flush()")
        assert await _scans(owner) > before


async def _scans(connection: psycopg.AsyncConnection[tuple[int]]) -> int:
    cursor = await connection.execute(
        "SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'ix_customer_search_text'"
    )
    found = await cursor.fetchone()
    assert found is not None
    return int(found[0])


BREACHES = {
    "the holds of a line are its rows in hold, one per reason": "DELETE FROM hold",
    "an inactive customer has no line in service": "UPDATE customer SET active = false",
    "a line belongs to the organization of its customer": (
        "UPDATE line SET organization_id = gen_random_uuid()"
    ),
    "every version of a line has its cause in line_history, and the last its status": (
        "UPDATE line SET version = version + 1"
    ),
    "a non_payment hold rests on a decision, and its line knows the generation": (
        "UPDATE line SET generation = 0"
    ),
}


async def test_the_invariants_hold_and_each_breach_is_found(stocked: Running) -> None:
    by_name = {invariant.name: invariant.sql for invariant in INVARIANTS}
    async with stocked.db.transaction(None) as tx:
        for name, sql in by_name.items():
            assert await (await tx.execute(sql)).fetchall() == [], name
    for name, breach in BREACHES.items():
        async with stocked.db.transaction(None) as tx:
            await tx.execute(breach)
            assert await (await tx.execute(by_name[name])).fetchall(), name
            await tx.rollback()


async def test_the_books_show_what_others_keep_of_it(stocked: Running) -> None:
    async with stocked.db.transaction(None) as tx:
        pages = {book.name: await _rows(tx, book.sql) for book in BOOKS}
    lines = {row["line_id"]: row for row in pages["lines"]}
    held = lines[external_id(stocked.organization.id, "line", "A/1")]
    free = lines[external_id(stocked.other_organization.id, "line", "A/1")]

    assert (held["status"], held["non_payment"], held["generation"]) == ("suspended", True, 1)
    assert (free["status"], free["non_payment"], free["generation"]) == ("active", False, 0)
    for book in BOOKS:
        assert tuple(pages[book.name][0]) == book.columns
    assert [row["version"] for row in pages["customers"]] == [1, 1]


async def _rows(tx: Connection, sql: str) -> list[dict[str, UUID | str | int | bool]]:
    return await (await tx.execute(sql)).fetchall()


async def test_the_migrations_go_down_and_up_again(bed: Bed) -> None:
    urls = await bed.servers.database("customers")
    try:
        migrate.downgrade("customers", urls.owner)
        async with await psycopg.AsyncConnection.connect(urls.owner) as owner:
            cursor = await owner.execute(
                "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
                " AND tablename <> 'alembic_version'"
            )
            assert await cursor.fetchone() == (0,)
        migrate.upgrade("customers", urls.owner)
    finally:
        await bed.servers.drop(urls.name)
