"""The payments service on a fresh database, and what its tests ask of it."""

from collections.abc import AsyncIterator

import pytest

from services.payments.deposits.operations import open_default
from services.payments.service import SERVICE
from services.payments.tests.integration.desk import Desk
from shared.contracts.payments import PaymentMethod
from shared.testing import Bed


@pytest.fixture
async def desk(bed: Bed) -> AsyncIterator[Desk]:
    """A running payments service, whose books must agree when the test is over."""
    async with bed.service(SERVICE) as running:
        desk = Desk(running)
        await open_default(running.api_db, desk.organization.id, PaymentMethod.CASH, "USD")
        yield desk
        assert await desk.broken_promises() == {}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not known yet is hardly waited for."""
    monkeypatch.setattr("services.payments.payments.operations.LONGEST_WAIT_SECONDS", 0.05)
