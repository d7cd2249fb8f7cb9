"""A card payment from its beginning to the books."""

from typing import Any

import pytest

from services.payments.cards.timers import settle_card_money
from services.payments.tests.integration import facts
from services.payments.tests.integration.card_desk import CardDesk, event, intent_object
from shared.auth import Role
from shared.contracts.payments import (
    AllocationMade,
    PaymentFailed,
    PaymentPending,
    PaymentReceived,
)
from shared.ids import new_id


async def test_a_card_payment_is_money_only_when_the_processor_says_so(cards: CardDesk) -> None:
    invoice = await cards.invoice()

    begun = await cards.begun(invoice_id=invoice.invoice_id)

    assert (begun["status"], begun["amount"]["amount"]) == ("created", "45.00")
    assert begun["client_secret"]
    assert (await cards.receivable(invoice.invoice_id))["open_minor"] == 4500
    await cards.present(begun["id"])
    intent = await cards.intent(begun["id"])
    assert (intent["status"], intent["recorded"]) == ("succeeded", True)
    payment = (await cards.get(f"/payments/{begun['id']}")).json()
    assert (payment["status"], payment["method"]) == ("succeeded", "card")
    assert payment["allocated"]["amount"] == "45.00"
    assert (await cards.receivable(invoice.invoice_id))["open_minor"] == 0


async def test_what_is_under_way_is_said_before_what_came_of_it(cards: CardDesk) -> None:
    invoice = await cards.invoice()
    begun = await cards.begun(invoice_id=invoice.invoice_id)

    await cards.present(begun["id"], "4000000000003220")
    (pending,) = await cards.emitted()
    assert isinstance(pending.data, PaymentPending)
    assert (pending.data.invoice_id, pending.data.line_id) == (invoice.invoice_id, invoice.line_id)
    assert pending.data.expires_at > cards.organization.now()
    await cards.present(begun["id"])

    said = [type(each.data) for each in await cards.emitted()]
    assert said == [PaymentReceived, AllocationMade]


async def test_a_declined_card_is_no_payment_and_may_be_followed_by_a_better_one(
    cards: CardDesk,
) -> None:
    invoice = await cards.invoice()
    begun = await cards.begun(invoice_id=invoice.invoice_id)

    await cards.present(begun["id"], "4000000000009995")

    intent = await cards.intent(begun["id"])
    assert (intent["status"], intent["reason"]) == ("failed", "insufficient_funds")
    (failed,) = await cards.emitted(PaymentFailed)
    assert (failed.data.cancelled, failed.data.reason) == (False, "insufficient_funds")
    assert await cards.rows("SELECT FROM payment") == []
    await cards.present(begun["id"])
    assert (await cards.intent(begun["id"]))["status"] == "succeeded"
    assert (await cards.receivable(invoice.invoice_id))["open_minor"] == 0


async def test_more_than_is_open_by_then_becomes_credit(cards: CardDesk) -> None:
    invoice = await cards.invoice()
    begun = await cards.begun(invoice_id=invoice.invoice_id)
    await cards.pay(invoice_id=invoice.invoice_id, amount="30.00")

    await cards.present(begun["id"])

    payment = (await cards.get(f"/payments/{begun['id']}")).json()
    assert (payment["allocated"]["amount"], payment["credited"]["amount"]) == ("15.00", "30.00")


async def test_money_for_an_invoice_that_was_annulled_meanwhile_is_not_lost(
    cards: CardDesk,
) -> None:
    invoice = await cards.invoice()
    begun = await cards.begun(invoice_id=invoice.invoice_id)
    await cards.running.deliver(facts.voided(invoice))

    await cards.present(begun["id"])

    payment = (await cards.get(f"/payments/{begun['id']}")).json()
    assert (payment["customer_id"], payment["credited"]["amount"]) == (
        str(invoice.customer_id),
        "45.00",
    )


async def test_a_customers_card_payment_goes_to_the_oldest_debts(cards: CardDesk) -> None:
    first = await cards.invoice()
    second = await cards.invoice(customer_id=first.customer_id, number="INV-000002")
    begun = await cards.begun(customer_id=first.customer_id, amount={"amount": "100.00"})

    await cards.present(begun["id"])

    payment = (await cards.get(f"/payments/{begun['id']}")).json()
    assert (payment["allocated"]["amount"], payment["credited"]["amount"]) == ("90.00", "10.00")
    assert {each["invoice_id"] for each in payment["allocations"]} == {
        str(first.invoice_id),
        str(second.invoice_id),
    }


@pytest.mark.parametrize(
    ("amount", "status", "problem"),
    [("402.02", 502, "processor-refused"), ("503.03", 503, "processor-unavailable")],
)
async def test_a_processor_that_fails_makes_no_payment_and_the_key_may_be_used_again(
    cards: CardDesk, amount: str, status: int, problem: str
) -> None:
    invoice = await cards.invoice(total_minor=100_000)
    asked = {"invoice_id": invoice.invoice_id, "amount": {"amount": amount}}

    first = await cards.begin(key="k", **asked)
    again = await cards.begin(key="k", **asked)

    assert (first.status_code, again.status_code) == (status, status)
    assert first.json()["type"].endswith(f"/{problem}")
    assert len(await cards.rows("SELECT FROM payment_intent")) == 1
    assert (await cards.get("/payments")).json()["items"] == []
    assert await cards.emitted() == []


async def test_a_repeated_key_goes_on_with_the_same_payment(cards: CardDesk) -> None:
    invoice = await cards.invoice()

    first = await cards.begin(key="k", invoice_id=invoice.invoice_id)
    again = await cards.begin(key="k", invoice_id=invoice.invoice_id)
    other = await cards.begin(key="k", invoice_id=invoice.invoice_id, amount={"amount": "1.00"})

    assert first.json() == again.json()
    assert other.status_code == 422


async def test_what_a_crash_cut_off_is_gone_on_with(cards: CardDesk) -> None:
    """The row is there and the processor knows it; we died before hearing the answer."""
    invoice = await cards.invoice()
    first = await cards.begun(key="k", invoice_id=invoice.invoice_id)
    await cards.rows(
        "UPDATE payment_intent SET provider_intent_id = NULL, status = 'preparing' RETURNING id"
    )

    again = (await cards.begin(key="k", invoice_id=invoice.invoice_id)).json()

    assert again == first


async def test_an_event_that_comes_before_our_own_answer_finds_its_payment(
    cards: CardDesk,
) -> None:
    invoice = await cards.invoice()
    begun = await cards.begun(invoice_id=invoice.invoice_id)
    await cards.rows(
        "UPDATE payment_intent SET provider_intent_id = NULL, status = 'preparing' RETURNING id"
    )

    await cards.send(event("payment_intent.succeeded", intent_object(begun, "succeeded")))
    await cards.handle()

    intent = await cards.intent(begun["id"])
    assert (intent["status"], intent["recorded"]) == ("succeeded", True)
    assert intent["provider_intent_id"] == begun["provider_intent_id"]


@pytest.mark.parametrize(
    ("change", "status", "problem"),
    [
        ({"amount": {"amount": "45.01"}}, 409, "overpayment"),
        ({"amount": {"amount": "0.00"}}, 422, "amount-invalid"),
        ({"amount": {"amount": "1.00", "currency": "EUR"}}, 409, "currency-mismatch"),
    ],
)
async def test_what_cannot_be_paid_is_not_begun(
    cards: CardDesk, change: dict[str, Any], status: int, problem: str
) -> None:
    invoice = await cards.invoice()

    answer = await cards.begin(invoice_id=invoice.invoice_id, **change)

    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (status, problem)
    assert await cards.rows("SELECT FROM payment_intent") == []


async def test_paid_void_and_unknown_invoices_are_not_begun(
    cards: CardDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.payments.intents.operations.LONGEST_WAIT_SECONDS", 0.02)
    paid, void = await cards.invoice(), await cards.invoice()
    await cards.pay(invoice_id=paid.invoice_id)
    await cards.running.deliver(facts.voided(void))

    answers = [await cards.begin(invoice_id=each) for each in (paid.invoice_id, void.invoice_id)]
    unknown = await cards.begin(invoice_id=new_id())

    slugs = [each.json()["type"].rpartition("/")[2] for each in (*answers, unknown)]
    assert slugs == ["nothing-open", "receivable-void", "receivable-unknown"]


async def test_a_payment_can_be_given_up_until_it_is_paid(cards: CardDesk) -> None:
    invoice = await cards.invoice()
    given_up = await cards.begun(invoice_id=invoice.invoice_id)
    paid = await cards.begun(invoice_id=invoice.invoice_id)
    await cards.present(paid["id"])

    for _ in range(2):
        answer = await cards.post(f"/payment-intents/{given_up['id']}/cancel")
        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    late = await cards.post(f"/payment-intents/{paid['id']}/cancel")

    assert (late.status_code, late.json()["state"]) == (409, "succeeded")
    (failed,) = await cards.emitted(PaymentFailed)
    assert failed.data.cancelled


async def test_a_death_between_store_and_handling_loses_nothing(cards: CardDesk) -> None:
    invoice = await cards.invoice()
    begun = await cards.begun(invoice_id=invoice.invoice_id)

    answer = await cards.send(event("payment_intent.succeeded", intent_object(begun, "succeeded")))
    assert answer.status_code == 200
    assert await cards.rows("SELECT FROM payment") == []  # the worker was dead
    await cards.handle()

    assert (await cards.receivable(invoice.invoice_id))["open_minor"] == 0


async def test_a_death_between_taking_in_and_recording_loses_nothing(
    cards: CardDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoice = await cards.invoice()
    begun = await cards.begun(invoice_id=invoice.invoice_id)

    async def die(*_: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("services.payments.webhooks.timers.settle", die)
        await cards.send(event("payment_intent.succeeded", intent_object(begun, "succeeded")))
        with pytest.raises(KeyboardInterrupt):
            await cards.handle()
    assert await cards.rows("SELECT FROM payment") == []
    await cards.running.run_timer(settle_card_money)

    assert (await cards.receivable(invoice.invoice_id))["open_minor"] == 0


async def test_a_death_between_recording_and_noting_it_records_nothing_twice(
    cards: CardDesk,
) -> None:
    invoice = await cards.invoice()
    begun = await cards.begun(invoice_id=invoice.invoice_id)
    await cards.present(begun["id"])
    await cards.rows("UPDATE payment_intent SET recorded = false RETURNING id")

    await cards.running.run_timer(settle_card_money)

    assert len(await cards.rows("SELECT FROM payment")) == 1
    assert (await cards.intent(begun["id"]))["recorded"]


async def test_without_a_processor_no_card_payment_is_begun(cards: CardDesk) -> None:
    other = cards.running.other_organization
    invoice = facts.issued()
    await cards.running.deliver(invoice, organization=other.id)

    answer = await cards.post(
        "/payment-intents", {"invoice_id": invoice.invoice_id}, key="k", organization=other
    )

    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (409, "no-processor")


async def test_card_payments_are_listed_by_state_customer_and_invoice(cards: CardDesk) -> None:
    first, second = await cards.invoice(), await cards.invoice()
    paid = await cards.begun(invoice_id=first.invoice_id)
    open_ = await cards.begun(invoice_id=second.invoice_id)
    await cards.present(paid["id"])

    async def listed(**query: Any) -> list[str]:
        answer = await cards.get("/payment-intents", **query)
        return [each["id"] for each in answer.json()["items"]]

    assert await listed() == [open_["id"], paid["id"]]
    assert await listed(status="succeeded") == [paid["id"]]
    assert await listed(invoice_id=second.invoice_id) == [open_["id"]]
    assert await listed(customer_id=first.customer_id) == [paid["id"]]
    other = cards.running.other_organization
    assert (await cards.get("/payment-intents", other)).json()["items"] == []
    assert (await cards.get(f"/payment-intents/{paid['id']}", other)).status_code == 404


async def test_the_client_secret_is_told_at_the_beginning_alone(cards: CardDesk) -> None:
    invoice = await cards.invoice()
    begun = await cards.begun(invoice_id=invoice.invoice_id)

    read = await cards.get(f"/payment-intents/{begun['id']}")
    listed = await cards.get("/payment-intents")

    assert begun["client_secret"] not in read.text + listed.text
    assert not any(
        begun["client_secret"] in str(row)
        for row in await cards.rows("SELECT * FROM payment_intent")
    )


async def test_only_a_clerk_begins_a_card_payment(cards: CardDesk) -> None:
    invoice = await cards.invoice()

    answer = await cards.post(
        "/payment-intents", {"invoice_id": invoice.invoice_id}, key="k", role=Role.READ_ONLY
    )

    assert answer.status_code == 403


async def test_payments_under_way_and_failed_are_shown_beside_those_that_are_money(
    cards: CardDesk,
) -> None:
    invoices = [await cards.invoice() for _ in range(5)]
    cash = (await cards.pay(invoice_id=invoices[0].invoice_id)).json()["id"]
    begun = [(await cards.begun(invoice_id=each.invoice_id))["id"] for each in invoices[1:]]
    pending, failed, cancelled, paid = begun
    await cards.present(failed, "4000000000000002")
    await cards.post(f"/payment-intents/{cancelled}/cancel")
    await cards.present(paid)

    async def listed(**query: Any) -> dict[str, str]:
        answer = await cards.get("/payments", **query)
        return {each["id"]: each["status"] for each in answer.json()["items"]}

    states = {
        cash: "succeeded",
        pending: "pending",
        failed: "failed",
        cancelled: "cancelled",
        paid: "succeeded",
    }
    assert await listed() == states
    for status in ("pending", "failed", "cancelled", "succeeded"):
        wanted = {each: state for each, state in states.items() if state == status}
        assert await listed(status=status) == wanted
    assert await listed(invoice_id=invoices[1].invoice_id) == {pending: "pending"}
    assert await listed(customer_id=invoices[4].customer_id) == {paid: "succeeded"}
    assert list(await listed(sort="amount", limit=2)) == sorted(states)[:2]
    one = (await cards.get(f"/payments/{pending}")).json()
    assert (one["status"], one["deposit_account_id"]) == ("pending", None)
    assert {one[each]["amount"] for each in ("allocated", "credited", "returned")} == {"0.00"}
    other = cards.running.other_organization
    assert (await cards.get("/payments", other)).json()["items"] == []
    assert (await cards.get(f"/payments/{pending}", other)).status_code == 404
    summary = (await cards.get("/payments/summary")).json()
    assert summary["today"]["count"] == 2


async def test_a_payment_is_disputed_while_its_dispute_is_open(cards: CardDesk) -> None:
    begun = await cards.begun(invoice_id=(await cards.invoice()).invoice_id)
    await cards.present(begun["id"], "4000000000000259")

    async def status() -> tuple[str, list[str]]:
        one = (await cards.get(f"/payments/{begun['id']}")).json()["status"]
        answer = await cards.get("/payments", status="disputed")
        return one, [each["id"] for each in answer.json()["items"]]

    assert await status() == ("disputed", [begun["id"]])
    await cards.post(f"/payment-intents/{begun['id']}/test-dispute", {"status": "lost"})
    await cards.handle()
    assert await status() == ("charged_back", [])
