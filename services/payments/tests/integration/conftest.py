"""The payments service on a fresh database, and what its tests ask of it."""

from collections.abc import AsyncIterator, Iterator
from typing import Final

import pytest

from services.payments import environment
from services.payments.deposits.operations import open_default
from services.payments.processors import breaker, operations
from services.payments.service import SERVICE
from services.payments.tests.integration.card_desk import CardDesk
from services.payments.tests.integration.desk import Desk
from shared.contracts.payments import PaymentMethod
from shared.testing import Bed

SECRETS_KEY: Final = "a key of tests that opens nothing else"


@pytest.fixture
async def desk(bed: Bed) -> AsyncIterator[Desk]:
    """A running payments service, whose books must agree when the test is over."""
    async with bed.service(SERVICE) as running:
        desk = Desk(running)
        await open_default(running.api_db, desk.organization.id, PaymentMethod.CASH, "USD")
        yield desk
        assert await desk.broken_promises() == {}


@pytest.fixture
def keyed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process that was given a key for secrets, and whose breakers have seen nothing."""
    caches = (environment.settings, operations.vault, breaker.breaker_of)
    for name, value in (("SECRETS_KEY", SECRETS_KEY), ("STRIPE_API_BASE", "http://127.0.0.1:9")):
        monkeypatch.setenv(f"PAYMENTS_{name}", value)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


@pytest.fixture
async def cards(desk: Desk, keyed: None) -> CardDesk:
    """A desk whose organization has the local test processor set up."""
    cards = CardDesk(desk.running)
    await cards.set_up()
    return cards


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not known yet is hardly waited for."""
    monkeypatch.setattr("services.payments.payments.operations.LONGEST_WAIT_SECONDS", 0.05)
