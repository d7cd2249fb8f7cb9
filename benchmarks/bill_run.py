"""A month is billed: every line's invoice from one run, against the bare INSERT of its rows."""

import asyncio
import time
from typing import Any, Final

import psycopg
from psycopg.rows import tuple_row
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from benchmarks.naive.operations import bill_line
from benchmarks.naive.world import world
from benchmarks.report import Result
from benchmarks.rig import Rig, running_rig, say

STOPPED: Final = (
    "customers-worker",
    "payments-api",
    "payments-worker",
    "collections-api",
    "collections-worker",
    "ingestion-api",
    "ingestion-worker",
)
PLAN: Final = {
    "code": "F300",
    "name": "Fibra 300",
    "price": {"amount": "25.00"},
    "tax_rate": "15",
    "suspended_rule": "prorate",
}
SEED: Final = (
    """
INSERT INTO customer (id, organization_id, version, name, active)
SELECT md5('customer' || n)::uuid, %(org)s, 1, 'Customer ' || n, true
FROM generate_series(1, %(lines)s::int) AS n""",
    """
INSERT INTO line (id, organization_id, customer_id, version, number, status, plan_name)
SELECT md5('line' || n)::uuid, %(org)s, md5('customer' || n)::uuid, 1, 1, 'active', 'Fibra 300'
FROM generate_series(1, %(lines)s::int) AS n""",
)
MADE: Final = ("invoice", "invoice_item", "subscription_period")
COLUMNS: Final = """
SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
"""


async def measure(*, quick: bool) -> list[Result]:
    """Bill every line once, by a run started over HTTP."""
    lines, of_naive = (10_000, 500) if quick else (100_000, 2_000)
    async with running_rig() as rig:
        for name in STOPPED:
            await rig.stack.stop(name)
        say(f"seeding {lines} lines")
        plan = await rig.api.post("/plans", json=PLAN)
        await _seed(rig, lines)
        began = time.perf_counter()
        adopted = await rig.api.post(f"/plans/{plan['id']}/adopt", json={})
        adoption = time.perf_counter() - began
        assert adopted["subscribed"] == lines, adopted
        await _execute(rig, "VACUUM (ANALYZE)")
        began = time.perf_counter()
        seen = await rig.api.post("/bill-runs/preview", json={})
        previewed = time.perf_counter() - began
        assert seen["invoices"] == lines, seen
        say("the run")
        took = await _run(rig, lines)
        bare = await _bare_insert(rig, lines)
    say("naive")
    slow = await _naive(of_naive)
    value = lines / took
    return [
        Result(
            name="bill-run",
            unit="invoices/s",
            value=value,
            target=">= 1 000 invoices/s, >= 20 x naive",
            limit=lines / bare,
            limit_is="bare INSERT of the same invoices, items and periods, indexes and all",
            ratio_to_limit=bare / took,
            naive=slow,
            naive_is="one ORM transaction per invoice, with its event",
            ratio_to_naive=value / slow,
            reached=value >= 1000 and value >= 20 * slow,
            sizes={"lines": lines},
            detail={
                "run_s": took,
                "bare_insert_s": bare,
                "preview_s": previewed,
                "adoption_s": adoption,
            },
        )
    ]


async def _run(rig: Rig, lines: int) -> float:
    """Seconds from the request until the run is finished."""
    began = time.perf_counter()
    run = await rig.api.post("/bill-runs", json={})
    while run["state"] in {"queued", "running"}:
        await asyncio.sleep(0.1)
        run = await rig.api.get(f"/bill-runs/{run['id']}")
    took = time.perf_counter() - began
    assert (run["invoices"], run["failed"]) == (lines, 0), run
    return took


async def _seed(rig: Rig, lines: int) -> None:
    for statement in SEED:
        await _execute(rig, statement, {"org": rig.organization_id, "lines": lines})


async def _execute(rig: Rig, statement: str, names: dict[str, Any] | None = None) -> None:
    async with await psycopg.AsyncConnection.connect(
        rig.stack.superuser_urls["billing"], autocommit=True
    ) as connection:
        await connection.execute(statement.encode(), names)


async def _bare_insert(rig: Rig, lines: int) -> float:
    """Seconds to insert the rows the run made into empty tables like theirs."""
    async with await psycopg.AsyncConnection.connect(
        rig.stack.superuser_urls["billing"], autocommit=True, row_factory=tuple_row
    ) as connection:
        for table in MADE:
            like = f"CREATE TABLE bare_{table} (LIKE {table} INCLUDING ALL)"
            await connection.execute(like.encode())
        await connection.execute("CHECKPOINT")
        began = time.perf_counter()
        for table in MADE:
            row = await (await connection.execute(COLUMNS, (table,))).fetchone()
            assert row is not None
            copy = f"INSERT INTO bare_{table} ({row[0]}) SELECT {row[0]} FROM {table}"
            cursor = await connection.execute(copy.encode())
            assert cursor.rowcount == lines, (table, cursor.rowcount)
        return time.perf_counter() - began


async def _naive(count: int) -> float:
    """Invoices per second, each in an ORM transaction of its own."""
    async with world() as naive:
        await naive.seed(count, "active")
        engine = create_async_engine(
            naive.urls["customers"].replace("postgresql://", "postgresql+psycopg://", 1)
        )
        began = time.perf_counter()
        for number in range(1, count + 1):
            async with AsyncSession(engine) as session, session.begin():
                await bill_line(session, number)
        took = time.perf_counter() - began
        await engine.dispose()
    return count / took
