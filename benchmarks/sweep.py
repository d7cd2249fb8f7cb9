"""A day passes over a big portfolio: what the sweep costs, and what an idle tick costs."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

import psycopg
from psycopg.rows import tuple_row

from benchmarks.naive import chain as naive
from benchmarks.report import Result, percentile
from benchmarks.rig import Rig, running_rig, say, suspended
from benchmarks.seeding import seed
from services.billing.clock.timers import due_clock, sweep
from services.collections.clock.timers import assess_due
from shared.db import Database

STOPPED: Final = (
    "payments-api",
    "payments-worker",
    "ingestion-api",
    "ingestion-worker",
    "billing-api",
    "collections-api",
)
TICKS: Final = 200
DECISIONS: Final = "SELECT count(*) FROM decision WHERE outcome = 'suspend'"
# The rows the sweep announces, rewritten as a system that stores "overdue" would.
BARE_UPDATE: Final = """
UPDATE invoice SET was_overdue = true
WHERE organization_id = %s AND document = 'issued' AND allocated_minor < total_minor
  AND due_on <= %s
"""


async def measure(*, quick: bool) -> list[Result]:
    """The overdue sweep and the idle tick, on the same data."""
    lines, of_naive = (50_000, 500) if quick else (1_000_000, 2_000)
    async with running_rig() as rig:
        for name in STOPPED:
            await rig.stack.stop(name)
        say(f"seeding {lines} lines, {lines * 3} invoices")
        overdue = await seed(rig, 1, lines // 10)
        small = await _ticks(rig)
        overdue += await seed(rig, lines // 10 + 1, lines)
        big = await _ticks(rig)
        say(f"billing's step alone, {overdue} invoices")
        alone, update = await _step_alone(rig, overdue)
        say("the whole")
        hops = await _whole(rig, overdue)
    say("naive")
    slow = await naive.sweep(of_naive)
    return [
        _sweep_result(lines, overdue, alone, update, hops, slow),
        _tick_result(lines, small, big),
    ]


def _sweep_result(
    lines: int,
    overdue: int,
    alone: float,
    update: float,
    hops: dict[str, float],
    slow: float,
) -> Result:
    rate = overdue / hops["customers_suspended_s"]
    return Result(
        name="overdue-sweep",
        unit="lines/s",
        value=rate,
        target="billing's step >= 0.8 of the bare UPDATE, the whole >= 20 x naive",
        limit=overdue / update,
        limit_is="bare UPDATE of the overdue invoices; the ratio is of billing's step to it",
        ratio_to_limit=update / alone,
        naive=slow,
        naive_is="per line: one ORM transaction in the sweep, one per message after it",
        ratio_to_naive=rate / slow,
        reached=update / alone >= 0.8 and rate >= 20 * slow,
        sizes={"lines": lines, "invoices": lines * 3, "overdue": overdue},
        detail={"billing_step_s": alone, "bare_update_s": update, **hops},
    )


def _tick_result(lines: int, small: dict[str, list[float]], big: dict[str, list[float]]) -> Result:
    worst = max(percentile(samples, 0.5) for samples in [*small.values(), *big.values()])
    every = [sample for samples in big.values() for sample in samples]
    return Result(
        name="idle-tick",
        unit="ms",
        value=worst,
        target="< 2 ms, and the same with 1/10 of the lines",
        p50=percentile(every, 0.5),
        p99=percentile(every, 0.99),
        reached=worst < 2,
        sizes={"lines": lines, "fewer_lines": lines // 10, "ticks": TICKS},
        detail={
            f"{name}_p50_ms": {
                "all": percentile(samples, 0.5),
                "tenth": percentile(small[name], 0.5),
            }
            for name, samples in big.items()
        },
    )


async def _ticks(rig: Rig) -> dict[str, list[float]]:
    """Milliseconds of each tick of each timer with nothing due."""
    timers: dict[str, Callable[[Database], Awaitable[int]]] = {
        "billing": due_clock,
        "collections": assess_due,
    }
    found = {}
    for service, tick in timers.items():
        database = await Database.open(
            rig.stack.database_urls[service]["worker"],
            application="ticks",
            size=1,
            custom_plans=True,
        )
        samples = []
        for _ in range(TICKS + 20):
            began = time.perf_counter()
            assert await tick(database) == 0
            samples.append((time.perf_counter() - began) * 1000)
        await database.close()
        found[service] = samples[20:]
    return found


async def _step_alone(rig: Rig, overdue: int) -> tuple[float, float]:
    """Seconds of billing's own sweep and of the bare UPDATE; both undone."""
    await rig.stack.stop("billing-worker")
    url = rig.stack.superuser_urls["billing"]
    database = await Database.open(
        rig.stack.database_urls["billing"]["worker"], application="sweep", size=1, custom_plans=True
    )
    async with await psycopg.AsyncConnection.connect(
        url, autocommit=True, row_factory=tuple_row
    ) as admin:
        await admin.execute("CREATE TABLE clock_before AS SELECT * FROM due_clock")
        await _move(admin, rig, 1)
        await admin.execute("CHECKPOINT")
        began = time.perf_counter()
        assert await sweep(database, rig.organization_id) == overdue
        alone = time.perf_counter() - began
        await database.close()
        await admin.execute("TRUNCATE outbox")
        await _move(admin, rig, -1)
        await admin.execute("DELETE FROM due_clock")
        await admin.execute("INSERT INTO due_clock SELECT * FROM clock_before")
        await admin.execute("DROP TABLE clock_before")
        update = await _bare_update(admin, rig, overdue)
    await rig.stack.start("billing-worker")
    return alone, update


async def _bare_update(
    admin: psycopg.AsyncConnection[tuple[Any, ...]], rig: Rig, overdue: int
) -> float:
    clock = await rig.api.get(f"/organizations/{rig.organization_id}/clock")
    await admin.execute("CHECKPOINT")
    began = time.perf_counter()
    cursor = await admin.execute(BARE_UPDATE.encode(), (rig.organization_id, clock["today"]))
    took = time.perf_counter() - began
    assert cursor.rowcount == overdue, cursor.rowcount
    await admin.execute(b"UPDATE invoice SET was_overdue = false WHERE was_overdue")
    await admin.execute("VACUUM (ANALYZE) invoice")
    return took


async def _move(admin: psycopg.AsyncConnection[tuple[Any, ...]], rig: Rig, days: int) -> None:
    """Move the organization's clock as billing knows it, without anybody else."""
    await admin.execute(
        "UPDATE organization SET clock_offset_seconds = clock_offset_seconds + %s WHERE id = %s",
        (days * 86_400, rig.organization_id),
    )


async def _whole(rig: Rig, overdue: int) -> dict[str, float]:
    """Seconds from the moved clock until each hop is through."""
    path = f"/organizations/{rig.organization_id}/clock"
    began = time.perf_counter()
    waiting = {
        "billing_announced_s": rig.until(
            "billing", "SELECT count(*) FROM due_clock WHERE next_at > now()", 1
        ),
        "collections_decided_s": rig.until("collections", DECISIONS, overdue, every=0.25),
        "customers_suspended_s": rig.until("customers", suspended(), overdue, every=0.25),
    }
    await rig.api.post(path, json={"advance_days": 1})
    ended = await asyncio.gather(*waiting.values())
    return {name: at - began for name, at in zip(waiting, ended, strict=True)}
