"""Figures of a small story with two payments for each case, worked out by hand, on two days."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.collections.tests.integration.scene import Invoice, Line, Scene
from services.collections.tests.integration.test_agreements import debtor, in_days, pass_days, post
from services.collections.tests.integration.test_disputes import adjusted
from services.collections.tests.integration.test_figures import buckets, figure, paid, received
from shared.contracts.payments import PaymentRefunded
from shared.ids import new_id


def period(scene: Scene, first: int, last: int) -> dict[str, str]:
    """Days before or after today, both within."""
    days = [scene.today + timedelta(days=each) for each in (first, last)]
    return {"from": str(days[0]), "to": str(days[1])}


async def pay(scene: Scene, line: Line, *parts: tuple[Invoice, int]) -> UUID:
    """One payment of today, put against invoices."""
    money = received(scene, line.customer_id, sum(minor for _, minor in parts))
    puts = [paid(invoice, minor, scene.today, money.payment_id) for invoice, minor in parts]
    await scene.say(money, *puts)
    return money.payment_id


@pytest.fixture
async def told(scene: Scene) -> Scene:
    """The story; today is its third day after.

    | invoice | asks | due    | first day               | third day             | open then |
    |---------|------|--------|-------------------------|-----------------------|-----------|
    | a1      | 100  | -10    | 30 and 20 come          | 20 credited, 30 come  | 50, 0     |
    | a2      | 50   | +5     |                         |                       | 50, 50    |
    | b1      | 80   | -40    | 50 of 60, 30 of 40 come |                       | 0, 0      |
    | b2      | 40   | -1     | 10 of 60, 10 of 40 come | 10 back, 5 written off| 20, 25    |
    """
    ana, eva = await scene.line(), await scene.line()
    a1, _ = await scene.issue(ana, 10, 10_000), await scene.issue(ana, -5, 5_000)
    b1, b2 = await scene.issue(eva, 40, 8_000), await scene.issue(eva, 1, 4_000)
    await pay(scene, ana, (a1, 3_000))
    await pay(scene, ana, (a1, 2_000))
    await pay(scene, eva, (b1, 5_000), (b2, 1_000))
    second = await pay(scene, eva, (b1, 3_000), (b2, 1_000))
    await pass_days(scene, 3)
    await scene.say(adjusted(a1, 2, credited=2_000), adjusted(b2, 2, written_off=500))
    await pay(scene, ana, (a1, 3_000))
    back = b2.taken_back(1_000).model_copy(
        update={"received_on": scene.today, "payment_id": second}
    )
    refund = PaymentRefunded(
        return_id=new_id(),
        payment_id=second,
        customer_id=eva.customer_id,
        amount_minor=1_000,
        currency="USD",
        returned_minor=1_000,
        returned_on=scene.today,
        reason="too much",
    )
    await scene.say(back, refund)
    return scene


def shown(found: dict[str, Any], *names: str) -> list[Any]:
    """Members of a figure, amounts as their text."""
    values = [found[name] for name in names]
    return [value["amount"] if isinstance(value, dict) else value for value in values]


DASHBOARD = (
    "accounts",
    "overdue_accounts",
    "outstanding",
    "overdue",
    "received",
    "collected",
    "recovery_rate",
    "invoices_settled",
    "days_to_settle",
)


async def test_a_dashboard_of_a_past_day_and_of_today(told: Scene) -> None:
    then = await figure(told, "dashboard", **period(told, -12, -3))
    now = await figure(told, "dashboard", **period(told, -2, 0))

    assert shown(then, *DASHBOARD) == [
        *(2, 2, "120.00", "70.00", "150.00", "150.00"),
        "0.6818",  # 150 / (150 + 70)
        *(1, "70.0000"),  # b1, seventy days after its issue
    ]
    assert shown(now, *DASHBOARD) == [
        *(2, 1, "75.00", "25.00", "20.00", "20.00"),
        "0.4444",  # 20 / (20 + 25)
        *(1, "43.0000"),  # a1
    ]


async def test_ageing_and_rolls_between_a_past_day_and_today(told: Scene) -> None:
    then = str(told.today - timedelta(days=3))
    assert await buckets(told, as_of=then) == ["50.00", "70.00", *["0.00"] * 4]
    assert await buckets(told) == ["50.00", "25.00", *["0.00"] * 4]
    rolls = (await figure(told, "roll-rates", **period(told, -3, 0)))["rolls"]
    assert [shown(each, "from_bucket", "to_bucket", "open", "rate") for each in rolls] == [
        ["not_due", "not_due", "50.00", "1.0000"],
        ["1-30", "1-30", "20.00", "0.2857"],
        ["1-30", "settled", "50.00", "0.7143"],
    ]


async def test_sales_outstanding_effectiveness_and_cures(told: Scene) -> None:
    dso = await figure(told, "dso", **period(told, -32, -3))
    assert shown(dso, "outstanding", "billed", "days", "dso") == ["120.00", "50.00", 30, "72.0000"]
    cei = await figure(told, "cei", **period(told, -12, -3))
    names = ("opening", "billed", "closing", "closing_not_due", "cei")
    assert shown(cei, *names) == ["270.00", "0.00", "120.00", "50.00", "0.6818"]
    cure = await figure(told, "cure", **period(told, -3, -3))
    assert shown(cure, "opened", "cured", "cure_rate", "days_to_cure") == [2, 1, "0.5000", "3.0000"]
    assert shown(await figure(told, "cure", **period(told, -2, 0)), "opened") == [0]


async def test_a_trend_counts_each_payment_once_whatever_it_was_put_against(told: Scene) -> None:
    steps = (await figure(told, "trends", **period(told, -3, 0)))["steps"]
    money = [shown(step, "received", "allocated") for step in steps]
    assert money == [["150.00", "150.00"], *[["0.00", "0.00"]] * 2, ["20.00", "20.00"]]


PROMISES = ("promised", "kept", "broken", "open", "kept_rate", "promised_amount", "kept_amount")


async def test_promises_count_by_their_day_and_by_what_became_of_them(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    """Kept by two payments, broken by a cent, open until later, and withdrawn."""
    made: list[tuple[Invoice, str]] = []
    for amount, days in (("10.00", 2), ("20.00", 2), ("30.00", 10), ("5.00", 2)):
        _, invoice, case_id = await debtor(scene, client)
        body: dict[str, Any] = {"promised_for": in_days(scene, days)}
        promise = await post(client, f"cases/{case_id}/promises", **body, amount={"amount": amount})
        made.append((invoice, promise["id"]))
    kept, broken, _, withdrawn = made
    await scene.say(
        paid(kept[0], 400, scene.today),
        paid(kept[0], 600, scene.today),
        paid(broken[0], 1999, scene.today),
    )
    await post(client, f"promises/{withdrawn[1]}/cancel", 200)
    await pass_days(scene, 3)

    async def of(first: int, last: int) -> list[Any]:
        return shown(await figure(scene, "promises", **period(scene, first, last)), *PROMISES)

    assert await of(-3, -1) == [2, 1, 1, 0, "0.5000", "30.00", "10.00"]
    assert await of(-3, 7) == [3, 1, 1, 1, "0.5000", "60.00", "10.00"]
    assert await of(0, 7) == [1, 0, 0, 1, None, "30.00", "0.00"]
    assert await of(-33, -4) == [0, 0, 0, 0, None, "0.00", "0.00"]
    await scene.say(paid(broken[0], 1, scene.today - timedelta(days=1)))
    assert await of(-3, -1) == [2, 2, 0, 0, "1.0000", "30.00", "30.00"]
