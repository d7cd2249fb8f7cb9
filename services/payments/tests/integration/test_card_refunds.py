"""Money of a card payment goes back through its processor."""

import asyncio
from typing import Any

from services.payments.cards.timers import send_card_refunds
from services.payments.tests.integration.card_desk import CardDesk, event, refund_object
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
