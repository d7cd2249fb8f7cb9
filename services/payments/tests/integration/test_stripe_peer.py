"""Stripe's own library against a Stripe that others wrote (localstripe), as a process."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import uvicorn

from services.payments import environment
from services.payments.processors import operations
from services.payments.processors.port import ProcessorRefused, ProcessorUnavailable
from services.payments.tests.integration.card_desk import SECRET_KEY, WEBHOOK_SECRET, CardDesk
from services.payments.tests.integration.desk import Desk

PROGRAM: Final = Path(sys.executable).with_name("localstripe")
PEER_ANSWERS_SECONDS: Final = 30.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
async def peer(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    """A running localstripe, as its payers and we see it."""
    if not PROGRAM.exists():
        pytest.skip("localstripe is not installed")
    port = free_port()
    folder = tmp_path_factory.mktemp("localstripe")
    process = await asyncio.create_subprocess_exec(
        PROGRAM,
        "--from-scratch",
        "--port",
        str(port),
        cwd=folder,
        env=os.environ | {"TMPDIR": str(folder), "HOME": str(folder)},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=url, auth=(SECRET_KEY, ""), timeout=30.0) as client:
        try:
            async with asyncio.timeout(PEER_ANSWERS_SECONDS):
                while not await _answers(client):
                    await asyncio.sleep(0.1)
            yield client
        finally:
            process.terminate()
            await process.wait()


async def _answers(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/v1/customers")).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture
async def stripe_desk(
    desk: Desk, keyed: None, peer: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> CardDesk:
    """A desk whose organization has an account at the peer."""
    monkeypatch.setenv("PAYMENTS_STRIPE_API_BASE", str(peer.base_url).rstrip("/"))
    environment.settings.cache_clear()
    cards = CardDesk(desk.running)
    await cards.set_up("stripe")
    return cards


@pytest.fixture
async def door(stripe_desk: CardDesk, peer: httpx.AsyncClient) -> AsyncIterator[None]:
    """The service on a port, to which the peer sends its webhooks."""
    port = free_port()
    config = uvicorn.Config(
        stripe_desk.running.app, port=port, log_config=None, lifespan="off", access_log=False
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.02)
    url = f"http://127.0.0.1:{port}/webhooks/stripe/{stripe_desk.organization.id}"
    answer = await peer.post(
        "/_config/webhooks/duesline", data={"url": url, "secret": WEBHOOK_SECRET}
    )
    assert answer.status_code == 200
    yield
    server.should_exit = True
    await serving


async def pay(peer: httpx.AsyncClient, begun: dict[str, Any], number: str) -> httpx.Response:
    """The payer presents a card at the peer."""
    card = {
        "type": "card",
        "card[number]": number,
        "card[exp_month]": "12",
        "card[exp_year]": "2030",
        "card[cvc]": "123",
    }
    method = (await peer.post("/v1/payment_methods", data=card)).json()["id"]
    path = f"/v1/payment_intents/{begun['provider_intent_id']}"
    (await peer.post(path, data={"payment_method": method})).raise_for_status()
    return await peer.post(f"{path}/confirm")


async def handled(cards: CardDesk, type_: str) -> None:
    """Wait for a webhook of the peer's, then have it handled."""
    async with asyncio.timeout(PEER_ANSWERS_SECONDS):
        while not await cards.rows("SELECT FROM provider_event WHERE type = %s", type_):
            await asyncio.sleep(0.1)
    await cards.handle()


async def test_a_card_paid_at_the_peer_is_in_the_books(
    stripe_desk: CardDesk, peer: httpx.AsyncClient, door: None
) -> None:
    invoice = await stripe_desk.invoice()
    begun = await stripe_desk.begun(invoice_id=invoice.invoice_id)
    assert begun["provider_intent_id"].startswith("pi_")
    assert begun["client_secret"].startswith(begun["provider_intent_id"])

    paid = await pay(peer, begun, "4242424242424242")
    assert paid.status_code == 200, paid.text
    await handled(stripe_desk, "payment_intent.succeeded")

    assert (await stripe_desk.receivable(invoice.invoice_id))["open_minor"] == 0
    payment = (await stripe_desk.get(f"/payments/{begun['id']}")).json()
    assert (payment["status"], payment["reference"]) == ("succeeded", begun["provider_intent_id"])


async def test_a_card_declined_at_the_peer_is_no_payment(
    stripe_desk: CardDesk, peer: httpx.AsyncClient, door: None
) -> None:
    invoice = await stripe_desk.invoice()
    begun = await stripe_desk.begun(invoice_id=invoice.invoice_id)

    assert (await pay(peer, begun, "4000000000000341")).status_code == 402
    await handled(stripe_desk, "payment_intent.payment_failed")

    intent = await stripe_desk.intent(begun["id"])
    assert (intent["status"], intent["recorded"]) == ("failed", False)
    assert await stripe_desk.rows("SELECT FROM payment") == []


async def test_a_payment_is_given_up_at_the_peer(
    stripe_desk: CardDesk, peer: httpx.AsyncClient
) -> None:
    invoice = await stripe_desk.invoice()
    begun = await stripe_desk.begun(invoice_id=invoice.invoice_id)

    answer = await stripe_desk.post(f"/payment-intents/{begun['id']}/cancel")

    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    there = await peer.get(f"/v1/payment_intents/{begun['provider_intent_id']}")
    assert there.json()["status"] == "canceled"


async def test_the_peers_refusals_and_silence_are_told_apart(stripe_desk: CardDesk) -> None:
    processor = await operations.processor_of(stripe_desk.running.db, stripe_desk.organization.id)

    with pytest.raises(ProcessorRefused) as refusal:
        await processor.retrieve("pi_nobody")
    assert "No such" in refusal.value.message or refusal.value.code

    environment.settings().stripe_api_base = "http://127.0.0.1:9"  # nobody listens there
    silent = await operations.processor_of(stripe_desk.running.db, stripe_desk.organization.id)
    with pytest.raises(ProcessorUnavailable):
        await silent.retrieve("pi_nobody")
