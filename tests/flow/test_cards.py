"""A subscriber who was cut off pays by card: back when it is confirmed, and while it lasts."""

from collections.abc import Iterator
from typing import Any

import pytest

from services.payments import environment
from services.payments.processors import operations
from shared.contracts.billing import InvoiceSettled
from shared.contracts.collections import CaseCured, LineReactivationOrdered
from shared.contracts.customers import LineReactivated, LineStatus
from shared.contracts.payments import (
    AllocationMade,
    AllocationReversed,
    PaymentChargedBack,
    PaymentDisputed,
    PaymentPending,
    PaymentReceived,
)
from tests.flow.story import invoice, line_status, subscriber
from tests.flow.world import World


@pytest.fixture
def keyed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process that was given a key for the processors' secrets."""
    monkeypatch.setenv("PAYMENTS_SECRETS_KEY", "a key of tests that opens nothing else")
    for cache in (environment.settings, operations.vault):
        cache.cache_clear()
    yield
    for cache in (environment.settings, operations.vault):
        cache.cache_clear()


async def present(world: World, payment: dict[str, Any], card: str) -> None:
    """The payer presents a card; the worker hears of it."""
    path = f"/payment-intents/{payment['id']}/test-confirmation"
    await world.call("payments", "POST", path, status=202, json={"card": card})
    await world.tick()


async def test_a_confirmed_card_payment_restores_a_line_and_a_lost_dispute_opens_the_debt_again(
    world: World, keyed: None
) -> None:
    ana = await subscriber(world)
    owed = await invoice(world, ana, due_in=2)
    await world.call("payments", "POST", "/processors", status=201, json={"provider": "local"})
    await world.settle()
    await world.advance(3)
    assert await line_status(world, ana.line_id) is LineStatus.SUSPENDED

    asked = {"invoice_id": owed["id"]}
    payment = await world.call("payments", "POST", "/payment-intents", status=201, json=asked)
    await world.settle(expect=[])
    await present(world, payment, "4000000000003220")
    await world.settle(expect=[PaymentPending, LineReactivationOrdered, LineReactivated])
    assert await line_status(world, ana.line_id) is LineStatus.ACTIVE
    await present(world, payment, "4242424242424242")
    await world.settle(expect=[PaymentReceived, AllocationMade, InvoiceSettled, CaseCured])
    assert await line_status(world, ana.line_id) is LineStatus.ACTIVE

    path = f"/payment-intents/{payment['id']}/test-dispute"
    await world.call("payments", "POST", path, status=202, json={"status": "lost"})
    await world.tick()
    said = [type(event.data) for event in await world.settle()]
    assert said.count(PaymentDisputed) == 1
    assert {PaymentChargedBack, AllocationReversed} <= set(said)
    shown = await world.call("billing", "GET", f"/invoices/{owed['id']}")
    assert shown["open"]["amount"] == "34.50"
    assert await world.broken_promises() == []
    assert await world.dead_letters() == []
