"""What processors do not tell is asked; what they do not answer is left for later."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import stamina

from services.payments.cards import refunds
from services.payments.cards.timers import (
    reconcile_processors,
    send_card_refunds,
    settle_card_money,
)
from services.payments.processors.breaker import State, breaker_of
from services.payments.processors.local import Card, Local
from services.payments.processors.port import (
    NewRefund,
    ProcessorRefused,
    ProcessorUnavailable,
)
from services.payments.tests.integration.card_desk import CardDesk, event
from shared import clock
from shared.ids import new_id
from shared.money import Money

LATER = timedelta(minutes=11)
NEXT_DAY = timedelta(hours=25)


@pytest.fixture(autouse=True)
def without_pauses() -> Iterator[None]:
    """Retries do not wait."""
    stamina.set_testing(True, attempts=3)
    yield
    stamina.set_testing(False)


def kill_processor(patched: pytest.MonkeyPatch, calls: list[str]) -> None:
    """Every call fails, after it was noted."""

    def dead(name: str) -> Any:
        async def call(self: Local, *_: Any) -> Any:
            calls.append(name)
            raise ProcessorUnavailable("dead")

        return call

    for name in ("create_intent", "cancel_intent", "retrieve", "refund", "returns_of"):
        patched.setattr(Local, name, dead(name))


async def begun(cards: CardDesk, **more: Any) -> dict[str, Any]:
    invoice = await cards.invoice()
    return await cards.begun(invoice_id=invoice.invoice_id, **more)


async def paid_at_the_processor(cards: CardDesk) -> dict[str, Any]:
    """A payment that was paid, and of which no webhook ever came."""
    made = await begun(cards)
    local = Local(cards.running.db, cards.organization.id)
    await local.confirm(made["provider_intent_id"], Card.GOOD)
    return made


async def test_a_payment_whose_webhook_never_came_is_found_by_asking(cards: CardDesk) -> None:
    made = await paid_at_the_processor(cards)
    assert await cards.running.run_timer(reconcile_processors) == 0  # it is not silent for long

    with clock.frozen(clock.now() + LATER):
        assert await cards.running.run_timer(reconcile_processors) == 1
        await cards.running.run_timer(settle_card_money)

    assert (await cards.intent(made["id"]))["recorded"]


async def test_what_was_asked_about_is_not_asked_about_again_at_once(cards: CardDesk) -> None:
    await begun(cards)

    with clock.frozen(clock.now() + LATER):
        assert await cards.running.run_timer(reconcile_processors) == 1
        assert await cards.running.run_timer(reconcile_processors) == 0


async def test_a_payment_that_nobody_confirms_is_given_up_after_a_day(cards: CardDesk) -> None:
    made = await begun(cards)

    with clock.frozen(clock.now() + NEXT_DAY):
        await cards.running.run_timer(reconcile_processors)

    assert (await cards.intent(made["id"]))["status"] == "cancelled"
    local = Local(cards.running.db, cards.organization.id)
    there = await local.retrieve(made["provider_intent_id"])
    assert there.status == "cancelled"


async def test_a_payment_that_the_processor_never_learned_of_is_ended(
    cards: CardDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process died between the row and the call, and nobody repeats the request."""
    invoice = await cards.invoice()
    with monkeypatch.context() as patched:
        kill_processor(patched, [])
        refused = await cards.begin(key="k", invoice_id=invoice.invoice_id)
    assert refused.status_code == 503
    (row,) = await cards.rows("SELECT id, status FROM payment_intent")
    assert row["status"] == "preparing"

    with clock.frozen(clock.now() + LATER):
        await cards.running.run_timer(reconcile_processors)

    assert (await cards.intent(str(row["id"])))["status"] == "cancelled"


async def test_one_that_the_processor_refuses_to_know_has_failed(cards: CardDesk) -> None:
    invoice = await cards.invoice(total_minor=40_202)
    assert (await cards.begin(invoice_id=invoice.invoice_id)).status_code == 502

    with clock.frozen(clock.now() + LATER):
        await cards.running.run_timer(reconcile_processors)

    (row,) = await cards.rows("SELECT status, reason FROM payment_intent")
    assert (row["status"], row["reason"]) == ("failed", "amount_refused")


async def test_a_dead_processor_is_asked_a_few_times_and_then_left_alone(
    cards: CardDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoices = [await cards.invoice() for _ in range(4)]
    calls: list[str] = []
    with monkeypatch.context() as patched:
        kill_processor(patched, calls)
        answers = [await cards.begin(invoice_id=each.invoice_id) for each in invoices]

    assert {each.status_code for each in answers} == {503}
    assert answers[0].headers["retry-after"] == "30"
    assert len(calls) == 5  # the breaker opened at the fifth, within the second request
    assert breaker_of("local").state is State.OPEN
    assert await cards.rows("SELECT FROM payment") == []
    assert (await cards.get("/payments")).json()["items"] == []


async def test_reconciling_stops_at_a_dead_processor_and_goes_on_when_it_lives(
    cards: CardDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [await paid_at_the_processor(cards) for _ in range(3)]
    calls: list[str] = []

    with clock.frozen(clock.now() + LATER):
        with monkeypatch.context() as patched:
            kill_processor(patched, calls)
            assert await cards.running.run_timer(reconcile_processors) == 0
        assert len(calls) == 3  # the attempts of one call
        assert await cards.running.run_timer(reconcile_processors) == 3
        await cards.running.run_timer(settle_card_money)

    assert [(await cards.intent(each["id"]))["recorded"] for each in made] == [True] * 3


async def test_a_charge_that_says_too_little_of_its_refunds_has_the_processor_asked(
    cards: CardDesk,
) -> None:
    made = await begun(cards)
    await cards.present(made["id"])
    await refund_at_the_processor(cards, made, 1000)
    silent = {"id": "ch_1", "payment_intent": made["provider_intent_id"], "amount_refunded": 1000}

    await cards.send(event("charge.refunded", silent))
    await cards.handle()
    await cards.running.run_timer(reconcile_processors)
    await cards.running.run_timer(settle_card_money)

    (row,) = await cards.rows("SELECT status, returned, amount_minor FROM card_refund")
    assert row == {"status": "succeeded", "returned": True, "amount_minor": 1000}


async def refund_at_the_processor(cards: CardDesk, made: dict[str, Any], minor: int) -> None:
    """Somebody gives money back at the processor, not here."""
    local = Local(cards.running.db, cards.organization.id)
    await local.refund(NewRefund(new_id(), made["provider_intent_id"], Money(minor, "USD")))


async def test_a_refund_the_processor_refuses_has_failed_and_moves_nothing(
    cards: CardDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await begun(cards)
    await cards.present(made["id"])
    asked = await ask_refund(cards, made, 1000)

    async def refuse(self: Local, *_: Any) -> Any:
        raise ProcessorRefused("charge_disputed", "not now")

    with monkeypatch.context() as patched:
        patched.setattr(Local, "refund", refuse)
        await cards.running.run_timer(send_card_refunds)

    (row,) = await cards.rows("SELECT status, failure FROM card_refund WHERE id = %s", asked)
    assert row == {"status": "failed", "failure": "charge_disputed"}
    assert await cards.rows("SELECT FROM payment_return") == []


async def test_a_refund_survives_a_dead_processor_and_a_day(
    cards: CardDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call went through and its answer was lost: the day after it is found, not made anew."""
    made = await begun(cards)
    await cards.present(made["id"])
    asked = await ask_refund(cards, made, 1000)
    with monkeypatch.context() as patched:
        kill_processor(patched, [])
        assert await cards.running.run_timer(send_card_refunds) == 0
    await refund_under_our_name(cards, made, asked, 1000)

    with clock.frozen(clock.now() + NEXT_DAY):
        await cards.running.run_timer(send_card_refunds)
        await cards.running.run_timer(send_card_refunds)

    (went,) = await cards.rows("SELECT amount_minor, kind FROM payment_return")
    assert went == {"amount_minor": 1000, "kind": "refund"}
    (row,) = await cards.rows("SELECT id, status, returned FROM card_refund")
    assert row == {"id": asked, "status": "succeeded", "returned": True}


async def ask_refund(cards: CardDesk, made: dict[str, Any], minor: int) -> Any:
    """Ask for a refund, as the endpoint does."""
    async with cards.running.api_db.transaction(cards.organization.id) as tx:
        row = await refunds.request(
            tx, cards.organization.id, UUID(made["id"]), minor, "service was down", None
        )
    return row["id"]


async def refund_under_our_name(
    cards: CardDesk, made: dict[str, Any], refund_id: Any, minor: int
) -> None:
    """What the lost answer said."""
    local = Local(cards.running.db, cards.organization.id)
    await local.refund(NewRefund(refund_id, made["provider_intent_id"], Money(minor, "USD")))
