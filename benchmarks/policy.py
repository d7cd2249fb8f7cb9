"""A policy of stages and segments over a big portfolio: a day of it, its ticks, a what-if."""

import time
from typing import Any, Final

import psycopg
from psycopg.rows import tuple_row

from benchmarks.report import Result, percentile
from benchmarks.rig import Rig, running_rig, say
from benchmarks.seeding import seed
from benchmarks.sweep import STOPPED
from services.collections.agenda.timers import keep_agenda
from services.collections.clock.timers import assess_due
from services.collections.whatif.timers import run_what_ifs
from shared.db import Database

TICKS: Final = 200
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


async def measure(*, quick: bool) -> list[Result]:
    """Evaluation of a day, idle ticks of the agenda, and what-if throughput."""
    lines = 5_000 if quick else 1_000_000
    async with running_rig() as rig:
        body = {"name": "Benchmark", "document": DOCUMENT}
        made = await rig.api.post("/collections/policies", json=body)
        await rig.api.post(f"/collections/policies/{made['id']}/publish")
        for name in {*STOPPED, "billing-worker", "customers-worker"} - {"collections-api"}:
            await rig.stack.stop(name)
        say(f"seeding {lines} lines, {lines * 3} invoices")
        late = await seed(rig, 1, lines)
        await rig.stack.stop("collections-worker")
        asked = await rig.api.post("/collections/what-ifs", json={"policy_id": made["id"]})
        database = await Database.open(
            rig.stack.database_urls["collections"]["worker"], application="policy", size=2
        )
        try:
            day = await _day(rig, database, late)
            ticks = await _ticks(database)
            said = await _what_if(rig, database, asked["id"])
        finally:
            await database.close()
    return [
        _day_result(lines, late, *day, ticks),
        Result(
            name="what-if",
            unit="customers/s",
            value=said["customers"] / said["seconds"],
            target="100 000 customers in minutes",
            reached=said["seconds"] * 100_000 / said["customers"] < 600,
            sizes={"customers": said["customers"]},
            detail=said,
        ),
    ]


def _day_result(lines: int, late: int, took: float, update: float, ticks: list[float]) -> Result:
    return Result(
        name="policy-evaluation",
        unit="lines/s",
        value=late / took,
        target="a day of a million lines in minutes; an idle tick < 2 ms",
        limit=late / update,
        limit_is="bare UPDATE of the same debts",
        ratio_to_limit=update / took,
        reached=percentile(ticks, 0.5) < 2,
        sizes={"lines": lines, "invoices": lines * 3, "late": late},
        detail={"seconds": took, "idle_tick_p50_ms": percentile(ticks, 0.5)},
    )


async def _day(rig: Rig, database: Database, late: int) -> tuple[float, float]:
    """Seconds of the day after, every stage of it recorded, and of the bare UPDATE."""
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
        await admin.execute("UPDATE assessment_clock SET next_at = now()")
        await admin.execute("CHECKPOINT")
        began = time.perf_counter()
        await assess_due(database)
        took = time.perf_counter() - began
        cursor = await admin.execute("SELECT count(*) FROM ladder")
        row = await cursor.fetchone()
        assert row is not None
        assert row[0] == late, (row[0], late)
        await admin.execute("CHECKPOINT")
        began = time.perf_counter()
        await admin.execute(BARE_UPDATE.encode(), (rig.organization_id, rig.organization_id))
        return took, time.perf_counter() - began


async def _ticks(database: Database) -> list[float]:
    """Milliseconds of both clocks with nothing due."""
    samples = []
    for _ in range(TICKS):
        began = time.perf_counter()
        assert await assess_due(database) == 0
        assert await keep_agenda(database) == 0
        samples.append((time.perf_counter() - began) * 1000)
    return samples


async def _what_if(rig: Rig, database: Database, what_if_id: str) -> dict[str, Any]:
    """Seconds of a what-if over everybody."""
    began = time.perf_counter()
    await run_what_ifs(database)
    took = time.perf_counter() - began
    found = await rig.api.get(f"/collections/what-ifs/{what_if_id}")
    assert found["status"] == "finished", found
    return {"seconds": took, "customers": found["customers_done"], "summary": found["summary"]}
