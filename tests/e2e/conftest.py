"""One stack of processes for the session, on throw-away servers."""

from collections.abc import AsyncIterator

import pytest

from deploy.local.stack import Stack, running_stack


@pytest.fixture(scope="session")
async def stack() -> AsyncIterator[Stack]:
    """Every process of the system; its own databases, no rate limit."""
    quiet = {"GATEWAY_RATE_LIMITS": "false", "DUESLINE_LOG_LEVEL": "warning"}
    async with running_stack("test", fresh=True, environment=quiet) as running:
        yield running
