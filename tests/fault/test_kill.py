"""kill -9 loses nothing: not a process of ours, not the broker, not a database."""

import asyncio
import random

import pytest

from deploy.local import infra
from deploy.local.stack import Stack
from tests.fault.conftest import PROFILE
from tests.fault.month import live_through

pytestmark = pytest.mark.timeout(300)


async def a_moment() -> None:
    await asyncio.sleep(random.uniform(0.05, 0.6))


@pytest.mark.parametrize(
    "service", ["customers", "billing", "payments", "collections", "ingestion"]
)
async def test_killing_api_and_worker_at_any_time_loses_nothing(stack: Stack, service: str) -> None:
    async def trouble() -> None:
        await a_moment()
        await stack.kill(f"{service}-worker", wait=False)
        await a_moment()
        await stack.kill(f"{service}-api", wait=False)

    await live_through(stack, trouble)


async def test_killing_the_gateway_at_any_time_loses_nothing(stack: Stack) -> None:
    async def trouble() -> None:
        await a_moment()
        await stack.kill("gateway", wait=False)

    await live_through(stack, trouble)


async def test_killing_all_workers_at_once_loses_nothing(stack: Stack) -> None:
    async def trouble() -> None:
        await a_moment()
        for name in stack.worker_urls:
            await stack.kill(f"{name}-worker", wait=False)

    await live_through(stack, trouble)


async def test_a_broker_that_dies_and_comes_back_loses_nothing(stack: Stack) -> None:
    async def trouble() -> None:
        await a_moment()
        await asyncio.to_thread(infra.broker_kill, PROFILE)
        await asyncio.sleep(1.0)
        await asyncio.to_thread(infra.broker_start, PROFILE)

    await live_through(stack, trouble)


async def test_a_database_that_dies_and_comes_back_loses_nothing(stack: Stack) -> None:
    async def trouble() -> None:
        await a_moment()
        await asyncio.to_thread(infra.postgres_kill, PROFILE)
        await asyncio.sleep(0.5)
        await asyncio.to_thread(infra.postgres_start, PROFILE)

    await live_through(stack, trouble)


async def test_servers_that_are_stopped_in_order_and_started_lose_nothing(stack: Stack) -> None:
    async def trouble() -> None:
        await a_moment()
        await asyncio.to_thread(infra.postgres_stop, PROFILE)
        await asyncio.to_thread(infra.broker_stop, PROFILE)
        await asyncio.to_thread(infra.postgres_start, PROFILE)
        await asyncio.to_thread(infra.broker_start, PROFILE)

    await live_through(stack, trouble)
