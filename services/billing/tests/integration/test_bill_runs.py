"""Bill runs: everything that is to be billed, once."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.billing.bill_runs.timers import advance, bill_runs
from services.billing.tests.integration.facts import TODAY
from services.billing.tests.integration.runs import (
    adopted,
    billed,
    books_in_order,
    finished,
    started,
)
from services.billing.tests.integration.test_clock import changed
from services.billing.tests.integration.test_plans import made as plan_made
from services.billing.tests.integration.test_subscriptions import day, subscribed
from shared.contracts.billing import (
    BillRunFinished,
    InvoiceDueToday,
)
from shared.testing import Running


async def test_a_run_issues_one_invoice_per_subscription_and_says_so_in_one_event(
    client: httpx.AsyncClient, service: Running
) -> None:
    plan, _ = await adopted(client, service, 3)

    async with books_in_order(service):
        run = await finished(client, service)

    events = await service.emitted()
    page, over = events
    facts = billed([page])
    assert [each.number for each in facts] == ["INV-00000001", "INV-00000002", "INV-00000003"]
    assert {(each.total_minor, each.issued_on, each.due_on) for each in facts} == {
        (2875, TODAY, TODAY + timedelta(days=15))
    }
    assert over.data == BillRunFinished(
        bill_run_id=UUID(run["id"]),
        period_from=TODAY,
        period_to=TODAY,
        invoices=3,
        failed=0,
        total_minor=8625,
        currency="USD",
    )
    assert (run["state"], run["expected"], run["examined"], run["invoices"]) == (
        "finished",
        3,
        3,
        3,
    )
    assert run["total"]["amount"] == "86.25"
    shown = (await client.get(f"/invoices/{facts[0].invoice_id}")).json()
    assert (shown["status"], shown["recurring"]) == ("sent", True)
    (item,) = shown["items"]
    assert item["description"] == f"{plan['name']} 2026-11-20 – 2026-12-19"
    assert (item["net"]["amount"], item["tax"]["amount"]) == ("25.00", "3.75")


async def test_running_the_same_days_again_creates_nothing(
    client: httpx.AsyncClient, service: Running
) -> None:
    await adopted(client, service, 3)
    days = {"period_from": str(TODAY), "period_to": str(TODAY)}
    await finished(client, service, **days)
    await service.emitted()

    again = await finished(client, service, **days)

    assert (again["examined"], again["invoices"]) == (0, 0)
    assert billed(await service.emitted()) == []


async def test_a_preview_says_what_a_run_will_do_and_writes_nothing(
    client: httpx.AsyncClient, service: Running
) -> None:
    plan, _ = await adopted(client, service, 3)
    await subscribed(client, service, plan["id"], starts_on=day(-40))
    noprice = await plan_made(client, code="LATE", name="Late", price_from=day(9))
    await subscribed(client, service, noprice["id"])
    body = {"period_from": day(-9), "period_to": day(0)}

    seen = (await client.post("/bill-runs/preview", json=body)).json()
    assert await service.emitted() == []
    assert (await client.get("/invoices")).json()["items"] == []
    run = await finished(client, service, **body)

    assert (seen["subscriptions"], seen["invoices"], seen["failed"]) == (4, 3, 1)
    assert [seen[name] for name in ("total", "invoices", "failed")] == [
        run[name] for name in ("total", "invoices", "failed")
    ]
    assert seen["failures"][0]["code"] == "no-price-in-force"
    assert len(seen["samples"]) == 3
    assert seen["samples"][0]["items"][0]["net"]["amount"] == "25.00"
    assert [(each["code"], each["count"]) for each in seen["warnings"]] == [("behind", 1)]
    assert seen["complete"]


async def test_a_run_is_cancelled_between_pages_and_another_goes_on(
    client: httpx.AsyncClient, service: Running
) -> None:
    await adopted(client, service, 6)
    run = await started(client)
    second = await client.post("/bill-runs", json={})
    await advance(service.db, service.organization.id, UUID(run["id"]), most=4)

    cancelled = await client.post(f"/bill-runs/{run['id']}/cancel")
    again = await client.post(f"/bill-runs/{run['id']}/cancel")
    await service.run_timer(bill_runs)
    rest = await finished(client, service)

    assert second.json()["type"].endswith("/bill-run-open")
    assert (cancelled.json()["state"], cancelled.json()["invoices"]) == ("cancelled", 4)
    assert again.json()["type"].endswith("/bill-run-over")
    assert rest["invoices"] == 2


async def test_only_the_asked_plans_and_customer_are_billed(
    client: httpx.AsyncClient, service: Running
) -> None:
    plan, _ = await adopted(client, service, 2)
    other = await plan_made(client, code="O", name="Other")
    mine = await subscribed(client, service, other["id"])
    await subscribed(client, service, other["id"])

    of_customer = await finished(client, service, customer_id=mine["customer_id"])
    of_plan = await finished(client, service, plan_ids=[plan["id"]])

    assert (of_customer["invoices"], of_plan["invoices"]) == (1, 2)


@pytest.mark.parametrize(
    ("body", "slug"),
    [
        ({"period_to": day(32)}, "bill-period-out-of-reach"),
        ({"period_from": day(1), "period_to": day(0)}, "bill-period-out-of-reach"),
        ({"plan_ids": []}, "validation-failed"),
    ],
)
async def test_days_out_of_reach_are_refused(
    client: httpx.AsyncClient, body: dict[str, Any], slug: str
) -> None:
    for path in ("/bill-runs", "/bill-runs/preview"):
        answer = await client.post(path, json=body)
        assert answer.status_code == 422
        assert answer.json()["type"].endswith(f"/{slug}")


async def test_invoices_due_at_once_are_announced_by_the_run(
    client: httpx.AsyncClient, service: Running
) -> None:
    await client.put("/invoices/terms", json={"due_days": 0, "due_soon_days": 3})
    await adopted(client, service, 2)

    await finished(client, service)

    events = await service.emitted()
    said = {event.data.invoice_id for event in events if isinstance(event.data, InvoiceDueToday)}
    assert said == {facts.invoice_id for facts in billed(events)}


async def test_an_organization_may_bill_by_itself_each_day_of_its_own_clock(
    client: httpx.AsyncClient, service: Running
) -> None:
    await client.put(
        "/invoices/terms", json={"due_days": 10, "due_soon_days": 3, "auto_bill": True}
    )
    await adopted(client, service, 2)

    await service.run_timer(bill_runs)
    await service.run_timer(bill_runs)
    first = (await client.get("/bill-runs")).json()["items"]
    await changed(service, offset=31 * 86_400)  # a month passes at once
    await service.run_timer(bill_runs)
    await service.run_timer(bill_runs)
    second = (await client.get("/bill-runs")).json()["items"]

    assert [(each["automatic"], each["invoices"]) for each in first] == [(True, 2)]
    assert [each["invoices"] for each in second] == [2, 2]
    assert second[0]["period_to"] == str(TODAY + timedelta(days=31))
    assert date.fromisoformat(second[0]["period_from"]) == date(2026, 12, 20)


async def test_runs_of_other_organizations_are_not_seen(
    client: httpx.AsyncClient, service: Running
) -> None:
    await adopted(client, service, 1)
    run = await finished(client, service)

    async with service.client(organization=service.other_organization) as other:
        answers = [
            await other.get(f"/bill-runs/{run['id']}"),
            await other.get(f"/bill-runs/{run['id']}/failures"),
            await other.post(f"/bill-runs/{run['id']}/cancel"),
        ]
        listed = (await other.get("/bill-runs")).json()["items"]

    assert {answer.status_code for answer in answers} == {404}
    assert listed == []
