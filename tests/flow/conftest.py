"""A world per test."""

from collections.abc import AsyncIterator

import pytest

from shared.testing.servers import Servers
from tests.flow.world import World, running_world


@pytest.fixture
async def world(servers: Servers) -> AsyncIterator[World]:
    """The whole system, quiet, with one sandbox organization."""
    async with running_world(servers) as world:
        yield world
        assert await world.dead_letters() == []
        assert await world.broken_promises() == []
