"""From a payment's commit to the reactivated line while payments come at a pace."""

import asyncio
import time
from datetime import timedelta
from typing import Final
from uuid import UUID

import psycopg
from psycopg.rows import tuple_row

from benchmarks.pacer import Paid, pay_at
from benchmarks.reactivation import prepared
from benchmarks.report import Result, percentile
from benchmarks.rig import PATIENCE_SECONDS, Rig, running_rig, say
from shared import clock

SLOW, FAST = 1, 500
WARM_UP: Final = 30
LOOK_EVERY_SECONDS: Final = 0.003
# Rows are seen when their transaction commits, and carry the instant at which it began.
LOOK_BACK_SECONDS: Final = 0.1
LOOK_THROUGH_EVERY_SECONDS: Final = 2.0
# The measurement's own, so that looking costs the measured next to nothing.
INDEX: Final = "CREATE INDEX ix_bench_line_history_at ON line_history (at)"
SINCE: Final = """
SELECT line_id, at FROM line_history
WHERE at > %s AND change = 'released' AND organization_id = %s
"""
TARGETS: Final = {
    SLOW: "p50 < 15 ms, p99 < 60 ms",
    FAST: "500/s reached, p99 < 1000 ms, nothing left a second after",
}


async def measure(*, quick: bool) -> list[Result]:
    """Payments at one a second, then at 500 a second, on lines that are all suspended."""
    counts = {SLOW: 10, FAST: 1_000} if quick else {SLOW: 60, FAST: 15_000}
    async with running_rig() as rig:
        await prepared(rig, sum(counts.values()) + WARM_UP)
        async with await psycopg.AsyncConnection.connect(
            rig.stack.superuser_urls["customers"], autocommit=True
        ) as admin:
            await admin.execute(INDEX)
        owed = await rig.invoices()
        say(f"warming up with {WARM_UP}")
        await _at(rig, owed[:WARM_UP], 10)
        owed = owed[WARM_UP:]
        results = []
        for rate, count in counts.items():
            say(f"{count} payments at {rate}/s")
            results.append(await _at(rig, owed[:count], rate))
            owed = owed[count:]
    return results


async def _at(rig: Rig, owed: list[tuple[UUID, UUID]], rate: int) -> Result:
    restored, paid = await asyncio.gather(
        _watch(rig, {line_id for _, line_id in owed}),
        pay_at(rig, [invoice_id for invoice_id, _ in owed], rate),
    )
    line_of = dict(owed)
    took = [(restored[line_of[each]] - paid[each].committed) * 1000 for each in paid]
    waited = [(restored[line_of[each]] - paid[each].due) * 1000 for each in paid]
    reached = _rate(list(paid.values()))
    last = max(each.committed for each in paid.values())
    behind = sum(at > last for at in restored.values())
    drained = max(restored.values()) - last
    p50, p99 = percentile(took, 0.5), percentile(took, 0.99)
    return Result(
        name=f"reactivation-rate-{rate}",
        unit=f"ms at {rate} payments/s",
        value=p50,
        p50=p50,
        p99=p99,
        target=TARGETS.get(rate, ""),
        reached=p50 < 15 and p99 < 60
        if rate == SLOW
        else reached > 0.98 * rate and p99 < 1000 and drained < 1,
        sizes={"payments": len(owed), "asked_per_s": rate},
        detail={
            "p90_ms": percentile(took, 0.9),
            "worst_ms": max(took),
            "reached_per_s": reached,
            "since_due_p50_ms": percentile(waited, 0.5),
            "since_due_p99_ms": percentile(waited, 0.99),
            "behind_at_the_end": behind,
            "drained_after_s": drained,
        },
    )


def _rate(paid: list[Paid]) -> float:
    """Payments a second, from the first due to the last committed."""
    began = min(each.due for each in paid)
    return len(paid) / (max(each.committed for each in paid) - began)


async def _watch(rig: Rig, lines: set[UUID]) -> dict[UUID, float]:
    """When each of the lines was seen to be active again, by looking every few milliseconds."""
    seen: dict[UUID, float] = {}
    url = rig.stack.database_urls["customers"]["worker"]
    deadline = time.monotonic() + PATIENCE_SECONDS
    async with await psycopg.AsyncConnection.connect(
        url, autocommit=True, row_factory=tuple_row
    ) as watching:
        began = latest = clock.now()
        looked_through = time.monotonic()
        while len(seen) < len(lines):
            now = time.monotonic()
            through = now - looked_through > LOOK_THROUGH_EVERY_SECONDS
            since = began if through else latest - timedelta(seconds=LOOK_BACK_SECONDS)
            looked_through = now if through else looked_through
            cursor = await watching.execute(SINCE, (since, rig.organization_id))
            rows = await cursor.fetchall()
            at = time.perf_counter()
            for line_id, written_at in rows:
                latest = max(latest, written_at)
                if line_id in lines:
                    seen.setdefault(line_id, at)
            if now > deadline:
                raise TimeoutError(f"{len(seen)} of {len(lines)} lines came back")
            await asyncio.sleep(LOOK_EVERY_SECONDS)
    return seen
