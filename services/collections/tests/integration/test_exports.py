"""Exports: asked for, made in pages, fetched, forgotten."""

import csv
import io
from datetime import timedelta
from typing import Any

import httpx
import psycopg
import pytest

from services.collections.exports import store, timers
from services.collections.exports.timers import make_exports
from services.collections.reminders.timers import remind_due
from services.collections.tests.integration.scene import Scene
from shared import clock
from shared.auth import Role
from shared.testing import Running


async def ask(client: httpx.AsyncClient, kind: str, **more: Any) -> dict[str, Any]:
    answer = await client.post("/collections/exports", json={"kind": kind, **more})
    assert answer.status_code == 202, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def rows_of(client: httpx.AsyncClient, export_id: str) -> list[dict[str, str]]:
    answer = await client.get(f"/collections/exports/{export_id}/download")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


async def test_every_kind_is_made_in_pages_and_holds_every_row_once(
    scene: Scene, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timers, "PAGE", 2)
    for number in range(5):
        await scene.issue((await scene.customer(name=f"=Ana {number}"))[0], 1 + number, 4500)
    await scene.pass_days(7)
    await scene.running.run_timer(remind_due)
    jobs = {
        kind: (await ask(client, kind))["id"]
        for kind in ("cases", "decisions", "reminders", "ageing")
    }
    early = await client.get(f"/collections/exports/{jobs['cases']}/download")
    assert (early.status_code, early.json()["export_status"]) == (409, "pending")
    await scene.running.run_timer(make_exports)

    for kind, export_id in jobs.items():
        job = (await client.get(f"/collections/exports/{export_id}")).json()
        rows = await rows_of(client, export_id)
        key = "invoice_id" if kind == "ageing" else "id"
        assert (job["status"], job["rows"]) == ("finished", len(rows)), kind
        assert len({row[key] for row in rows}) == len(rows) >= 1
        assert all(row["customer_name"].startswith("'=Ana") for row in rows)
    aged = await rows_of(client, jobs["ageing"])
    assert sorted(int(row["days_overdue"]) for row in aged) == [8, 9, 10, 11, 12]
    assert {(row["open"], row["bucket"]) for row in aged} == {("45.00", "1-30")}
    assert await scene.rows("SELECT * FROM export_row") == []
    listed = (await client.get("/collections/exports", params={"kind": "cases"})).json()["items"]
    assert [one["id"] for one in listed] == [jobs["cases"]]


async def test_ageing_of_a_past_day_lists_what_was_open_then(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    invoice = await scene.issue(await scene.line(), -5, 4500)
    then = scene.today
    await scene.pass_days(3)
    await scene.say(invoice.paid())
    past, now = await ask(client, "ageing", to=str(then)), await ask(client, "ageing")
    await scene.running.run_timer(make_exports)

    (row,) = await rows_of(client, past["id"])
    assert (row["open"], row["bucket"], row["days_overdue"]) == ("45.00", "not_due", "0")
    assert await rows_of(client, now["id"]) == []


async def test_days_narrow_an_export_and_must_make_a_period(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    await scene.issue(await scene.line(), 3)
    yesterday = str(scene.today - timedelta(days=1))
    none = await ask(client, "decisions", to=yesterday)
    some = await ask(client, "decisions", **{"from": str(scene.today)})
    await scene.running.run_timer(make_exports)

    assert await rows_of(client, none["id"]) == []
    assert len(await rows_of(client, some["id"])) == 1
    wrong = {"kind": "cases", "from": str(scene.today), "to": yesterday}
    assert (await client.post("/collections/exports", json=wrong)).status_code == 422


async def test_a_worker_that_died_is_followed_by_another_where_it_stood(
    scene: Scene, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timers, "PAGE", 1)
    for _ in range(3):
        await scene.issue(await scene.line(), 1)
    job = await ask(client, "cases")
    real, pages = store.page, 0

    async def dying(*given: Any) -> Any:
        nonlocal pages
        pages += 1
        if pages == 3:
            raise psycopg.OperationalError("the server went away")
        return await real(*given)

    monkeypatch.setattr(store, "page", dying)
    with pytest.raises(psycopg.OperationalError):
        await scene.running.run_timer(make_exports)
    await scene.running.run_timer(make_exports)

    rows = await rows_of(client, job["id"])
    assert len({row["id"] for row in rows}) == len(rows) == 3


async def test_an_export_that_cannot_be_made_says_so_and_holds_up_no_other(
    scene: Scene, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = await ask(client, "cases"), await ask(client, "decisions")
    real = store.page

    async def failing(tx: Any, job: Any, limit: int) -> Any:
        if str(job.id) == bad["id"]:
            raise LookupError("jinxed")
        return await real(tx, job, limit)

    monkeypatch.setattr(store, "page", failing)
    await scene.running.run_timer(make_exports)

    shown = [(await client.get(f"/collections/exports/{one['id']}")).json() for one in (bad, good)]
    assert [one["status"] for one in shown] == ["failed", "finished"]
    assert shown[0]["error"] == "LookupError"


async def test_a_file_is_its_organizations_alone_and_goes_after_a_week(
    scene: Scene, service: Running, client: httpx.AsyncClient
) -> None:
    job = await ask(client, "cases")
    await scene.running.run_timer(make_exports)
    path = f"/collections/exports/{job['id']}"
    other = service.client(Role.CLERK, service.other_organization)
    assert (await other.get(path)).status_code == 404
    assert (await other.get(f"{path}/download")).status_code == 404
    assert (await service.client(Role.COLLECTOR).get(path)).status_code == 403

    with clock.frozen(clock.now() + timedelta(days=7, minutes=1)):
        await scene.running.run_timer(make_exports)
    assert (await client.get(path)).status_code == 404
    assert await scene.rows("SELECT * FROM export_piece") == []
