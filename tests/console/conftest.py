"""A whole system of its own with the built console, and a browser to use it with."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.local.stack import Stack, running_stack
from deploy.local.state import ROOT
from tests.console.browser import Page, browser, executable
from tests.console.business import Business, open_business

PROFILE = "test"
BUILT = Path(ROOT) / "gateway" / "console" / "dist" / "index.html"


@pytest.fixture(scope="session")
async def stack() -> AsyncIterator[Stack]:
    """Every process of the system; skips where there is no browser or no build to look at."""
    if executable() is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium fonts-dejavu-core")
    if not BUILT.is_file():
        pytest.skip("the console is not built: make console")
    async with running_stack(PROFILE, fresh=True) as running:
        yield running


@pytest.fixture(scope="session")
async def business(stack: Stack) -> Business:
    """An organization with people of every role and customers who owe."""
    return await open_business(stack)


@pytest.fixture
async def page(stack: Stack) -> AsyncIterator[Page]:
    """An empty tab, logged in nowhere."""
    async with browser() as tab:
        yield tab
