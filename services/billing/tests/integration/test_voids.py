"""A voided invoice's period is billed once more, with what the invoice carried, and never twice."""

import asyncio
from typing import Any
from uuid import UUID

import httpx

from services.billing.bill_runs import operations
from services.billing.bill_runs.timers import bill_runs
from services.billing.tests.integration.facts import TODAY
from services.billing.tests.integration.runs import adopted, at, books_in_order, finished, started
from services.billing.tests.integration.test_plans import made as plan_made
from services.billing.tests.integration.test_subscriptions import day, subscribed
from shared import clock
from shared.testing import Running


async def periods(client: httpx.AsyncClient, stored: dict[str, Any]) -> list[dict[str, Any]]:
    """The periods of a subscription, the latest first; of one day the earliest row first."""
    answer = await client.get(f"/subscriptions/{stored['id']}/periods")
    listed: list[dict[str, Any]] = answer.json()["items"]
    return listed


async def void(client: httpx.AsyncClient, invoice_id: str) -> httpx.Response:
    """Ask for an invoice to be annulled."""
    return await client.post(f"/invoices/{invoice_id}/void", json={"reason": "wrong price"})


async def outcomes(client: httpx.AsyncClient, stored: dict[str, Any]) -> list[tuple[str, str]]:
    """What became of each period, in the order of days and then of words."""
    found = [(each["period_from"], each["outcome"]) for each in await periods(client, stored)]
    return sorted(found)


async def test_the_next_run_bills_a_voided_period_once_more_with_its_setup_fee(
    client: httpx.AsyncClient, service: Running
) -> None:
    plan = await plan_made(client, tax_rate="0", setup_fee={"amount": "5.00"})
    stored = await subscribed(client, service, plan["id"])
    first = await finished(client, service)
    (period,) = await periods(client, stored)

    assert (await void(client, period["invoice_id"])).status_code == 200
    shown = (await client.get(f"/subscriptions/{stored['id']}")).json()
    async with books_in_order(service):
        again = await finished(client, service)
        third = await finished(client, service)

    assert (first["invoices"], again["invoices"], third["invoices"]) == (1, 1, 0)
    assert (shown["bills_on"], shown["next_start"]) == (day(0), day(30))
    assert again["total"] == first["total"] == {"amount": "30.00", "currency": "USD"}
    assert await outcomes(client, stored) == [(day(0), "billed"), (day(0), "voided")]
    assert (await client.get(f"/subscriptions/{stored['id']}")).json()["bills_on"] == day(30)


async def test_a_run_for_the_days_of_the_period_finds_it_and_later_ones_stay(
    client: httpx.AsyncClient, service: Running, noon: clock.FrozenClock
) -> None:
    plan = await plan_made(client, tax_rate="0", timing="arrears", price_from=day(-90))
    stored = await subscribed(client, service, plan["id"], starts_on=day(-90), billing_day=1)
    await finished(client, service)
    made = await periods(client, stored)
    oldest = made[-1]

    assert (await void(client, oldest["invoice_id"])).status_code == 200
    async with books_in_order(service):
        apart = await finished(client, service, period_from=str(TODAY))
        until = made[-2]["period_from"]
        right = await finished(client, service, period_from=until, period_to=until)

    assert (apart["invoices"], right["invoices"]) == (0, 1)
    assert right["total"] == oldest["total"]
    assert len(await periods(client, stored)) == len(made) + 1


async def test_what_a_voided_invoice_made_good_is_made_good_by_the_next(
    client: httpx.AsyncClient, service: Running, noon: clock.FrozenClock
) -> None:
    plan = await plan_made(client, price={"amount": "30.00"}, tax_rate="0")
    fast = await plan_made(client, code="F", name="Fast", price={"amount": "60.00"}, tax_rate="0")
    stored = await subscribed(client, service, plan["id"])
    await finished(client, service)
    path = f"/subscriptions/{stored['id']}"
    await client.post(f"{path}/change", json={"plan_id": fast["id"], "on": day(10)})

    async with await at(service, noon, 30) as later, books_in_order(service):
        await finished(later, service)
        second, first = await periods(later, stored)
        refused = await void(later, first["invoice_id"])
        assert (await void(later, second["invoice_id"])).status_code == 200
        owed = (await later.get(f"{path}/adjustments")).json()["total"]["amount"]
        again = await finished(later, service)
        settled = (await later.get(f"{path}/adjustments")).json()["items"]

    assert refused.json()["type"].endswith("/period-made-good-later")
    assert refused.json()["later"] == second["invoice_id"]
    assert (owed, again["total"]["amount"], settled) == ("20.00", "80.00", [])


async def test_a_first_period_voided_after_the_second_can_be_billed_anew(
    client: httpx.AsyncClient, service: Running, noon: clock.FrozenClock
) -> None:
    plan = await plan_made(client, price={"amount": "30.00"}, tax_rate="0")
    stored = await subscribed(client, service, plan["id"])
    await finished(client, service)
    path = f"/subscriptions/{stored['id']}"
    await client.post(f"{path}/change", json={"quantity": "2", "on": day(10)})

    async with await at(service, noon, 30) as later, books_in_order(service):
        await finished(later, service)
        for period in await periods(later, stored):
            assert (await void(later, period["invoice_id"])).status_code == 200
        again = await finished(later, service)
        live = [each for each in await periods(later, stored) if each["outcome"] == "billed"]

    assert [each["total"]["amount"] for each in live] == ["60.00", "50.00"]
    assert again["invoices"] == 2


async def test_a_cancelled_period_is_billed_again_for_its_days_alone(
    client: httpx.AsyncClient, service: Running, noon: clock.FrozenClock
) -> None:
    plan = await plan_made(client, price={"amount": "30.00"}, tax_rate="0")
    stored = await subscribed(client, service, plan["id"])
    await finished(client, service)
    (period,) = await periods(client, stored)
    await void(client, period["invoice_id"])
    await client.post(f"/subscriptions/{stored['id']}/cancel", json={"on": day(10)})

    async with await at(service, noon, 10) as later, books_in_order(service):
        assert (await finished(later, service))["total"]["amount"] == "10.00"
        assert (await finished(later, service))["invoices"] == 0


async def test_voids_while_a_run_goes_on_bill_every_period_once(
    client: httpx.AsyncClient, service: Running
) -> None:
    await adopted(client, service, 12)
    await finished(client, service)
    listed = (await client.get("/invoices?limit=50")).json()["items"]
    for invoice in listed[:6]:
        assert (await void(client, invoice["id"])).status_code == 200
    run = await started(client)

    async def work() -> None:
        over = False
        while not over:
            async with service.db.transaction(None) as tx:
                _, over = await operations.bill_page(
                    tx, service.organization.id, UUID(run["id"]), 2
                )

    async with books_in_order(service):
        others = (void(client, invoice["id"]) for invoice in listed[6:])
        answers = await asyncio.gather(work(), work(), *others)
        assert [each.status_code for each in answers if each is not None] == [200] * 6
        await finished(client, service)
        await service.run_timer(bill_runs)

    async with service.db.transaction(None) as tx:
        cursor = await tx.execute(
            "SELECT p.outcome, i.document, count(*) AS n FROM subscription_period AS p"
            " JOIN invoice AS i ON i.id = p.invoice_id GROUP BY 1, 2 ORDER BY 1"
        )
        rows = [(row["outcome"], row["document"], row["n"]) for row in await cursor.fetchall()]
    assert rows == [("billed", "issued", 12), ("voided", "void", 12)]


async def test_one_invoice_voided_by_many_at_once_is_billed_again_once(
    client: httpx.AsyncClient, service: Running
) -> None:
    plan = await plan_made(client)
    stored = await subscribed(client, service, plan["id"])
    await finished(client, service)
    (period,) = await periods(client, stored)

    answers = await asyncio.gather(*(void(client, period["invoice_id"]) for _ in range(6)))
    async with books_in_order(service):
        again = await finished(client, service)

    assert sorted(each.status_code for each in answers) == [200] + [409] * 5
    assert again["invoices"] == 1


async def test_a_last_bill_may_be_settled_voided_and_settled_again(
    client: httpx.AsyncClient, service: Running, noon: clock.FrozenClock
) -> None:
    plan = await plan_made(client, price={"amount": "30.00"}, tax_rate="0", unused_rule="keep")
    stored = await subscribed(client, service, plan["id"])
    path = f"/subscriptions/{stored['id']}"
    await client.post(f"{path}/pause", json={"on": day(0)})
    await finished(client, service)
    await client.post(f"{path}/resume", json={"on": day(10)})
    await client.post(f"{path}/cancel", json={"on": day(20)})

    async with await at(service, noon, 20) as later, books_in_order(service):
        for _ in range(3):
            assert (await finished(later, service))["total"]["amount"] == "10.00"
            last = next(
                each for each in await periods(later, stored) if each["outcome"] == "billed"
            )
            assert (await void(later, last["invoice_id"])).status_code == 200
