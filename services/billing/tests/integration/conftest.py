"""The billing service on a real database, and the things most tests start from."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from services.billing.service import SERVICE
from services.billing.tests.integration.facts import NOON
from shared import clock
from shared.testing import Bed, Running


@pytest.fixture(autouse=True)
def noon() -> Iterator[clock.FrozenClock]:
    """The clock stands at noon of TODAY, until a test moves it."""
    with clock.frozen(NOON) as frozen:
        yield frozen


@pytest.fixture
async def service(bed: Bed) -> AsyncIterator[Running]:
    """The billing service, knowing two organizations."""
    async with bed.service(SERVICE) as running:
        yield running


@pytest.fixture
async def client(service: Running) -> AsyncIterator[httpx.AsyncClient]:
    """An administrator of the first organization."""
    async with service.client() as signed_in:
        yield signed_in
