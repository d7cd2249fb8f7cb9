"""The naive chain, measured as ours is: payments or overdue lines, to the line's new status."""

import asyncio
import time

from benchmarks.naive.world import SERVICES, world


async def live(count: int) -> float:
    """Payments per second while a generator commits them and the workers run."""
    async with world() as naive:
        await naive.seed(count, "suspended")
        async with naive.running(*SERVICES):
            generating = asyncio.create_task(naive.finished("payments-generator"))
            ended = await naive.until("active", count)
            began = await generating
    return count / (ended - began)


async def backlog(count: int) -> float:
    """Payments per second when all of them wait in the outbox as the workers start."""
    async with world() as naive:
        await naive.seed(count, "suspended")
        await naive.finished("payments-generator")
        async with naive.running("collections", "customers"), naive.running("payments"):
            began = time.perf_counter()
            ended = await naive.until("active", count)
    return count / (ended - began)


async def sweep(count: int) -> float:
    """Lines per second from the start of the sweep to the suspended line."""
    async with world() as naive:
        await naive.seed(count, "active")
        async with naive.running("collections", "customers"):
            sweeping = asyncio.create_task(naive.finished("collections-sweeper"))
            ended = await naive.until("suspended", count)
            began = await sweeping
    return count / (ended - began)
