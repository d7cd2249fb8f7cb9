"""The service on a real database, and the world around it."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from services.collections.service import SERVICE
from services.collections.tests.integration.scene import Scene
from shared.testing import Bed, Running


@pytest.fixture
async def service(bed: Bed) -> AsyncIterator[Running]:
    """The collections service, knowing two organizations."""
    async with bed.service(SERVICE) as running:
        yield running


@pytest.fixture
async def scene(service: Running) -> Scene:
    """The first organization and those around it; its calendar has been followed to today."""
    return await settled(service, Scene(service, service.organization))


@pytest.fixture
async def client(service: Running) -> AsyncIterator[httpx.AsyncClient]:
    """An administrator of the first organization."""
    async with service.client() as signed_in:
        yield signed_in


async def settled(service: Running, scene: Scene) -> Scene:
    """The scene once every timer has nothing more to do."""
    for timer in service.service.timers:
        await service.run_timer(timer)
    return scene


@pytest.fixture
async def loop() -> asyncio.AbstractEventLoop:
    """The loop that fixtures live in, for a test that is not a coroutine."""
    return asyncio.get_running_loop()
