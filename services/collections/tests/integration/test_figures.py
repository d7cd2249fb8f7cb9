"""Figures: each against a story whose answer can be worked out by hand."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.collections.pauses.operations import put_pauses
from services.collections.pauses.rules import PauseKind
from services.collections.pauses.store import NewPause
from services.collections.tests.integration.scene import Invoice, Scene
from shared.auth import Role
from shared.contracts.payments import (
    AllocationMade,
    PaymentMethod,
    PaymentReceived,
    PaymentRefunded,
)
from shared.ids import new_id
from shared.testing import Running

BUCKETS = ["not_due", "1-30", "31-60", "61-90", "91-120", "120+"]


async def figure(scene: Scene, name: str, **params: Any) -> dict[str, Any]:
    client = scene.running.client(Role.READ_ONLY, scene.organization)
    answer = await client.get(f"/collections/analytics/{name}", params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def buckets(scene: Scene, **params: Any) -> list[str]:
    found = await figure(scene, "ageing", **params)
    return [bucket["open"]["amount"] for bucket in found["buckets"]]


def received(scene: Scene, customer_id: UUID, minor: int, days_ago: int = 0) -> PaymentReceived:
    return PaymentReceived(
        payment_id=new_id(),
        customer_id=customer_id,
        amount_minor=minor,
        currency="USD",
        method=PaymentMethod.CASH,
        reference=None,
        received_on=scene.today - timedelta(days=days_ago),
        credited_minor=0,
    )


def paid(invoice: Invoice, minor: int, on: date, payment_id: UUID | None = None) -> AllocationMade:
    made = invoice.paid(minor)
    change: dict[str, Any] = {"received_on": on}
    if payment_id is not None:
        change["payment_id"] = payment_id
    return made.model_copy(update=change)


async def test_ageing_puts_each_invoice_into_one_bucket_by_its_days(scene: Scene) -> None:
    line = await scene.line()
    for late in (-5, 0, 1, 30, 31, 60, 61, 90, 91, 120, 121, 400):
        await scene.issue(line, late, 1000)
    found = await figure(scene, "ageing")

    assert [bucket["bucket"] for bucket in found["buckets"]] == BUCKETS
    assert [bucket["invoices"] for bucket in found["buckets"]] == [2, 2, 2, 2, 2, 2]
    assert {bucket["accounts"] for bucket in found["buckets"]} == {1}
    assert (found["open"]["amount"], found["invoices"]) == ("120.00", 12)


async def test_ageing_shows_what_is_disputed_and_in_a_plan_as_parts_of_what_is_open(
    scene: Scene,
) -> None:
    disputing, paying = await scene.line(), await scene.line()
    disputed = await scene.issue(disputing, 10, 5000)
    await scene.issue(paying, 40, 3000)
    common = (scene.organization.id, disputing.customer_id)
    dispute = NewPause(
        *common,
        PauseKind.DISPUTE,
        new_id(),
        scene.today,
        invoice_id=disputed.id,
        amount_minor=2000,
    )
    plan = NewPause(
        scene.organization.id, paying.customer_id, PauseKind.PLAN, new_id(), scene.today
    )
    async with scene.running.db.transaction(None) as tx:
        await put_pauses(tx, [dispute, plan])
    found = await figure(scene, "ageing")

    assert found["buckets"][1]["disputed"]["amount"] == "20.00"
    assert found["buckets"][1]["open"]["amount"] == "50.00"
    assert found["buckets"][2]["in_plan"]["amount"] == "30.00"
    assert (found["disputed"]["amount"], found["in_plan"]["amount"]) == ("20.00", "30.00")


async def test_a_past_day_is_shown_as_it_was(scene: Scene) -> None:
    line = await scene.line()
    invoice = await scene.issue(line, -5, 4500)
    start = scene.today
    await scene.pass_days(10)
    await scene.say(invoice.paid(1500))
    await scene.pass_days(10)
    await scene.say(invoice.paid(3000))

    assert await buckets(scene, as_of=str(start)) == ["45.00", *["0.00"] * 5]
    half = start + timedelta(days=12)
    assert await buckets(scene, as_of=str(half)) == ["0.00", "30.00", *["0.00"] * 4]
    assert await buckets(scene) == ["0.00"] * 6
    before = start - timedelta(days=100)
    assert await buckets(scene, as_of=str(before)) == ["0.00"] * 6


HISTORY = st.lists(
    st.tuples(
        st.integers(-40, 130), st.integers(1, 500), st.sampled_from(["pay", "part", "void", "none"])
    ),
    min_size=1,
    max_size=8,
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(history=HISTORY, ago=st.lists(st.integers(0, 200), min_size=1, max_size=3))
def test_buckets_sum_to_what_is_outstanding_on_any_day(
    service: Running, loop: Any, history: list[tuple[int, int, str]], ago: list[int]
) -> None:
    async def run() -> None:
        scene = Scene(service, service.organization)
        line = await scene.line()
        for late, minor, then in history:
            invoice = await scene.issue(line, late, minor)
            if then == "pay":
                await scene.say(invoice.paid())
            elif then == "part" and minor > 1:
                await scene.say(invoice.paid(minor // 2))
            elif then == "void":
                await scene.say(invoice.voided())
        for days in ago:
            day = str(scene.today - timedelta(days=days))
            aged = await figure(scene, "ageing", as_of=day)
            total = await figure(scene, "dashboard", **{"from": day, "to": day})
            parts = sum(Decimal(bucket["open"]["amount"]) for bucket in aged["buckets"])
            assert Decimal(total["outstanding"]["amount"]) == parts
        stored = await scene.rows(
            "SELECT coalesce(sum(open_minor), 0)::bigint AS open FROM debt"
            " WHERE organization_id = %s AND issued_on <= %s",
            scene.organization.id,
            scene.today,
        )
        now = await figure(scene, "dashboard")
        assert Decimal(now["outstanding"]["amount"]) * 100 == stored[0]["open"]

    loop.run_until_complete(run())


async def test_the_dashboard_counts_accounts_money_and_days(scene: Scene) -> None:
    line, other = await scene.line(), await scene.line()
    late, soon = await scene.issue(line, 10, 4000), await scene.issue(other, -10, 6000)
    money = received(scene, line.customer_id, 1000)
    refund = PaymentRefunded(
        return_id=new_id(),
        payment_id=money.payment_id,
        customer_id=line.customer_id,
        amount_minor=100,
        currency="USD",
        returned_minor=100,
        returned_on=scene.today,
        reason="too much",
    )
    for _ in range(2):
        await scene.say(money, refund, ids=[UUID(int=71), UUID(int=72)])
    await scene.say(paid(late, 1000, scene.today, money.payment_id), soon.paid())
    found = await figure(scene, "dashboard")

    assert (found["accounts"], found["overdue_accounts"]) == (1, 1)
    assert (found["outstanding"]["amount"], found["overdue"]["amount"]) == ("30.00", "30.00")
    assert (found["received"]["amount"], found["collected"]["amount"]) == ("9.00", "10.00")
    assert found["recovery_rate"] == "0.2500"
    assert (found["invoices_settled"], found["days_to_settle"]) == (1, "20.0000")


async def collector(scene: Scene, customer_id: UUID, commission: str) -> UUID:
    """A collector who has worked the customer's case since the day before yesterday."""
    made = new_id()
    async with scene.running.db.transaction(None) as tx:
        await tx.execute(
            "INSERT INTO collector (id, organization_id, user_id, name, capacity,"
            " commission_rate, created_at) VALUES (%s, %s, %s, 'Rosa', 10, %s, now())",
            (made, scene.organization.id, new_id(), commission),
        )
        done = await tx.execute(
            "UPDATE dunning_case SET collector_id = %s, assigned_at = now() - interval '2 days'"
            " WHERE customer_id = %s",
            (made, customer_id),
        )
        assert done.rowcount == 1
        await tx.execute(
            "INSERT INTO case_assignment (id, organization_id, case_id, collector_id, from_on,"
            " from_at) SELECT duesline_uuid7(), organization_id, id, collector_id, %s,"
            " assigned_at FROM dunning_case WHERE customer_id = %s",
            (scene.today - timedelta(days=2), customer_id),
        )
    return made


async def test_two_payments_of_two_invoices_on_one_case_are_counted_once_each(
    scene: Scene,
) -> None:
    line = await scene.line()
    first, second = await scene.issue(line, 20, 10_000), await scene.issue(line, 10, 10_000)
    who = await collector(scene, line.customer_id, "0.1")
    payment = new_id()
    await scene.say(
        paid(first, 3000, scene.today, payment),
        paid(second, 2000, scene.today, payment),
        paid(first, 1005, scene.today),
        paid(second, 500, scene.today - timedelta(days=9)),  # before the case was Rosa's
    )
    (found,) = (await figure(scene, "collectors"))["collectors"]

    assert (found["collector_id"], found["cases_open"], found["payments"]) == (str(who), 1, 2)
    assert found["collected"]["amount"] == "60.05"
    assert found["commission"]["amount"] == "6.00"
    assert found["debt"]["amount"] == "134.95"


async def test_a_trend_has_every_step_those_in_which_nothing_happened_too(scene: Scene) -> None:
    line = await scene.line()
    await scene.say(received(scene, line.customer_id, 700, 2), received(scene, line.customer_id, 5))
    await scene.issue(line, 5)
    span = {"from": str(scene.today - timedelta(days=6)), "to": str(scene.today)}
    days = (await figure(scene, "trends", **span))["steps"]
    weeks = (await figure(scene, "trends", by="week", **span))["steps"]
    months = (await figure(scene, "trends", by="month", **span))["steps"]

    assert [step["received"]["amount"] for step in days] == [
        "0.00",
        "0.00",
        "0.00",
        "0.00",
        "7.00",
        "0.00",
        "0.05",
    ]
    assert [step["suspensions"] for step in days] == [0] * 6 + [1]
    for steps in (weeks, months):
        assert sum(Decimal(step["received"]["amount"]) for step in steps) == Decimal("7.05")
        assert steps[0]["from"] == span["from"]
        assert steps[-1]["to"] == span["to"]


async def test_roll_rates_follow_what_was_open_from_bucket_to_bucket(scene: Scene) -> None:
    line = await scene.line()
    await scene.issue(line, 25, 3000)
    settled = await scene.issue(line, 26, 1000)
    first = scene.today
    await scene.pass_days(10)
    await scene.say(settled.paid())
    found = await figure(scene, "roll-rates", **{"from": str(first), "to": str(scene.today)})

    assert [(r["from_bucket"], r["to_bucket"], r["rate"]) for r in found["rolls"]] == [
        ("1-30", "31-60", "0.7500"),
        ("1-30", "settled", "0.2500"),
    ]


async def test_cases_cured_promises_kept_sales_outstanding_and_effectiveness(
    scene: Scene,
) -> None:
    line, other = await scene.line(), await scene.line()
    cured, _ = await scene.issue(line, 3, 6000), await scene.issue(other, 3, 4000)
    await scene.say(cured.paid())
    cases = await figure(scene, "cure")
    period = {"from": str(scene.today - timedelta(days=59)), "to": str(scene.today)}
    dso, cei = await figure(scene, "dso", **period), await figure(scene, "cei", **period)

    assert (cases["opened"], cases["cured"], cases["cure_rate"]) == (2, 1, "0.5000")
    assert (dso["outstanding"]["amount"], dso["billed"]["amount"]) == ("40.00", "100.00")
    assert (dso["days"], dso["dso"]) == (60, "24.0000")
    assert cei["cei"] == "0.6000"
    promises = await figure(scene, "promises")
    assert (promises["promised"], promises["kept_rate"]) == (0, None)


async def test_latency_is_measured_from_the_payment_to_the_line(scene: Scene) -> None:
    line, (invoice,) = await scene.off()
    await scene.say(invoice.paid())
    await scene.obey()
    found = await figure(scene, "latency")

    assert found["measured"] == 1
    assert 0 <= found["p50"] <= found["p99"] <= found["longest"] < 60
    assert found["within_1_second"] + found["within_5_seconds"] + found["within_1_minute"] == 1
    assert line.status.value == "active"


async def test_a_suspension_taken_back_without_new_money_was_wrong(scene: Scene) -> None:
    right, (owed,) = await scene.off()
    voided, (mistake,) = await scene.off()
    early, (known,) = await scene.off()
    await scene.say(paid(owed, owed.total_minor, scene.today))
    await scene.say(mistake.voided())
    await scene.say(paid(known, known.total_minor, scene.today - timedelta(days=3)))
    await scene.obey()
    found = await figure(scene, "precision")

    assert {line.status.value for line in (right, voided, early)} == {"active"}
    assert (found["suspensions"], found["taken_back"], found["paid_before"]) == (3, 1, 1)
    assert found["precision"] == "0.3333"


FIGURES = [
    "dashboard",
    "ageing",
    "collectors",
    "trends",
    "roll-rates",
    "cure",
    "promises",
    "dso",
    "cei",
    "latency",
    "precision",
]


@pytest.fixture
async def busy(scene: Scene) -> Scene:
    """An organization with one of everything."""
    line, (invoice,) = await scene.off()
    await collector(scene, line.customer_id, "0.05")
    await scene.say(received(scene, line.customer_id, 4500), invoice.paid())
    return scene


@pytest.mark.parametrize("name", FIGURES)
async def test_figures_are_an_organizations_own_and_not_for_collectors(
    busy: Scene, service: Running, name: str
) -> None:
    path = f"/collections/analytics/{name}"
    other = service.client(Role.CLERK, service.other_organization)
    empty = (await other.get(path)).json()
    full = (await service.client(Role.CLERK).get(path)).json()
    assert "1" not in str(
        [
            value
            for key, value in empty.items()
            if key
            in ("accounts", "opened", "measured", "suspensions", "invoices", "rolls", "collectors")
        ]
    )
    assert empty.keys() == full.keys()
    assert (await service.client(Role.COLLECTOR).get(path)).status_code == 403
    bad = await service.client(Role.CLERK).get(
        path, params={"to": "0001-01-01", "as_of": "0001-01-01"}
    )
    assert bad.status_code == 422
