"""Bill runs: everything that is to be billed, once, whatever happens to the runs."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.billing.bill_runs import operations, store
from services.billing.bill_runs.timers import advance, bill_runs
from services.billing.books import INVARIANTS
from services.billing.tests.integration.facts import TODAY, customer, line
from services.billing.tests.integration.test_clock import changed
from services.billing.tests.integration.test_plans import made as plan_made
from services.billing.tests.integration.test_subscriptions import day, subscribed
from shared import clock
from shared.contracts.billing import (
    BillRunFinished,
    InvoiceDueToday,
    InvoicesBilled,
)
from shared.contracts.customers import (
    CustomersImported,
    LineReactivated,
    LineStatus,
    LineSuspended,
)
from shared.contracts.event import Event
from shared.ids import new_id
from shared.testing import Running


async def adopted(
    client: httpx.AsyncClient, service: Running, lines: int, **plan: Any
) -> tuple[dict[str, Any], list[UUID]]:
    """A plan and so many lines subscribed to it from today, each of a customer of its own."""
    stored = await plan_made(client, **plan)
    ids = [(new_id(), new_id()) for _ in range(lines)]
    await service.deliver(
        CustomersImported(
            import_id=new_id(),
            customers=tuple(customer(owner) for owner, _ in ids),
            lines=tuple(line(line_id, owner, plan_name=stored["name"]) for owner, line_id in ids),
        )
    )
    answer = await client.post(f"/plans/{stored['id']}/adopt", json={})
    assert answer.json()["subscribed"] == lines
    await service.emitted()
    return stored, [line_id for _, line_id in ids]


async def started(client: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    """A run that has been started."""
    answer = await client.post("/bill-runs", json=body)
    assert answer.status_code == 202, answer.text
    run: dict[str, Any] = answer.json()
    return run


async def finished(client: httpx.AsyncClient, service: Running, **body: Any) -> dict[str, Any]:
    """A run that has been worked off."""
    run = await started(client, **body)
    await service.run_timer(bill_runs)
    over: dict[str, Any] = (await client.get(f"/bill-runs/{run['id']}")).json()
    return over


def billed(events: Sequence[Event[Any]]) -> list[Any]:
    """The invoices of the page events."""
    pages = (event.data for event in events if isinstance(event.data, InvoicesBilled))
    return [facts for page in pages for facts in page.invoices]


@asynccontextmanager
async def books_in_order(service: Running) -> AsyncIterator[None]:
    """Afterwards no invariant of billing is broken."""
    yield
    async with service.db.transaction(None) as tx:
        for invariant in INVARIANTS:
            found = await (await tx.execute(invariant.sql)).fetchall()
            assert found == [], invariant.name


async def at(
    service: Running, noon: clock.FrozenClock, days: int, hour: int = 17
) -> httpx.AsyncClient:
    """The clock so many days after TODAY, and a client whose token holds then."""
    noon.move_to(datetime.combine(TODAY + timedelta(days=days), datetime.min.time(), UTC))
    noon.advance(timedelta(hours=hour))
    return service.client()


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


async def test_a_failing_subscription_is_recorded_and_stops_nobody(
    client: httpx.AsyncClient, service: Running
) -> None:
    await adopted(client, service, 2)
    noprice = await plan_made(client, code="LATE", name="Late", price_from=day(9))
    bad = await subscribed(client, service, noprice["id"])

    run = await finished(client, service)

    assert (run["invoices"], run["failed"], run["state"]) == (2, 1, "finished")
    failures = (await client.get(f"/bill-runs/{run['id']}/failures")).json()["items"]
    assert failures == [
        {
            "subscription_id": bad["id"],
            "period_start": str(TODAY),
            "code": "no-price-in-force",
            "message": f"plan Late has no price in force on {TODAY}",
        }
    ]


async def test_what_cannot_be_stored_is_set_aside_alone(
    client: httpx.AsyncClient, service: Running
) -> None:
    _, line_ids = await adopted(client, service, 9)
    bad = (await client.get(f"/subscriptions?line_id={line_ids[4]}")).json()["items"][0]["id"]
    async with service.db.transaction(None) as tx:  # as if an older release had billed it
        await tx.execute(
            "INSERT INTO subscription_period SELECT organization_id, %s, id, next_start,"
            " next_start + 30, 'nothing', NULL, %s, 0, '{}' FROM subscription WHERE id = %s",
            (new_id(), new_id(), bad),
        )

    async with books_in_order(service):
        run = await finished(client, service)

    assert (run["examined"], run["invoices"], run["failed"]) == (9, 8, 1)
    (failure,) = (await client.get(f"/bill-runs/{run['id']}/failures")).json()["items"]
    assert (failure["subscription_id"], failure["code"]) == (bad, "internal-error")
    numbers = [each.number for each in billed(await service.emitted())]
    assert numbers == [f"INV-{n:08d}" for n in range(1, 9)]


class Killed(BaseException):
    """The process is gone."""


async def test_a_run_cut_off_in_any_page_goes_on_where_it_was(
    client: httpx.AsyncClient, service: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    await adopted(client, service, 25)
    run = await started(client)
    whole = store.move
    calls = 0

    async def cut_off(*args: Any, **more: Any) -> Any:
        nonlocal calls
        calls += 1
        sums = await whole(*args, **more)
        if calls % 2:  # every other page dies after all of it was written, before the commit
            raise Killed
        return sums

    monkeypatch.setattr(store, "move", cut_off)
    organization_id, run_id = service.organization.id, UUID(run["id"])
    async with books_in_order(service):
        for _ in range(12):
            try:
                await advance(service.db, organization_id, run_id, most=4)
            except Killed:
                continue
        monkeypatch.setattr(store, "move", whole)
        await service.run_timer(bill_runs)

    over = (await client.get(f"/bill-runs/{run['id']}")).json()
    assert (over["state"], over["examined"], over["invoices"]) == ("finished", 25, 25)
    events = await service.emitted()
    assert [each.number for each in billed(events)] == [f"INV-{n:08d}" for n in range(1, 26)]
    assert sum(isinstance(event.data, BillRunFinished) for event in events) == 1


async def test_two_workers_at_once_bill_everything_once(
    client: httpx.AsyncClient, service: Running
) -> None:
    await adopted(client, service, 40)
    run = await started(client)

    async def work() -> None:
        while True:
            async with service.db.transaction(None) as tx:
                _, over = await operations.bill_page(
                    tx, service.organization.id, UUID(run["id"]), 3
                )
            if over:
                return

    async with books_in_order(service):
        await asyncio.gather(*(work() for _ in range(4)))

    events = await service.emitted()
    assert sorted(each.number for each in billed(events)) == [f"INV-{n:08d}" for n in range(1, 41)]
    assert sum(isinstance(event.data, BillRunFinished) for event in events) == 1
    assert (await client.get(f"/bill-runs/{run['id']}")).json()["examined"] == 40


async def test_numbers_have_no_gap_while_people_issue_invoices(
    client: httpx.AsyncClient, service: Running
) -> None:
    await adopted(client, service, 30)
    run = await started(client)
    single = await subscribed(client, service, (await plan_made(client, code="P", name="P"))["id"])
    body = {
        "customer_id": single["customer_id"],
        "items": [{"description": "x", "unit_price": {"amount": "1.00"}}],
        "issue": True,
    }

    async def work() -> None:
        for _ in range(10):
            await advance(service.db, service.organization.id, UUID(run["id"]), most=4)

    async with books_in_order(service):
        working = asyncio.create_task(work())
        answers = await asyncio.gather(*(client.post("/invoices", json=body) for _ in range(15)))
        await working

    assert {answer.status_code for answer in answers} == {201}


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


async def owner_of(service: Running, line_id: UUID) -> UUID:
    """Whose line it is."""
    async with service.db.transaction(None) as tx:
        row = await (
            await tx.execute("SELECT customer_id FROM line WHERE id = %s", (line_id,))
        ).fetchone()
    assert row is not None
    found: UUID = row["customer_id"]
    return found


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
