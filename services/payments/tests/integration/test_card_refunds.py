"""Money of a card payment goes back through its processor."""

import asyncio
from typing import Any

from services.payments.cards.timers import send_card_refunds
from services.payments.credits.timers import apply_credit
from services.payments.tests.integration import facts
from services.payments.tests.integration.card_desk import CardDesk, event, refund_object
from shared.contracts.billing import CreditSettlement
from shared.contracts.payments import PaymentRefunded


async def paid(cards: CardDesk) -> tuple[dict[str, Any], Any]:
    invoice = await cards.invoice()
    made = await cards.begun(invoice_id=invoice.invoice_id)
    await cards.present(made["id"])
    await cards.emitted()
    return made, invoice


async def refund(cards: CardDesk, made: dict[str, Any], key: str, amount: str | None = None) -> Any:
    body: dict[str, Any] = {"reason": "the line was down"}
    if amount is not None:
        body["amount"] = {"amount": amount}
    return await cards.post(f"/payments/{made['id']}/refunds", body, key=key)


async def test_a_refund_has_left_the_books_when_the_processor_says_so(cards: CardDesk) -> None:
    made, invoice = await paid(cards)

    asked = await refund(cards, made, "k", "20.00")

    assert (asked.status_code, asked.json()["status"]) == (202, "pending")
    assert await cards.rows("SELECT FROM payment_return") == []
    assert await cards.running.run_timer(send_card_refunds) == 1
    payment = (await cards.get(f"/payments/{made['id']}")).json()
    assert (payment["status"], payment["returned"]["amount"]) == ("partially_refunded", "20.00")
    assert (await cards.receivable(invoice.invoice_id))["open_minor"] == 2000
    (said,) = await cards.emitted(PaymentRefunded)
    assert said.data.amount_minor == 2000
    shown = (await cards.get(asked.headers["location"])).json()
    assert (shown["status"], shown["returned"]) == ("succeeded", True)
    assert (await cards.get("/payments/card-refunds", payment_id=made["id"])).json()["items"] == [
        shown
    ]


async def test_a_repeated_key_asks_once(cards: CardDesk) -> None:
    made, _ = await paid(cards)

    first = await refund(cards, made, "k", "20.00")
    again = await refund(cards, made, "k", "20.00")

    assert again.content == first.content
    assert len(await cards.rows("SELECT FROM card_refund")) == 1


async def test_our_refund_and_its_webhook_meet(cards: CardDesk) -> None:
    """The processor tells of it by webhook, before and after our own answer."""
    made, _ = await paid(cards)
    asked = (await refund(cards, made, "k", "20.00")).json()
    name = f"re_local_{asked['id'].replace('-', '')}"
    told = refund_object(made, name, 2000, metadata={"refund_id": asked["id"]})

    await cards.send(event("refund.created", told))
    await cards.handle()
    await cards.running.run_timer(send_card_refunds)
    await cards.send(event("refund.updated", told))
    await cards.handle()

    (row,) = await cards.rows("SELECT id, returned FROM card_refund")
    assert (str(row["id"]), row["returned"]) == (asked["id"], True)
    assert len(await cards.rows("SELECT FROM payment_return")) == 1


async def test_no_more_is_promised_than_is_left_however_many_ask(cards: CardDesk) -> None:
    made, _ = await paid(cards)

    answers = await asyncio.gather(*(refund(cards, made, f"k{n}", "20.00") for n in range(6)))

    assert sorted(each.status_code for each in answers) == [202, 202, 409, 409, 409, 409]
    rest = await refund(cards, made, "rest")
    assert rest.json()["amount"]["amount"] == "5.00"
    nothing = await refund(cards, made, "nothing")
    assert nothing.json()["type"].endswith("/payment-returned")
    await cards.running.run_timer(send_card_refunds)
    assert (await cards.get(f"/payments/{made['id']}")).json()["status"] == "refunded"


async def test_when_and_from_where_are_not_to_be_chosen(cards: CardDesk) -> None:
    made, invoice = await paid(cards)

    answer = await cards.post(
        f"/payments/{made['id']}/refunds",
        {"reason": "x", "from_invoices": [str(invoice.invoice_id)]},
        key="k",
    )

    assert answer.json()["type"].endswith("/refund-by-processor")


async def note_to_refund(cards: CardDesk, invoice: Any, minor: int) -> dict[str, Any]:
    """A credit note whose excess is to be given back, heard twice; the refund it asked for."""
    note = facts.credited(invoice, minor, CreditSettlement.REFUND)
    for _ in range(2):
        await cards.running.deliver(note)
    (row,) = await cards.rows("SELECT * FROM card_refund ORDER BY id DESC LIMIT 1")
    return row


async def test_a_credit_note_gives_card_money_back_through_its_processor(cards: CardDesk) -> None:
    _, invoice = await paid(cards)

    asked = await note_to_refund(cards, invoice, 1000)

    assert (asked["amount_minor"], asked["status"]) == (1000, "pending")
    assert asked["reason"] == "credit note CN-000001"
    assert await cards.balance(invoice.customer_id) == 1000
    assert await cards.running.run_timer(send_card_refunds) == 1
    (said,) = await cards.emitted(PaymentRefunded)
    assert (said.data.amount_minor, said.data.reason) == (1000, "credit note CN-000001")
    assert await cards.balance(invoice.customer_id) == 0
    assert await cards.state(invoice.invoice_id) == (3500, 0, 0)
    assert len(await cards.rows("SELECT FROM card_refund")) == 1
    assert await cards.broken_promises() == {}


async def test_a_refused_refund_of_a_credit_note_stays_credit_and_says_so(cards: CardDesk) -> None:
    made, invoice = await paid(cards)
    asked = await note_to_refund(cards, invoice, 1000)
    told = refund_object(
        made, "re_1", 1000, "failed", metadata={"refund_id": str(asked["id"])},
        failure_reason="expired_or_canceled_card",
    )  # fmt: skip

    await cards.send(event("refund.failed", told))
    await cards.handle()
    await cards.running.run_timer(send_card_refunds)

    (shown,) = (await cards.get("/payments/card-refunds")).json()["items"]
    assert (shown["status"], shown["failure"]) == ("failed", "expired_or_canceled_card")
    assert (await cards.rows("SELECT FROM payment_return"), await cards.broken_promises()) == (
        [],
        {},
    )
    assert await cards.balance(invoice.customer_id) == 1000
    later = await cards.invoice(customer_id=invoice.customer_id)
    assert await cards.state(later.invoice_id) == (1000, 3500, 0)


async def test_credit_on_its_way_back_pays_nothing_meanwhile(cards: CardDesk) -> None:
    _, invoice = await paid(cards)
    await note_to_refund(cards, invoice, 1000)

    later = await cards.invoice(customer_id=invoice.customer_id)
    await cards.running.run_timer(apply_credit)
    body = {"customer_id": str(invoice.customer_id)}
    by_hand = await cards.post("/credits/apply", body, key="k")

    assert by_hand.json()["applied"]["amount"] == "0.00"
    assert await cards.state(later.invoice_id) == (0, 4500, 0)
    assert await cards.running.run_timer(send_card_refunds) == 1
    assert await cards.balance(invoice.customer_id) == 0


async def test_a_credit_note_asks_for_no_more_than_is_not_asked_for_already(
    cards: CardDesk,
) -> None:
    made, invoice = await paid(cards)
    await refund(cards, made, "k", "40.00")

    asked = await note_to_refund(cards, invoice, 1000)

    assert asked["amount_minor"] == 500
    assert await cards.running.run_timer(send_card_refunds) == 2
    assert (await cards.get(f"/payments/{made['id']}")).json()["status"] == "refunded"
    assert await cards.broken_promises() == {}
