"""A policy of stages and segments over a big portfolio: a day of it, and its idle ticks."""

import time
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg.rows import tuple_row

from benchmarks.report import Result, percentile
from benchmarks.rig import Rig, running_rig, say
from benchmarks.seeding import seed
from benchmarks.sweep import STOPPED
from services.collections.agenda.timers import keep_agenda
from services.collections.clock.timers import CAUSE, assess_due
from services.collections.enforcement.locks import Customers, hold
from services.collections.enforcement.operations import assess
from services.collections.enforcement.rules import Cause, Concern, Push
from shared.db import Database

TICKS: Final = 200
ONE_BY_ONE: Final = 500
DOCUMENT: Final[dict[str, Any]] = {
    "minimum_debt": {"amount": "5.00"},
    "stages": [
        {"code": "warn", "kind": "warn", "day": 1},
        {"code": "cut", "kind": "suspend", "day": 10},
        {"code": "desk", "kind": "assign", "day": 30},
    ],
    "segments": [
        {
            "name": "gold",
            "when": {"fact": "tag", "op": "in", "value": ["gold"]},
            "overrides": {"grace_days": 10},
        }
    ],
}
# The same rows written once, as a system would that stores what was decided.
BARE_UPDATE: Final = """
UPDATE debt SET invoice_version = invoice_version + 1
WHERE organization_id = %s AND open_minor >= 1 AND due_on < (
    SELECT ((now() + make_interval(secs => clock_offset_seconds)) AT TIME ZONE time_zone)::date
    FROM organization WHERE id = %s)
"""


# The lines that the day finds late, some of them.
LATE: Final = """
SELECT customer_id, line_id FROM debt
WHERE organization_id = %s AND open_minor >= 1 AND due_on < (
    SELECT ((now() + make_interval(secs => clock_offset_seconds)) AT TIME ZONE time_zone)::date
    FROM organization WHERE id = %s)
ORDER BY invoice_id LIMIT %s
"""


async def measure(*, quick: bool) -> list[Result]:
    """Evaluation of a day by sets and one by one, and idle ticks of both clocks."""
    lines = 5_000 if quick else 1_000_000
    async with running_rig() as rig:
        body = {"name": "Benchmark", "document": DOCUMENT}
        made = await rig.api.post("/collections/policies", json=body)
        await rig.api.post(f"/collections/policies/{made['id']}/publish")
        for name in {*STOPPED, "billing-worker", "customers-worker"}:
            await rig.stack.stop(name)
        say(f"seeding {lines} lines, {lines * 3} invoices")
        late = await seed(rig, 1, lines)
        await rig.stack.stop("collections-worker")
        database = await Database.open(
            rig.stack.database_urls["collections"]["worker"],
            application="policy",
            size=2,
            custom_plans=True,
        )
        try:
            took = await _day(rig, database, late)
            ticks = await _ticks(database)
        finally:
            await database.close()
    return [_result(lines, late, took, ticks)]


def _result(lines: int, late: int, took: dict[str, float], ticks: list[float]) -> Result:
    rate, naive = (late - ONE_BY_ONE) / took["day_s"], ONE_BY_ONE / took["one_by_one_s"]
    tick = percentile(ticks, 0.5)
    return Result(
        name="policy-evaluation",
        unit="lines/s",
        value=rate,
        target="a day of a million lines in minutes; an idle tick < 2 ms",
        limit=late / took["bare_update_s"],
        limit_is="bare UPDATE of the same debts",
        ratio_to_limit=rate * took["bare_update_s"] / late,
        naive=naive,
        naive_is="the same rules and statements, a transaction for each line",
        ratio_to_naive=rate / naive,
        reached=tick < 2 and took["day_s"] < 300,
        sizes={"lines": lines, "invoices": lines * 3, "late": late},
        detail={"idle_tick_p50_ms": tick, "idle_tick_p99_ms": percentile(ticks, 0.99), **took},
    )


async def _day(rig: Rig, database: Database, late: int) -> dict[str, float]:
    """Seconds of the day after: some lines one by one, the rest by its clock, bare UPDATE."""
    url = rig.stack.superuser_urls["collections"]
    async with await psycopg.AsyncConnection.connect(
        url, autocommit=True, row_factory=tuple_row
    ) as admin:
        await admin.execute("ANALYZE")
        await assess_due(database)
        await admin.execute(
            "UPDATE organization SET clock_offset_seconds = clock_offset_seconds + 86400"
            " WHERE id = %s",
            (rig.organization_id,),
        )
        found: dict[str, float] = {}
        twice = (rig.organization_id, rig.organization_id)
        chosen = await admin.execute(LATE, (*twice, ONE_BY_ONE))
        some = await chosen.fetchall()
        await admin.execute("CHECKPOINT")
        began = time.perf_counter()
        await _one_by_one(rig, database, some)
        found["one_by_one_s"] = time.perf_counter() - began
        await admin.execute("UPDATE assessment_clock SET next_at = now()")
        await admin.execute("CHECKPOINT")
        began = time.perf_counter()
        await assess_due(database)
        found["day_s"] = time.perf_counter() - began
        cursor = await admin.execute("SELECT count(*) FROM ladder")
        row = await cursor.fetchone()
        assert row is not None
        assert row[0] == late, (row[0], late)
        await admin.execute("CHECKPOINT")
        began = time.perf_counter()
        await admin.execute(BARE_UPDATE.encode(), twice)
        return found | {"bare_update_s": time.perf_counter() - began}


async def _one_by_one(rig: Rig, database: Database, lines: list[tuple[UUID, UUID]]) -> None:
    """Judge lines as the clock does, each in a transaction of its own."""
    for customer_id, line_id in lines:
        async with database.transaction(None) as tx:
            await hold(tx, Customers([(rig.organization_id, customer_id)]))
            cause = Cause(CAUSE)
            concern = Concern(rig.organization_id, customer_id, line_id, Push.OFF, cause)
            await assess(tx, [concern])


async def _ticks(database: Database) -> list[float]:
    """Milliseconds of both clocks with nothing due."""
    samples = []
    for _ in range(TICKS):
        began = time.perf_counter()
        assert await assess_due(database) == 0
        assert await keep_agenda(database) == 0
        samples.append((time.perf_counter() - began) * 1000)
    return samples
