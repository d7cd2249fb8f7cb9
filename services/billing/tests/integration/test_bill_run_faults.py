"""Bill runs that are cut off, killed, doubled or partly impossible bill everything once."""

import asyncio
import sys
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.billing.bill_runs import operations, store
from services.billing.bill_runs.timers import advance, bill_runs
from services.billing.tests.integration.facts import TODAY
from services.billing.tests.integration.runs import (
    adopted,
    billed,
    books_in_order,
    finished,
    started,
)
from services.billing.tests.integration.test_plans import made as plan_made
from services.billing.tests.integration.test_subscriptions import day, subscribed
from shared import clock, tenancy
from shared.contracts.billing import (
    BillRunFinished,
)
from shared.ids import new_id
from shared.testing import Running


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


WORKER = """
import asyncio, sys
from services.billing.bill_runs import timers
from shared import clock, tenancy
from shared.db import Database

async def work(url, at):
    with clock.frozen(at):
        db = await Database.open(url, application="killed", size=4)
        async with db.transaction(None) as tx:
            runs = await timers.store.open_runs(tx)
        for run_id, organization_id in runs * 10_000:
            await timers.advance(db, organization_id, run_id, most=5)
            print("page", flush=True)

from datetime import datetime
asyncio.run(work(sys.argv[1], datetime.fromisoformat(sys.argv[2])))
"""


async def test_a_killed_workers_run_is_finished_by_another(
    client: httpx.AsyncClient, service: Running
) -> None:
    await adopted(client, service, 400)
    run = await started(client)
    for _ in range(3):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            WORKER,
            service.urls.worker,
            clock.now().isoformat(),
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        for _ in range(4):
            assert await process.stdout.readline() == b"page\n"
        process.kill()
        await process.wait()
    between = (await client.get(f"/bill-runs/{run['id']}")).json()

    async with books_in_order(service):
        await service.run_timer(bill_runs)

    over = (await client.get(f"/bill-runs/{run['id']}")).json()
    assert 60 <= between["examined"] < 400
    assert (over["state"], over["examined"], over["invoices"]) == ("finished", 400, 400)
    numbers = [each.number for each in billed(await service.emitted())]
    assert sorted(numbers) == [f"INV-{n:08d}" for n in range(1, 401)]


async def test_an_organization_whose_run_fails_stops_no_other(
    client: httpx.AsyncClient, service: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    await adopted(client, service, 2)
    run = await started(client)
    async with service.client(organization=service.other_organization) as other:
        await started(other)
    whole = tenancy.load_organization

    async def broken(tx: Any, organization_id: UUID) -> Any:
        if organization_id == service.other_organization.id:
            raise RuntimeError("broken")
        return await whole(tx, organization_id)

    async def never(*_: Any) -> None:
        raise RuntimeError("broken, too")

    monkeypatch.setattr(operations, "load_organization", broken)
    monkeypatch.setattr(operations, "set_aside", never)
    with pytest.raises(ExceptionGroup, match="of 1 organizations failed"):
        await service.run_timer(bill_runs)

    assert (await client.get(f"/bill-runs/{run['id']}")).json()["invoices"] == 2
