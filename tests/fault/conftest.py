"""One durable stack for all fault tests; each test brings an organization of its own."""

from collections.abc import AsyncIterator

import pytest

from deploy.local.stack import Stack, running_stack

PROFILE = "fault"


@pytest.fixture(scope="session")
async def stack() -> AsyncIterator[Stack]:
    """Every process of the system on PostgreSQL and RabbitMQ with durable settings."""
    async with running_stack(PROFILE, fresh=True) as running:
        yield running
