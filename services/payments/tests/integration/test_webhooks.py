"""The door for processors: who comes in, what is kept, and what becomes of it."""

import asyncio
from datetime import timedelta

import orjson
import pytest

from services.payments.processors.signing import sign
from services.payments.tests.integration.card_desk import (
    SECRET_KEY,
    WEBHOOK_SECRET,
    CardDesk,
    event,
    intent_object,
)
from services.payments.webhooks.timers import count_provider_events, forget_provider_events
from shared import clock
from shared.auth import Role

NEW_SECRET = "whsec_new_0123456789"


async def _paid(cards: CardDesk) -> bytes:
    invoice = await cards.invoice()
    begun = await cards.begun(invoice_id=invoice.invoice_id)
    return event("payment_intent.succeeded", intent_object(begun, "succeeded"))


async def _states(cards: CardDesk, **query: str) -> list[str]:
    async with cards.running.client(Role.ORG_ADMIN) as client:
        items = (await client.get("/webhooks/events", params=query)).json()["items"]
    return [each["state"] for each in items]


async def test_a_webhook_is_kept_before_it_is_answered_and_handled_from_there(
    cards: CardDesk,
) -> None:
    body = await _paid(cards)

    answer = await cards.send(body)

    assert (answer.status_code, answer.json()) == (200, {"received": True, "repeated": False})
    (row,) = await cards.rows("SELECT state, body FROM provider_event")
    assert (row["state"], bytes(row["body"])) == ("stored", body)
    assert await cards.handle() == 1
    assert await _states(cards) == ["handled"]


async def test_a_hundred_deliveries_of_one_event_have_one_effect(cards: CardDesk) -> None:
    body = await _paid(cards)

    answers = await asyncio.gather(*(cards.send(body) for _ in range(100)))
    await asyncio.gather(*(cards.handle() for _ in range(3)))

    assert {each.status_code for each in answers} == {200}
    assert [each.json()["repeated"] for each in answers].count(False) == 1
    assert len(await cards.rows("SELECT FROM payment")) == 1
    assert len(await cards.rows("SELECT FROM allocation")) == 1


async def test_what_is_not_signed_as_it_is_by_its_organization_now_is_refused(
    cards: CardDesk,
) -> None:
    body = await _paid(cards)
    now = clock.now()
    await cards.set_up(
        organization=cards.running.other_organization, webhook_secret="whsec_other_0123456789"
    )

    refused = {
        "an altered body": await cards.send(body + b" ", header=sign(body, WEBHOOK_SECRET, now)),
        "an old one": await cards.send(body, at=now - timedelta(seconds=302)),
        "one from ahead": await cards.send(body, at=now + timedelta(seconds=302)),
        "another secret": await cards.send(body, secret="whsec_other_0123456789"),
        "another organization": await cards.send(
            body, organization=cards.running.other_organization
        ),
        "another provider's": await cards.send(body, provider="stripe"),
        "the API key": await cards.send(body, secret=SECRET_KEY),
        "no signature": await cards.send(body, header=""),
        "no time": await cards.send(body, header="v1=00"),
    }

    said = {name: (each.status_code, each.json()["type"]) for name, each in refused.items()}
    assert set(said.values()) == {(400, "https://duesline.dev/problems/signature-refused")}
    assert await cards.rows("SELECT FROM provider_event") == []


async def test_an_event_of_another_organization_moves_nothing_here(cards: CardDesk) -> None:
    """They sign with their own secret and name our payment."""
    body = await _paid(cards)
    other = cards.running.other_organization
    await cards.set_up(organization=other, webhook_secret="whsec_other_0123456789")

    answer = await cards.send(body, organization=other, secret="whsec_other_0123456789")
    await cards.handle()

    assert answer.status_code == 200
    (row,) = await cards.rows("SELECT state, organization_id FROM provider_event")
    assert (row["state"], row["organization_id"]) == ("ignored", other.id)
    assert await cards.rows("SELECT FROM payment") == []
    assert await _states(cards) == []
    await cards.send(body)  # and they have not taken its id from us
    await cards.handle()
    assert len(await cards.rows("SELECT FROM payment")) == 1


async def test_both_secrets_hold_for_a_day_after_one_is_replaced(cards: CardDesk) -> None:
    body = await _paid(cards)
    async with cards.running.client(Role.ORG_ADMIN) as client:
        (processor,) = (await client.get("/processors")).json()["items"]
        path = f"/processors/{processor['id']}"
        changed = await client.patch(path, json={"webhook_secret": NEW_SECRET})
    assert changed.json()["previous_webhook_secret_until"] is not None

    assert (await cards.send(body, secret=WEBHOOK_SECRET)).status_code == 200
    assert (await cards.send(body, secret=NEW_SECRET)).status_code == 200
    with clock.frozen(clock.now() + timedelta(hours=25)):
        assert (await cards.send(body, secret=WEBHOOK_SECRET)).status_code == 400
        assert (await cards.send(body, secret=NEW_SECRET)).status_code == 200


@pytest.mark.parametrize(
    "body", [b"[]", b"{", b'{"id": 1, "type": "x"}', b'{"id": "evt", "type": ""}']
)
async def test_a_signed_body_that_is_no_event_is_refused(cards: CardDesk, body: bytes) -> None:
    answer = await cards.send(body)

    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (400, "not-an-event")


async def test_a_body_beyond_all_events_is_refused(cards: CardDesk) -> None:
    answer = await cards.send(orjson.dumps({"id": "evt", "type": "x", "pad": "x" * 300_000}))

    assert answer.status_code == 413


async def test_what_cannot_be_handled_is_set_aside_alone_and_can_be_replayed(
    cards: CardDesk,
) -> None:
    good = await _paid(cards)
    poison = event("payment_intent.succeeded", {"id": "pi_x"}, id="evt_poison")
    await cards.send(good)
    await cards.send(poison)

    await cards.handle()

    assert await _states(cards, state="handled") == ["handled"]
    async with cards.running.client(Role.ORG_ADMIN) as client:
        listed = await client.get("/webhooks/events", params={"state": "set_aside"})
        (aside,) = listed.json()["items"]
        assert aside["provider_event_id"] == "evt_poison"
        assert "lacks" in aside["reason"]
        again = await client.post(f"/webhooks/events/{aside['id']}/replay")
    assert (again.status_code, again.json()["state"]) == (202, "stored")
    await cards.handle()
    assert await _states(cards, state="set_aside") == ["set_aside"]
    assert len(await cards.rows("SELECT FROM payment")) == 1


async def test_a_page_that_fails_is_handled_one_by_one(cards: CardDesk) -> None:
    bodies = [await _paid(cards) for _ in range(3)]
    bad = event(
        "charge.dispute.created",
        {
            "id": "dp",
            "payment_intent": "pi",
            "amount": 0,
            "currency": "usd",
            "status": "needs_response",
        },
    )
    begun = await cards.begun(invoice_id=(await cards.invoice()).invoice_id)
    bad = bad.replace(b'"pi"', f'"{begun["provider_intent_id"]}"'.encode())
    for body in (*bodies, bad):
        await cards.send(body)

    await cards.handle()

    assert sorted(await _states(cards)) == ["handled", "handled", "handled", "set_aside"]
    assert len(await cards.rows("SELECT FROM payment")) == 3


async def test_what_is_none_of_our_business_is_ignored_with_the_reason(cards: CardDesk) -> None:
    begun = {
        "id": "x",
        "provider_intent_id": "pi_theirs",
        "amount": {"amount": "1.00", "currency": "USD"},
    }
    made = intent_object(begun, "succeeded", metadata={})
    await cards.send(event("payment_intent.succeeded", made))
    await cards.send(event("customer.created", {"id": "cus_1"}))

    await cards.handle()

    rows = await cards.rows("SELECT reason FROM provider_event WHERE state = 'ignored' ORDER BY id")
    assert [row["reason"] for row in rows] == [
        "it is about no payment of ours",
        "nothing that is kept follows from it",
    ]


async def test_a_replay_has_no_second_effect(cards: CardDesk) -> None:
    await cards.send(await _paid(cards))
    await cards.handle()
    async with cards.running.client(Role.ORG_ADMIN) as client:
        (known,) = (await client.get("/webhooks/events")).json()["items"]
        await client.post(f"/webhooks/events/{known['id']}/replay")

    await cards.handle()

    assert len(await cards.rows("SELECT FROM payment")) == 1


async def test_webhooks_are_shown_to_administrators_of_their_organization(
    cards: CardDesk,
) -> None:
    await cards.send(await _paid(cards))
    async with cards.running.client(Role.ORG_ADMIN) as client:
        (known,) = (await client.get("/webhooks/events")).json()["items"]
    other = cards.running.other_organization
    async with cards.running.client(Role.ORG_ADMIN, other) as client:
        assert (await client.get("/webhooks/events")).json()["items"] == []
        refused = await client.post(f"/webhooks/events/{known['id']}/replay")
    async with cards.running.client(Role.CLERK) as client:
        forbidden = await client.get("/webhooks/events")

    assert (refused.status_code, forbidden.status_code) == (404, 403)


async def test_old_webhooks_are_forgotten_and_those_set_aside_are_kept(cards: CardDesk) -> None:
    await cards.send(await _paid(cards))
    await cards.send(event("payment_intent.succeeded", {"id": "pi_x"}))
    await cards.handle()
    await cards.running.run_timer(count_provider_events)

    with clock.frozen(clock.now() + timedelta(days=91)):
        assert await cards.running.run_timer(forget_provider_events) == 1

    assert await _states(cards) == ["set_aside"]
