"""The service on a real database, and the things most tests start from."""

from collections.abc import AsyncIterator

import httpx
import pytest

from services.customers.service import SERVICE
from shared.testing import Bed, Running


@pytest.fixture
async def service(bed: Bed) -> AsyncIterator[Running]:
    """The customers service, knowing two organizations."""
    async with bed.service(SERVICE) as running:
        yield running


@pytest.fixture
async def client(service: Running) -> AsyncIterator[httpx.AsyncClient]:
    """An administrator of the first organization."""
    async with service.client() as signed_in:
        yield signed_in
