"""Whatever a processor tells, in any order and however often: one state, one set of books."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.payments.cards.timers import settle_card_money
from services.payments.tests.integration.card_desk import (
    CardDesk,
    dispute_object,
    event,
    intent_object,
    refund_object,
    total,
)
from services.payments.webhooks import store
from shared import clock
from shared.ids import new_id

TOLD = (
    "created",
    "processing",
    "payment_failed",
    "succeeded",
    "canceled",
    "refund one",
    "refund two pending",
    "refund two",
    "charge with both refunds",
    "dispute",
    "dispute under review",
    "dispute won",
    "dispute lost",
)
LATE = {name: timedelta(seconds=second) for second, name in enumerate(TOLD)}


@dataclass
class Story:
    """A card payment of 100.00 for two invoices of 45.00 that are due one after the other."""

    begun: dict[str, Any]
    customer_id: Any

    def body(self, name: str) -> bytes:
        """What the processor sends when a thing happened."""
        at = clock.now() - timedelta(minutes=5) + LATE[name]
        number = self.begun["id"]
        one = refund_object(self.begun, f"re_1_{number}", 2000)
        two = refund_object(self.begun, f"re_2_{number}", 500)
        pi = self.begun["provider_intent_id"]
        lost = dispute_object(self.begun, f"dp_{number}", 3000, "lost")
        declined = {"last_payment_error": {"code": "card_declined"}}
        made: dict[str, tuple[str, dict[str, Any]]] = {
            "created": ("payment_intent.created", self._intent("requires_payment_method")),
            "processing": ("payment_intent.processing", self._intent("processing")),
            "payment_failed": (
                "payment_intent.payment_failed",
                self._intent("requires_payment_method") | declined,
            ),
            "succeeded": ("payment_intent.succeeded", self._intent("succeeded")),
            "canceled": ("payment_intent.canceled", self._intent("canceled")),
            "refund one": ("refund.created", one),
            "refund two pending": ("refund.created", two | {"status": "pending"}),
            "refund two": ("charge.refund.updated", two),
            "charge with both refunds": (
                "charge.refunded",
                {"id": "ch_1", "payment_intent": pi, "refunds": {"data": [one, two]}},
            ),
            "dispute": ("charge.dispute.created", lost | {"status": "needs_response"}),
            "dispute under review": ("charge.dispute.updated", lost | {"status": "under_review"}),
            "dispute won": ("charge.dispute.closed", lost | {"status": "won"}),
            "dispute lost": ("charge.dispute.closed", lost),
        }
        type_, facts = made[name]
        return event(type_, facts, at=at)

    def _intent(self, status: str) -> dict[str, Any]:
        return intent_object(self.begun, status)


async def begin(cards: CardDesk) -> Story:
    first = await cards.invoice(number="INV-1")
    await cards.invoice(
        number="INV-2", customer_id=first.customer_id, due_on=first.due_on.replace(day=2)
    )
    begun = await cards.begun(customer_id=first.customer_id, amount={"amount": "100.00"})
    return Story(begun, first.customer_id)


async def tell(cards: CardDesk, story: Story, names: Sequence[str], pauses: Random | None) -> None:
    """Let the processor tell things; the worker handles them in one page or in several."""
    for name in names:
        body = story.body(name)
        kept = (f"evt_{name}_{story.begun['id']}_{new_id()}", name)
        await store.keep(cards.running.db, cards.organization.id, "local", kept, body, clock.now())
        if pauses is None or pauses.random() < 0.4:
            await cards.handle()
    await cards.handle()
    await cards.running.run_timer(settle_card_money)


async def books(cards: CardDesk, story: Story) -> dict[str, Any]:
    """All that came of it, without ids that are drawn by chance."""
    payment_id, number = story.begun["id"], story.begun["id"]
    intent = await cards.intent(payment_id)
    returns = await cards.rows(
        "SELECT kind, amount_minor, provider_ref FROM payment_return WHERE payment_id = %s"
        " ORDER BY kind, provider_ref",
        payment_id,
    )
    put = await cards.rows(
        "SELECT number, sum(amount_minor)::bigint AS minor FROM allocation"
        " JOIN receivable USING (invoice_id) WHERE payment_id = %s GROUP BY number ORDER BY number",
        payment_id,
    )
    journal = await cards.rows(
        "SELECT account, sum(amount_minor)::bigint AS minor FROM journal_entry"
        " WHERE payment_id = %s GROUP BY account ORDER BY account",
        payment_id,
    )
    credit = await cards.rows(
        "SELECT amount_minor FROM credit_movement WHERE payment_id = %s", payment_id
    )
    disputes = await cards.rows(
        "SELECT status, amount_minor, returned FROM card_dispute WHERE payment_id = %s", payment_id
    )
    refunds = await cards.rows(
        "SELECT status, amount_minor, returned FROM card_refund WHERE payment_id = %s"
        " ORDER BY provider_refund_id",
        payment_id,
    )
    for each in returns:
        each["provider_ref"] = each["provider_ref"].removesuffix(number)
    return {
        "status": (intent["status"], intent["reason"], intent["recorded"]),
        "payments": len(await cards.rows("SELECT FROM payment WHERE id = %s", payment_id)),
        "returns": returns,
        "put": [each for each in put if each["minor"]],
        "journal": [each for each in journal if each["minor"]],
        "credit": total(credit),
        "disputes": disputes,
        "refunds": refunds,
    }


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    told=st.lists(st.sampled_from(TOLD), min_size=2, max_size=10),
    chance=st.randoms(use_true_random=False),
)
async def test_any_order_and_repetition_of_webhooks_ends_in_the_same_books(
    cards: CardDesk, told: list[str], chance: Random
) -> None:
    in_order = sorted(set(told), key=TOLD.index)
    shuffled = list(told)
    chance.shuffle(shuffled)

    orderly, disorderly = await begin(cards), await begin(cards)
    await tell(cards, orderly, in_order, None)
    await tell(cards, disorderly, shuffled, chance)

    assert await books(cards, disorderly) == await books(cards, orderly)
    assert await cards.broken_promises() == {}


async def test_the_whole_story_leaves_what_is_left(cards: CardDesk) -> None:
    """100.00 came; 25.00 were refunded and 30.00 charged back: 45.00 stay with the oldest."""
    story = await begin(cards)
    worst = ["dispute lost", "charge with both refunds", "canceled", "succeeded"]

    await tell(cards, story, worst, Random(1))

    found = await books(cards, story)
    assert found["status"][0] == "succeeded"
    assert [(each["kind"], each["amount_minor"]) for each in found["returns"]] == [
        ("chargeback", 3000),
        ("refund", 2000),
        ("refund", 500),
    ]
    assert found["put"] == [{"number": "INV-1", "minor": 4500}]
    assert found["credit"] == 0
