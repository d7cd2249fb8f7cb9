"""Changes and suspensions on real bills: made good by the next invoice, never back-billed."""

from uuid import UUID

import httpx

from services.billing.tests.integration.facts import customer, line
from services.billing.tests.integration.runs import adopted, at, books_in_order, finished, owner_of
from services.billing.tests.integration.test_plans import made as plan_made
from services.billing.tests.integration.test_subscriptions import day, subscribed
from shared import clock
from shared.contracts.customers import (
    LineReactivated,
    LineStatus,
    LineSuspended,
)
from shared.ids import new_id
from shared.testing import Running


async def test_without_a_first_day_a_run_catches_up(
    client: httpx.AsyncClient, service: Running
) -> None:
    plan = await plan_made(client, price_from="2026-01-01", setup_fee={"amount": "5.00"})
    stored = await subscribed(client, service, plan["id"], starts_on=day(-40), billing_day=1)

    run = await finished(client, service)

    # 11-31 October (setup fee with it), then all of November.
    assert (run["period_from"], run["invoices"]) == ("2026-10-11", 2)
    periods = (await client.get(f"/subscriptions/{stored['id']}/periods")).json()["items"]
    assert [(each["period_from"], each["period_to"]) for each in periods] == [
        ("2026-11-01", "2026-11-30"),
        ("2026-10-11", "2026-10-31"),
    ]
    assert [each["total"]["amount"] for each in periods] == ["28.75", "25.23"]
    listed = (await client.get(f"/bill-runs/{run['id']}/periods")).json()["items"]
    assert {each["invoice_id"] for each in listed} == {each["invoice_id"] for each in periods}


async def test_a_change_within_a_billed_period_is_made_good_by_the_next_invoice(
    client: httpx.AsyncClient, service: Running, noon: clock.FrozenClock
) -> None:
    plan = await plan_made(client, price={"amount": "30.00"}, tax_rate="0")
    fast = await plan_made(client, code="F", name="Fast", price={"amount": "60.00"}, tax_rate="0")
    stored = await subscribed(client, service, plan["id"])
    path = f"/subscriptions/{stored['id']}"
    await finished(client, service)

    await client.post(f"{path}/change", json={"plan_id": fast["id"], "on": day(10)})
    known = (await client.get(f"{path}/adjustments")).json()
    async with await at(service, noon, 30) as later, books_in_order(service):
        run = await finished(later, service)
        settled = (await later.get(f"{path}/adjustments")).json()
        (period, _) = (await later.get(f"{path}/periods")).json()["items"]
        invoice = (await later.get(f"/invoices/{period['invoice_id']}")).json()

    assert [each["amount"]["amount"] for each in known["items"]] == ["-20.00", "40.00"]
    assert known["total"]["amount"] == "20.00"
    assert settled["items"] == []
    assert run["total"]["amount"] == "80.00"
    assert [each["net"]["amount"] for each in invoice["items"]] == ["60.00", "40.00", "-20.00"]
    async with service.client() as later, books_in_order(service):
        note = await later.post(
            f"/invoices/{invoice['id']}/credit-notes",
            json={"reason": "goodwill"},
            headers={"Idempotency-Key": "1"},
        )
    assert note.status_code == 201, note.text
    assert note.json()["total"]["amount"] == "80.00"


async def test_what_is_given_back_covers_the_next_periods(
    client: httpx.AsyncClient, service: Running, noon: clock.FrozenClock
) -> None:
    plan = await plan_made(client, price={"amount": "30.00"}, tax_rate="12")
    stored = await subscribed(client, service, plan["id"], quantity="10")
    path = f"/subscriptions/{stored['id']}"
    await finished(client, service)

    await client.post(f"{path}/change", json={"quantity": "1", "on": day(10)})
    totals = []
    for days in (30, 61, 92, 123, 151, 182, 212):
        async with await at(service, noon, days) as later, books_in_order(service):
            totals.append((await finished(later, service))["total"]["amount"])

    # 20 of 30 days less of 9 x 30.00: 180.00 are covered by six periods of 30.00.
    assert totals == ["0.00"] * 6 + ["33.60"]
    async with service.client() as later:
        items = (await later.get(f"{path}/periods")).json()["items"]
    assert [each["outcome"] for each in items] == ["billed"] + ["covered"] * 6 + ["billed"]


async def test_a_suspended_line_is_charged_as_its_plan_says_and_never_back_billed(
    client: httpx.AsyncClient, service: Running, noon: clock.FrozenClock
) -> None:
    plan, (line_id,) = await adopted(client, service, 1, suspended_rule="skip", tax_rate="0")
    await finished(client, service)
    owner = new_id()

    async with await at(service, noon, 20):
        suspended = line(line_id, owner, LineSuspended, version=2, status=LineStatus.SUSPENDED)
        await service.deliver(
            suspended.model_copy(update={"customer_id": await owner_of(service, line_id)})
        )
    async with await at(service, noon, 35) as later:
        during = await finished(later, service)
        back = line(line_id, owner, LineReactivated, version=3, status=LineStatus.ACTIVE)
        await service.deliver(
            back.model_copy(update={"customer_id": await owner_of(service, line_id)})
        )
    async with await at(service, noon, 61) as later:
        after = await finished(later, service)

    assert (during["invoices"], during["skipped"]) == (0, 1)
    assert (after["invoices"], after["total"]["amount"]) == (1, "25.00")
    assert plan["suspended_rule"] == "skip"


async def test_suspended_days_are_given_back_where_the_plan_prorates(
    client: httpx.AsyncClient, service: Running, noon: clock.FrozenClock
) -> None:
    _, (line_id,) = await adopted(
        client, service, 1, suspended_rule="prorate", tax_rate="0", price={"amount": "30.00"}
    )
    await finished(client, service)
    owner = await owner_of(service, line_id)

    async with await at(service, noon, 10):
        await service.deliver(
            line(line_id, owner, LineSuspended, version=2, status=LineStatus.SUSPENDED)
        )
    async with await at(service, noon, 15):
        await service.deliver(line(line_id, owner, LineReactivated, version=3))
    async with await at(service, noon, 30) as later:
        run = await finished(later, service)

    assert run["total"]["amount"] == "25.00"


async def test_lines_not_installed_and_inactive_customers_are_not_billed(
    client: httpx.AsyncClient, service: Running
) -> None:
    plan = await plan_made(client)
    waiting, owner = new_id(), new_id()
    await service.deliver(customer(owner), line(waiting, owner, status=LineStatus.NOT_INSTALLED))
    await subscribed(client, service, plan["id"], customer_id=owner, line_id=str(waiting))
    gone = await subscribed(client, service, plan["id"])
    await service.deliver(customer(UUID(gone["customer_id"]), version=2, active=False))

    seen = (await client.post("/bill-runs/preview", json={})).json()
    run = await finished(client, service)

    assert (run["examined"], run["invoices"], run["skipped"]) == (1, 0, 1)
    assert [(each["code"], each["count"]) for each in seen["warnings"]] == [("not-installed", 1)]
