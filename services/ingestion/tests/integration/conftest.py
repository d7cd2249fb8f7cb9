"""The service on a real database, and services that answer it."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest

from services.ingestion.service import SERVICE
from services.ingestion.settings import IngestionSettings, settings
from services.ingestion.tests.kit import Peers
from shared.auth import Role
from shared.testing import Bed, Running


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., IngestionSettings]]:
    """Sets limits of files and pages for a test."""

    def change(**values: Any) -> IngestionSettings:
        for name, value in values.items():
            monkeypatch.setenv(f"INGESTION_{name.upper()}", str(value))
        settings.cache_clear()
        return settings()

    yield change
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
async def service(bed: Bed) -> AsyncIterator[Running]:
    """The ingestion service, knowing two organizations."""
    async with bed.service(SERVICE) as running:
        yield running


@pytest.fixture
async def client(service: Running) -> AsyncIterator[httpx.AsyncClient]:
    """A clerk of the first organization."""
    async with service.client(Role.CLERK) as signed_in:
        yield signed_in


@pytest.fixture
def peers(service: Running) -> Peers:
    """Customers and billing, answering at once and well unless told otherwise."""
    return Peers(service)
