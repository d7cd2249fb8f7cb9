"""Refunds and reversals over HTTP, and finding payments by what became of them."""

import asyncio
from datetime import timedelta
from typing import Any

from services.payments.returns.rules import ReturnKind
from services.payments.tests.integration.desk import Desk
from shared.auth import Role
from shared.contracts.payments import PaymentRefunded, PaymentReversed
from shared.ids import new_id


async def paid(desk: Desk, **changes: Any) -> dict[str, Any]:
    """A payment of 45.00."""
    invoice = await desk.invoice()
    answer = await desk.pay(invoice_id=invoice.invoice_id, **changes)
    assert answer.status_code == 201
    body: dict[str, Any] = answer.json()
    return body


async def refund(desk: Desk, payment_id: str, amount: str | None = None, **more: Any) -> Any:
    """POST a refund."""
    body = {"reason": "paid twice"} | ({"amount": {"amount": amount}} if amount else {}) | more
    key = body.pop("key", None)
    return await desk.post(f"/payments/{payment_id}/refunds", body, key=key)


async def test_a_refund_is_answered_and_listed(desk: Desk) -> None:
    payment = await paid(desk)

    answer = await refund(desk, payment["id"], "12.00")

    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert body["amount"] == {"amount": "12.00", "currency": "USD"}
    assert (body["kind"], body["reason"]) == ("refund", "paid twice")
    assert body["deposit_account_id"] == payment["deposit_account_id"]
    listed = await desk.get("/payments/returns", payment_id=payment["id"])
    assert listed.json()["items"] == [body]
    read = (await desk.get(f"/payments/{payment['id']}")).json()
    assert read["returns"] == [body]
    (said,) = await desk.emitted(PaymentRefunded)
    assert said.data.return_id.hex == body["id"].replace("-", "")


async def test_100_equal_refunds_at_once_give_back_once(desk: Desk) -> None:
    payment = await paid(desk)

    answers = await asyncio.gather(
        *(refund(desk, payment["id"], "5.00", key="k") for _ in range(100))
    )

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert any(answer.status_code == 201 for answer in answers)
    assert (await refund(desk, payment["id"], "5.00", key="k")).status_code == 201
    assert (await refund(desk, payment["id"], "6.00", key="k")).status_code == 422
    assert len(await desk.rows("SELECT FROM payment_return")) == 1


async def test_what_cannot_go_back_is_refused(desk: Desk) -> None:
    payment = await paid(desk)
    tomorrow = (desk.organization.today() + timedelta(days=1)).isoformat()

    answers = {
        "return-exceeds-payment": await refund(desk, payment["id"], "45.01"),
        "returned-out-of-time": await refund(desk, payment["id"], returned_on=tomorrow),
        "not-found": await refund(desk, str(new_id())),
        "validation-failed": await refund(desk, payment["id"], "1.00", reason=" "),
    }
    other = await desk.post(
        f"/payments/{payment['id']}/refunds",
        {"reason": "x"},
        organization=desk.running.other_organization,
    )
    reader = await desk.post(
        f"/payments/{payment['id']}/refunds", {"reason": "x"}, role=Role.READ_ONLY
    )

    for slug, answer in answers.items():
        assert answer.json()["type"].endswith(f"/{slug}"), answer.text
    assert (await refund(desk, payment["id"], "0.00")).status_code == 422
    assert (await refund(desk, payment["id"], "1.00", reason="\x00")).status_code == 422
    assert (other.status_code, reader.status_code) == (404, 403)
    assert await desk.rows("SELECT FROM payment_return") == []


async def test_a_payment_is_reversed_whole_and_once(desk: Desk) -> None:
    payment = await paid(desk, method="check")
    path = f"/payments/{payment['id']}/reverse"

    answers = await asyncio.gather(
        *(desk.post(path, {"reason": "check without cover"}) for _ in range(5))
    )

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    slugs = {answer.json().get("type", "").rsplit("/")[-1] for answer in answers} - {""}
    assert slugs == {"payment-returned"}
    assert len(await desk.emitted(PaymentReversed)) == 1
    read = (await desk.get(f"/payments/{payment['id']}")).json()
    assert (read["status"], read["allocated"]["amount"]) == ("reversed", "0.00")


async def test_payments_are_found_by_status_account_amount_and_reference(desk: Desk) -> None:
    plain = await paid(desk, amount="10.00", reference="Slip-001")
    partly = await paid(desk, amount="20.00", reference="slip-002")
    whole = await paid(desk, amount="30.00", reference="100%")
    gone = await paid(desk, amount="40.00", method="card")
    await desk.give_back(partly["id"], amount_minor=500)
    await desk.give_back(whole["id"])
    await desk.give_back(gone["id"], kind=ReturnKind.CHARGEBACK, amount_minor=100)

    async def find(**query: Any) -> list[str]:
        items = (await desk.get("/payments", sort="amount", **query)).json()["items"]
        assert {each["status"] for each in items} <= {
            query.get("status", each["status"]) for each in items
        }
        return [each["id"] for each in items]

    assert await find(status="succeeded") == [plain["id"]]
    assert await find(status="partially_refunded") == [partly["id"]]
    assert await find(status="refunded") == [whole["id"]]
    assert await find(status="charged_back") == [gone["id"]]
    assert await find(status="reversed") == []
    assert await find(deposit_account_id=gone["deposit_account_id"]) == [gone["id"]]
    assert await find(min_amount="20.00", max_amount="30") == [partly["id"], whole["id"]]
    assert await find(q="SLIP") == [plain["id"], partly["id"]]
    assert await find(q="100%") == [whole["id"]]
    assert await find() == [plain["id"], partly["id"], whole["id"], gone["id"]]


async def test_the_summary_adds_up_by_method_account_and_day(desk: Desk) -> None:
    cash = [await paid(desk, amount="10.00", received_on="2026-11-20") for _ in range(2)]
    await paid(desk, amount="5.00", method="card", received_on="2026-11-21")
    await desk.give_back(cash[0]["id"], amount_minor=300)

    summary = (
        await desk.get("/payments/summary", received_from="2026-11-01", received_to="2026-11-30")
    ).json()

    assert [
        (each["key"], each["count"], each["amount"]["amount"], each["returned"]["amount"])
        for each in summary["by_method"]
    ] == [
        ("card", 1, "5.00", "0.00"),
        ("cash", 2, "20.00", "3.00"),
    ]
    assert [(each["key"], each["amount"]["amount"]) for each in summary["by_day"]] == [
        ("2026-11-20", "20.00"),
        ("2026-11-21", "5.00"),
    ]
    assert sorted(each["amount"]["amount"] for each in summary["by_deposit_account"]) == [
        "20.00",
        "5.00",
    ]
    only = (await desk.get("/payments/summary", method="card", received_from="2026-11-01")).json()
    assert [each["key"] for each in only["by_method"]] == ["card"]
