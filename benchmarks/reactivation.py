"""From a payment's answer to the reactivated line: one at a time, live, and from a backlog."""

import asyncio
import time
from uuid import UUID

import aiohttp
import psycopg
from psycopg.rows import tuple_row

from benchmarks.generator import pay_all
from benchmarks.naive import chain as naive
from benchmarks.report import Result, percentile
from benchmarks.rig import Rig, running_rig, say, suspended
from shared.ids import new_id

CHAIN = ("payments-worker", "collections-worker", "customers-worker")
WARM_UP = 30


async def latency(*, quick: bool) -> list[Result]:
    """One payment at a time by HTTP; the line's commit seen by polling its database."""
    count = 100 if quick else 400
    async with running_rig() as rig:
        await rig.import_debts(count + WARM_UP, "lat")
        await rig.suspend_all(count + WARM_UP)
        samples = await _latencies(rig, await rig.invoices())
    kept = samples[WARM_UP:]
    p50, p99 = percentile(kept, 0.5), percentile(kept, 0.99)
    return [
        Result(
            name="reactivation-latency",
            unit="ms",
            value=p50,
            p50=p50,
            p99=p99,
            target="p50 < 15 ms, p99 < 60 ms",
            reached=p50 < 15 and p99 < 60,
            sizes={"payments": len(kept)},
        )
    ]


async def _latencies(rig: Rig, invoices: list[tuple[UUID, UUID]]) -> list[float]:
    samples = []
    url = rig.stack.database_urls["customers"]["worker"]
    headers = {"Authorization": f"Bearer {rig.token}"}
    base = rig.stack.service_urls["payments"]
    async with (
        aiohttp.ClientSession(base, headers=headers) as client,
        await psycopg.AsyncConnection.connect(
            url, autocommit=True, row_factory=tuple_row
        ) as watching,
    ):
        for invoice_id, line_id in invoices:
            body = {"invoice_id": str(invoice_id), "amount": {"amount": "10.00"}, "method": "cash"}
            key = {"Idempotency-Key": str(new_id())}
            async with client.post("/payments", json=body, headers=key) as answer:
                assert answer.status == 201, await answer.text()
            answered = time.perf_counter()
            while True:
                cursor = await watching.execute("SELECT status FROM line WHERE id = %s", (line_id,))
                row = await cursor.fetchone()
                if row == ("active",):
                    break
                await asyncio.sleep(0.0005)
            samples.append((time.perf_counter() - answered) * 1000)
            await asyncio.sleep(0.02)
    return samples


async def live(*, quick: bool) -> list[Result]:
    """A generator commits payments as fast as it can while the chain keeps up."""
    count, of_naive = (10_000, 400) if quick else (60_000, 2_000)
    async with running_rig() as rig:
        await prepared(rig, count)
        invoices = [invoice for invoice, _ in await rig.invoices()]
        generating = asyncio.create_task(pay_all(rig, invoices))
        ended = await rig.until("customers", suspended(), 0, every=0.1)
        began, generated = await generating
    say("naive, live")
    slow = await naive.live(of_naive)
    value = count / (ended - began)
    return [
        Result(
            name="reactivation-live",
            unit="payments/s",
            value=value,
            target=">= 3 000/s, >= 15 x naive",
            naive=slow,
            naive_is="one ORM transaction per message, prefetch 1, outbox polled every 100 ms",
            ratio_to_naive=value / slow,
            reached=value >= 3000 and value >= 15 * slow,
            sizes={"payments": count, "naive_payments": of_naive},
            detail={
                "generator_alone_per_s": count / generated,
                "behind_generator_s": ended - began - generated,
            },
        )
    ]


async def backlog(*, quick: bool) -> list[Result]:
    """The same with every payment waiting in the outbox when the workers start."""
    count, of_naive = (10_000, 400) if quick else (100_000, 2_000)
    async with running_rig() as rig:
        await prepared(rig, count)
        for name in CHAIN:
            await rig.stack.stop(name)
        await pay_all(rig, [invoice for invoice, _ in await rig.invoices()])
        say("payments recorded; starting the workers")
        await asyncio.gather(*(rig.stack.start(name) for name in CHAIN[1:]))
        starting = asyncio.create_task(rig.stack.start(CHAIN[0]))
        waiting = count
        while waiting == count:  # the relay's first page ends the time it takes to start
            waiting = await rig.scalar("payments", "SELECT count(*) / 2 FROM outbox")
            await asyncio.sleep(0.005)
        began = time.perf_counter()
        ended = await rig.until("customers", suspended(), 0, every=0.02)
        await starting
    say("naive, backlog")
    slow = await naive.backlog(of_naive)
    value = count / (ended - began)
    return [
        Result(
            name="reactivation-backlog",
            unit="payments/s",
            value=value,
            target=">= 10 000/s, >= 50 x naive",
            naive=slow,
            naive_is="one ORM transaction per message, prefetch 1, outbox polled every 100 ms",
            ratio_to_naive=value / slow,
            reached=value >= 10_000 and value >= 50 * slow,
            sizes={"payments": count, "naive_payments": of_naive},
        )
    ]


async def prepared(rig: Rig, count: int) -> None:
    """`count` suspended lines with one open debt each; what the chain does not need stopped."""
    say(f"importing {count} lines")
    job = await rig.import_debts(count, "re")
    taken = time.perf_counter() - job["began"]
    say(f"imported in {taken:.1f} s; suspending")
    say(f"suspended in {await rig.suspend_all(count):.1f} s")
    for name in ("billing-worker", "ingestion-worker", "ingestion-api", "billing-api"):
        await rig.stack.stop(name)
