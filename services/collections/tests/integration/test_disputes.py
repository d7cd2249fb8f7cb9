"""Offers and disputes: what they keep out, and what brings it back or takes it off for good."""

from datetime import date
from typing import Any

import httpx

from services.collections.tests.integration.scene import Invoice, Scene
from services.collections.tests.integration.test_agreements import (
    debtor,
    in_days,
    kinds,
    pass_days,
    post,
    status_of,
)
from shared.contracts.billing import CreditSettlement, InvoiceCredited, InvoiceWrittenOff
from shared.contracts.collections import (
    DisputeOpened,
    DisputeResolved,
    OfferLapsed,
    OfferMade,
    OfferTaken,
)
from shared.ids import new_id


def adjusted(
    invoice: Invoice, version: int, *, credited: int = 0, written_off: int = 0
) -> InvoiceWrittenOff:
    return InvoiceWrittenOff(
        invoice_id=invoice.id,
        customer_id=invoice.customer_id,
        line_id=invoice.line_id,
        version=version,
        adjustment_id=new_id(),
        number=None,
        amount_minor=credited + written_off,
        currency="USD",
        credited_minor=credited,
        written_off_minor=written_off,
        adjusted_on=date(2026, 11, 25),
        reason="settled",
    )


def written_off(invoice: Invoice, minor: int) -> InvoiceWrittenOff:
    return adjusted(invoice, 2, written_off=minor)


def credited(invoice: Invoice, minor: int) -> InvoiceCredited:
    facts = written_off(invoice, minor).model_dump()
    return InvoiceCredited(
        **facts
        | {
            "credited_minor": minor,
            "written_off_minor": 0,
            "settlement": CreditSettlement.CREDIT,
        }
    )


async def test_an_offer_taken_proposes_the_rest_for_write_off_and_keeps_it_out(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    line, invoice, case_id = await debtor(scene, client, total_minor=9000)
    body: dict[str, Any] = {"amount": {"amount": "60.00"}, "offered_until": in_days(scene, 5)}
    made = await post(client, f"cases/{case_id}/offers", **body)
    await scene.say(invoice.paid(6000))
    offered, taken = await scene.said()
    assert isinstance(offered, OfferMade)
    assert isinstance(taken, OfferTaken)
    assert (taken.amount_minor, taken.debt_minor, taken.rest_minor) == (6000, 9000, 3000)
    assert await status_of(client, case_id) == "settled"
    assert await scene.obey() == [("reactivate", line.id, 2)]
    await pass_days(scene, 30)
    assert await scene.obey() == []
    await scene.say(written_off(invoice, 3000))
    assert await status_of(client, case_id) == "closed"
    assert await scene.broken_invariants() == {}
    found = (await client.get(f"/collections/offers/{made['id']}")).json()
    assert (found["status"], found["debt"]["amount"]) == ("kept", "90.00")
    await scene.issue(line, days_overdue=1, total_minor=500)
    assert await scene.obey() == [("suspend", line.id, 3)]


async def test_an_offer_lapses(scene: Scene, client: httpx.AsyncClient) -> None:
    _, invoice, case_id = await debtor(scene, client, total_minor=9000)
    body: dict[str, Any] = {"amount": {"amount": "60.00"}, "offered_until": in_days(scene, 5)}
    await post(client, f"cases/{case_id}/offers", **body)
    await scene.say(invoice.paid(5999))
    await pass_days(scene, 6)
    assert await kinds(scene) == [OfferMade, OfferLapsed]
    all_of_it: dict[str, Any] = {"amount": {"amount": "30.01"}, "offered_until": in_days(scene, 5)}
    refused = await post(client, f"cases/{case_id}/offers", 409, **all_of_it)
    assert refused["type"].endswith("/amount-not-owed")


async def test_a_dispute_takes_its_amount_out_until_it_is_rejected(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    line, invoice, case_id = await debtor(scene, client)
    made = await post(
        client, f"cases/{case_id}/disputes", invoice_id=str(invoice.id), reason="never had it"
    )
    assert (made["status"], made["amount"]["amount"]) == ("open", "45.00")
    assert await status_of(client, case_id) == "disputed"
    assert await scene.obey() == [("reactivate", line.id, 2)]
    twice = {"invoice_id": str(invoice.id), "reason": "again"}
    refused = await post(client, f"cases/{case_id}/disputes", 409, **twice)
    assert refused["type"].endswith("/invoice-disputed")
    await post(client, f"disputes/{made['id']}/resolve", 200, outcome="rejected", note="it was")
    assert await scene.obey() == [("suspend", line.id, 3)]
    assert await status_of(client, case_id) == "in_contact"
    assert await kinds(scene) == [DisputeOpened, DisputeResolved]
    over = await post(client, f"disputes/{made['id']}/resolve", 409, outcome="upheld")
    assert over["type"].endswith("/dispute-over")


async def test_an_upheld_dispute_stays_out_until_the_credit_note_comes(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    line, invoice, case_id = await debtor(scene, client)
    body: dict[str, Any] = {
        "invoice_id": str(invoice.id),
        "reason": "twice",
        "amount": {"amount": "40.00"},
    }
    made = await post(client, f"cases/{case_id}/disputes", **body)
    await scene.say(invoice.paid(500))
    assert await scene.obey() == [("reactivate", line.id, 2)]
    await post(client, f"disputes/{made['id']}/resolve", 200, outcome="upheld")
    await pass_days(scene, 10)
    assert await scene.obey() == []
    await scene.say(credited(invoice, 4000))
    assert await scene.broken_invariants() == {}
    assert await status_of(client, case_id) == "closed"
    (pause,) = await scene.rows("SELECT ended_at FROM pause")
    assert pause["ended_at"] is not None


async def _upheld(client: httpx.AsyncClient, case_id: str, invoice: Invoice, amount: str) -> str:
    """A dispute that was decided for the customer."""
    body: dict[str, Any] = {"invoice_id": str(invoice.id), "reason": "twice"}
    made = await post(client, f"cases/{case_id}/disputes", **body, amount={"amount": amount})
    decided = await post(client, f"disputes/{made['id']}/resolve", 200, outcome="upheld")
    assert decided["waiting"]["amount"] == amount
    return str(made["id"])


async def _waiting(client: httpx.AsyncClient, dispute_id: str) -> str:
    found = (await client.get(f"/collections/disputes/{dispute_id}")).json()
    page = await client.get("/collections/disputes", params={"waiting": "true"})
    listed = dispute_id in [each["id"] for each in page.json()["items"]]
    assert listed is (found["waiting"]["amount"] != "0.00")
    return str(found["waiting"]["amount"])


async def test_an_upheld_dispute_waits_until_what_was_taken_off_reaches_its_amount(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    line, invoice, case_id = await debtor(scene, client)
    dispute = await _upheld(client, case_id, invoice, "30.00")
    assert await scene.obey() == [], "15.00 are owed without a doubt"
    first = credited(invoice, 1000)
    await scene.say(first)
    assert await _waiting(client, dispute) == "20.00"
    assert await scene.broken_invariants() == {}
    await scene.say(invoice.paid(1500))
    assert await scene.obey() == [("reactivate", line.id, 2)], "what is left is what waits"
    third = scene.invoice(line, days_overdue=2, total_minor=100)
    await scene.say(third.issued())
    assert await scene.obey() == [("suspend", line.id, 3)]
    second = adjusted(invoice, 3, credited=1000, written_off=1999)
    await scene.say(second, first)
    assert await _waiting(client, dispute) == "0.01"
    assert await scene.orders() == [], "a line that owes something else is not brought back"
    await scene.say(third.paid())
    assert await scene.obey() == [("reactivate", line.id, 4)]
    await scene.say(adjusted(invoice, 4, credited=1000, written_off=2000))
    assert await _waiting(client, dispute) == "0.00"
    assert await status_of(client, case_id) == "closed"
    assert await scene.broken_invariants() == {}


async def test_what_was_taken_off_before_a_dispute_was_upheld_was_for_something_else(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    _, invoice, case_id = await debtor(scene, client)
    await scene.say(credited(invoice, 1000))
    dispute = await _upheld(client, case_id, invoice, "10.00")
    await scene.say(adjusted(invoice, 3, credited=1999))
    assert await _waiting(client, dispute) == "0.01"


async def test_each_cent_taken_off_counts_for_one_upheld_dispute_alone(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    line, invoice, case_id = await debtor(scene, client)
    older = await _upheld(client, case_id, invoice, "30.00")
    newer = await _upheld(client, case_id, invoice, "10.00")
    await scene.say(credited(invoice, 3500))
    assert (await _waiting(client, older), await _waiting(client, newer)) == ("0.00", "5.00")
    assert await scene.broken_invariants() == {}
    await scene.say(invoice.paid(500))
    await scene.obey()
    assert line.status == "active"


async def test_nothing_waits_for_a_void_invoice(scene: Scene, client: httpx.AsyncClient) -> None:
    _, invoice, case_id = await debtor(scene, client)
    dispute = await _upheld(client, case_id, invoice, "30.00")
    await scene.say(invoice.voided())
    assert await _waiting(client, dispute) == "0.00"
    assert await scene.broken_invariants() == {}
