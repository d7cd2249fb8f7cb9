"""Fees of payment plans: each asked for once, by an invoice like any other."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.billing.tests.integration.facts import TODAY
from services.billing.tests.integration.scene import broken, key
from shared.contracts.billing import InvoiceIssued, InvoiceKind, InvoiceOverdue
from shared.contracts.collections import PlanAgreed
from shared.ids import new_id
from shared.testing import Running


def plan(**more: Any) -> PlanAgreed:
    """A payment plan as collections tells of it."""
    facts: dict[str, Any] = {
        "plan_id": new_id(),
        "case_id": new_id(),
        "customer_id": new_id(),
        "line_id": new_id(),
        "amount_minor": 10_000,
        "fee_minor": 1_000,
        "fee_invoice_id": new_id(),
        "currency": "USD",
        "instalments": 3,
        "last_due_on": TODAY + timedelta(days=60),
    }
    return PlanAgreed(**(facts | more))


async def fees(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    """Every fee of a plan that was asked for."""
    answer = await client.get("/invoices", params={"kind": "plan_fee"})
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_a_plans_fee_is_an_issued_invoice_due_with_its_last_instalment(
    client: httpx.AsyncClient, service: Running
) -> None:
    agreed = plan()

    await service.deliver(agreed)

    (told,) = await service.emitted()
    assert isinstance(told.data, InvoiceIssued)
    assert (told.data.invoice_id, told.data.kind) == (agreed.fee_invoice_id, InvoiceKind.PLAN_FEE)
    assert (told.data.total_minor, told.data.line_id) == (1_000, agreed.line_id)
    shown = (await client.get(f"/invoices/{agreed.fee_invoice_id}")).json()
    assert (shown["kind"], shown["status"], shown["refers_to"]) == ("plan_fee", "sent", None)
    assert (shown["total"]["amount"], shown["tax"]["amount"]) == ("10.00", "0.00")
    assert (shown["due_on"], shown["issued_on"]) == (
        agreed.last_due_on.isoformat(),
        TODAY.isoformat(),
    )
    (item,) = shown["items"]
    assert (item["description"], item["category_name"]) == ("Cargo por plan de pagos", "Services")
    assert await broken(service) == []


async def test_a_fee_is_asked_for_once_however_often_a_plan_is_told(
    client: httpx.AsyncClient, service: Running
) -> None:
    first, second, free = plan(), plan(), plan(fee_minor=0, fee_invoice_id=None)

    await service.deliver(first, first, free, second)
    await asyncio.gather(*(service.deliver(first, second) for _ in range(3)))

    found = await fees(client)
    assert {UUID(fee["id"]) for fee in found} == {first.fee_invoice_id, second.fee_invoice_id}
    assert sorted(fee["number"] for fee in found) == ["INV-00000001", "INV-00000002"]
    assert len(await service.emitted()) == 2


async def test_a_fee_of_a_plan_told_after_its_last_day_is_overdue_at_once(
    service: Running,
) -> None:
    await service.deliver(plan(last_due_on=TODAY - timedelta(days=1)))

    assert [type(event.data) for event in await service.emitted()] == [
        InvoiceIssued,
        InvoiceOverdue,
    ]


@pytest.mark.parametrize("document", ["credit-notes", "write-offs"])
async def test_a_fee_is_given_up_like_any_other_invoice(
    client: httpx.AsyncClient, service: Running, document: str
) -> None:
    agreed = plan()
    await service.deliver(agreed)
    path = f"/invoices/{agreed.fee_invoice_id}/{document}"

    answer = await client.post(path, json={"reason": "given up"}, headers=key())

    assert answer.status_code == 201, answer.text
    shown = (await client.get(f"/invoices/{agreed.fee_invoice_id}")).json()
    assert (shown["status"], shown["open"]["amount"]) == ("paid", "0.00")
    assert await broken(service) == []


async def test_a_fee_of_a_plan_bears_no_late_fee(
    client: httpx.AsyncClient, service: Running
) -> None:
    agreed = plan(last_due_on=TODAY - timedelta(days=1))
    await service.deliver(agreed)
    rule = {"code": "late", "name": "Late", "charge": "flat", "amount": {"amount": "2"}}
    await client.post("/late-fee-rules", json=rule | {"due_days": 5})

    answer = await client.post(
        f"/invoices/{agreed.fee_invoice_id}/late-fees", json={"rule": "late"}
    )

    assert answer.status_code == 409
    assert answer.json()["reason"] == "is_a_fee"
