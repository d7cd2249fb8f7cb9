"""A payer disputes a card payment with the bank."""

from typing import Any

import pytest

from services.payments.tests.integration.card_desk import (
    CardDesk,
    dispute_object,
    event,
    refund_object,
)
from shared.contracts.payments import (
    AllocationReversed,
    PaymentChargedBack,
    PaymentDisputed,
)


async def paid(cards: CardDesk, card: str = "4242424242424242") -> tuple[dict[str, Any], Any]:
    invoice = await cards.invoice()
    made = await cards.begun(invoice_id=invoice.invoice_id)
    await cards.present(made["id"], card)
    await cards.emitted()
    return made, invoice


async def close(cards: CardDesk, made: dict[str, Any], status: str) -> None:
    answer = await cards.post(f"/payment-intents/{made['id']}/test-dispute", {"status": status})
    assert answer.status_code == 202, answer.text
    await cards.handle()


async def test_a_lost_dispute_is_charged_back_and_opens_the_invoice_as_it_was(
    cards: CardDesk,
) -> None:
    made, invoice = await paid(cards)

    await close(cards, made, "needs_response")
    assert (await cards.receivable(invoice.invoice_id))["open_minor"] == 0
    await close(cards, made, "lost")

    row = await cards.receivable(invoice.invoice_id)
    assert (row["open_minor"], row["due_on"]) == (4500, invoice.due_on)
    opened, lost, *money = await cards.emitted()
    assert [opened.data.status, lost.data.status] == ["open", "lost"]
    assert {type(each.data) for each in money} >= {PaymentChargedBack, AllocationReversed}
    (shown,) = (await cards.get("/payments/disputes")).json()["items"]
    assert (shown["status"], shown["charged_back"]) == ("lost", True)
    assert (await cards.get(f"/payments/disputes/{shown['id']}")).json() == shown


async def test_a_won_dispute_moves_nothing(cards: CardDesk) -> None:
    made, invoice = await paid(cards, "4000000000000259")

    await close(cards, made, "won")

    assert (await cards.receivable(invoice.invoice_id))["open_minor"] == 0
    assert await cards.rows("SELECT FROM payment_return") == []
    said = await cards.emitted(PaymentDisputed)
    assert [each.data.status for each in said] == ["won"]


async def test_what_the_books_refuse_is_set_aside_with_the_reason(cards: CardDesk) -> None:
    made, _ = await paid(cards)
    await cards.send(event("refund.created", refund_object(made, "re_1", 4000)))
    await cards.send(event("charge.dispute.closed", dispute_object(made, "dp_1", 4500, "lost")))

    await cards.handle()

    (shown,) = (await cards.get("/payments/disputes", payment_id=made["id"])).json()["items"]
    assert (shown["status"], shown["charged_back"]) == ("lost", False)
    assert shown["set_aside"].startswith("return-exceeds-payment")
    assert len(await cards.rows("SELECT FROM payment_return")) == 1


async def test_disputes_are_listed_by_state_and_shown_to_their_organization(
    cards: CardDesk,
) -> None:
    made, invoice = await paid(cards)
    await close(cards, made, "needs_response")

    async def count(**query: Any) -> int:
        return len((await cards.get("/payments/disputes", **query)).json()["items"])

    assert await count(status="open") == 1
    assert await count(status="lost") == 0
    assert await count(customer_id=invoice.customer_id) == 1
    other = cards.running.other_organization
    (shown,) = (await cards.get("/payments/disputes")).json()["items"]
    assert (await cards.get("/payments/disputes", other)).json()["items"] == []
    assert (await cards.get(f"/payments/disputes/{shown['id']}", other)).status_code == 404


@pytest.mark.parametrize(
    "table",
    [
        "processor",
        "payment_intent",
        "card_refund",
        "card_dispute",
        "provider_event",
        "local_processor_object",
    ],
)
async def test_no_row_is_seen_without_its_organization(cards: CardDesk, table: str) -> None:
    made, _ = await paid(cards)
    await close(cards, made, "needs_response")
    await cards.send(event("refund.created", refund_object(made, "re_1", 100)))
    await cards.handle()

    seen = []
    for scope in (cards.organization.id, cards.running.other_organization.id, None):
        async with cards.running.api_db.transaction(scope) as tx:
            cursor = await tx.execute(f"SELECT count(*) AS rows FROM {table}".encode())
            row = await cursor.fetchone()
            assert row is not None
            seen.append(row["rows"])

    assert seen[0] > 0
    assert seen[1:] == [0, 0]
