"""What a cancelled subscription has not used is credited by itself, exactly and once."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.billing.closings.operations import close
from services.billing.closings.timers import close_subscriptions
from services.billing.tests.integration.facts import line
from services.billing.tests.integration.runs import adopted, at, books_in_order, finished, owner_of
from services.billing.tests.integration.scene import credit
from services.billing.tests.integration.test_plans import made as plan_made
from services.billing.tests.integration.test_subscriptions import day, subscribed
from shared import clock
from shared.contracts.billing import CreditSettlement, InvoiceCredited
from shared.contracts.customers import LineCancelled, LineStatus
from shared.testing import Running


async def notes(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    """The credit notes there are, the first one first."""
    listed: list[dict[str, Any]] = (await client.get("/credit-notes?sort=number")).json()["items"]
    return listed


async def left(client: httpx.AsyncClient, stored: dict[str, Any]) -> str:
    """What is still to be made good of a subscription."""
    answer = await client.get(f"/subscriptions/{stored['id']}/adjustments")
    amount: str = answer.json()["total"]["amount"]
    return amount


async def billed_and_cancelled(
    client: httpx.AsyncClient, service: Running, plan: dict[str, Any], on: int, **more: Any
) -> dict[str, Any]:
    """A subscription billed for the 30 days from TODAY, and cancelled on a day."""
    stored = await subscribed(client, service, plan["id"], **more)
    await finished(client, service)
    path = f"/subscriptions/{stored['id']}/cancel"
    assert (await client.post(path, json={"on": day(on)})).status_code == 200
    await service.emitted()
    return stored


async def test_unused_days_are_credited_on_the_invoice_that_billed_them(
    client: httpx.AsyncClient, service: Running, noon: clock.FrozenClock
) -> None:
    plan = await plan_made(
        client, price={"amount": "30.00"}, tax_rate="12", setup_fee={"amount": "9.00"}
    )
    stored = await billed_and_cancelled(client, service, plan, 10)

    await service.run_timer(close_subscriptions)
    early = await notes(client)
    shown = await left(client, stored)
    async with await at(service, noon, 10) as later, books_in_order(service):
        for _ in range(2):
            await service.run_timer(close_subscriptions)
        (note,) = await notes(later)
        detail = (await later.get(f"/credit-notes/{note['id']}")).json()
        (period,) = (await later.get(f"/subscriptions/{stored['id']}/periods")).json()["items"]
        after = await left(later, stored)
        again = await finished(later, service)

    # 20 of 30 days: 20.00 and 12 % of it; the setup fee is not touched.
    assert (early, shown, after) == ([], "-22.40", "0.00")
    assert note["invoice_id"] == period["invoice_id"]
    assert (note["net"]["amount"], note["total"]["amount"]) == ("20.00", "22.40")
    assert (note["settlement"], note["issued_by"]) == ("credit", "cancellation")
    assert [each["position"] for each in detail["items"]] == [1]
    assert again["invoices"] == 0
    (told,) = [e.data for e in await service.emitted() if isinstance(e.data, InvoiceCredited)]
    assert (told.amount_minor, told.settlement) == (2240, CreditSettlement.CREDIT)


async def test_a_plan_that_keeps_unused_days_credits_nothing(
    client: httpx.AsyncClient, service: Running, noon: clock.FrozenClock
) -> None:
    plan = await plan_made(client, unused_rule="keep", suspended_rule="prorate", tax_rate="0")
    stored = await billed_and_cancelled(client, service, plan, 10)

    async with await at(service, noon, 10) as later, books_in_order(service):
        await service.run_timer(close_subscriptions)
        assert (await notes(later), await left(later, stored)) == ([], "0.00")


async def test_a_cancelled_line_is_credited_too(
    client: httpx.AsyncClient, service: Running, noon: clock.FrozenClock
) -> None:
    _, (line_id,) = await adopted(client, service, 1, price={"amount": "30.00"}, tax_rate="0")
    await finished(client, service)
    owner = await owner_of(service, line_id)

    async with await at(service, noon, 12) as later, books_in_order(service):
        await service.deliver(
            line(line_id, owner, LineCancelled, version=2, status=LineStatus.CANCELLED)
        )
        await service.run_timer(close_subscriptions)
        (note,) = await notes(later)

    assert note["total"]["amount"] == "18.00"


async def test_what_other_plans_are_still_owed_is_set_off_first(
    client: httpx.AsyncClient, service: Running, noon: clock.FrozenClock
) -> None:
    plan = await plan_made(client, price={"amount": "30.00"}, tax_rate="0")
    fast = await plan_made(client, code="F", name="Fast", price={"amount": "45.00"}, tax_rate="0")
    stored = await subscribed(client, service, plan["id"])
    path = f"/subscriptions/{stored['id']}"
    await finished(client, service)
    await client.post(f"{path}/change", json={"plan_id": fast["id"], "on": day(10)})
    await client.post(f"{path}/cancel", json={"on": day(20)})

    async with await at(service, noon, 20) as later, books_in_order(service):
        await service.run_timer(close_subscriptions)
        before = await notes(later)
        run = await finished(later, service)
        await service.run_timer(close_subscriptions)
        (note,) = await notes(later)

    # 10 days of the slow one (10.00) and 10 of the fast one (15.00) of the 30.00 that were paid.
    assert (before, run["invoices"], note["total"]["amount"]) == ([], 0, "5.00")


async def test_a_cancellation_in_the_past_credits_every_invoice_it_reaches(
    client: httpx.AsyncClient, service: Running, noon: clock.FrozenClock
) -> None:
    plan = await plan_made(client, price={"amount": "31.00"}, tax_rate="0")
    stored = await subscribed(client, service, plan["id"], billing_day=1)
    async with await at(service, noon, 45) as later, books_in_order(service):
        assert (await finished(later, service))["invoices"] == 3
        days = (await later.get(f"/subscriptions/{stored['id']}/periods")).json()["items"]
        path = f"/subscriptions/{stored['id']}/cancel"
        await later.post(path, json={"on": days[1]["period_from"]})
        await service.run_timer(close_subscriptions)
        found = await notes(later)

    assert [each["total"]["amount"] for each in found] == ["31.00", "31.00"]
    assert {each["invoice_id"] for each in found} == {each["invoice_id"] for each in days[:2]}


async def test_what_was_credited_by_hand_is_not_credited_twice(
    client: httpx.AsyncClient, service: Running, noon: clock.FrozenClock
) -> None:
    plan = await plan_made(client, price={"amount": "30.00"}, tax_rate="0")
    stored = await billed_and_cancelled(client, service, plan, 10)
    (period,) = (await client.get(f"/subscriptions/{stored['id']}/periods")).json()["items"]
    await credit(client, {"id": period["invoice_id"]}, amount={"amount": "25.00"})

    async with await at(service, noon, 10) as later, books_in_order(service):
        for _ in range(2):
            await service.run_timer(close_subscriptions)
        assert [each["total"]["amount"] for each in await notes(later)] == ["25.00", "5.00"]
        assert await left(later, stored) == "-15.00"


async def test_eight_workers_at_once_credit_once(
    client: httpx.AsyncClient, service: Running, noon: clock.FrozenClock
) -> None:
    plan = await plan_made(client, price={"amount": "30.00"}, tax_rate="0")
    stored = await billed_and_cancelled(client, service, plan, 10)

    async def work() -> bool:
        async with service.db.session(None) as session:
            return await close(session, service.organization, UUID(stored["id"]))

    async with await at(service, noon, 10) as later, books_in_order(service):
        done = await asyncio.gather(*(work() for _ in range(8)))
        (note,) = await notes(later)

    assert (sum(done), note["total"]["amount"]) == (1, "20.00")


@pytest.mark.parametrize(
    ("price", "used", "includes", "kept"),
    [("10.01", 7, True, 234), ("33.33", 29, False, 3705), ("29.99", 1, False, 115)],
)
async def test_what_stays_billed_is_the_price_of_the_days_used(
    client: httpx.AsyncClient,
    service: Running,
    noon: clock.FrozenClock,
    price: str,
    used: int,
    includes: bool,
    kept: int,
) -> None:
    plan = await plan_made(
        client, price={"amount": price}, tax_rate="15", price_includes_tax=includes
    )
    stored = await billed_and_cancelled(client, service, plan, used)
    (period,) = (await client.get(f"/subscriptions/{stored['id']}/periods")).json()["items"]

    async with await at(service, noon, used) as later, books_in_order(service):
        await service.run_timer(close_subscriptions)
        (note,) = await notes(later)

    assert cents(period["total"]) - cents(note["total"]) == kept


def cents(money: dict[str, str]) -> int:
    """An amount as the API shows it, in cents."""
    return int(money["amount"].replace(".", ""))
