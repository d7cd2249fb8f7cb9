"""A mass of suspensions stops before its first line and waits for two people."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from services.collections.runs import store
from services.collections.runs.timers import execute_runs
from services.collections.tests.integration.conftest import settled
from services.collections.tests.integration.scene import Line, Scene, jinx
from services.collections.tests.integration.test_policies import publish
from shared.auth import Role
from shared.ids import new_id
from shared.testing.bed import token_for

CUT: list[dict[str, Any]] = [{"code": "cut", "kind": "suspend", "day": 1}]
SAFETY = {"share_percent": 50, "at_least": 3}


async def guarded(scene: Scene, client: httpx.AsyncClient, late: int = 4) -> list[Line]:
    """Six lines of which some fall late tomorrow, under a policy that stops at half of them."""
    await publish(scene, client, stages=CUT, safety=SAFETY)
    lines = await scene.customer(lines=6)
    await scene.import_invoices(*(scene.invoice(line, days_overdue=0) for line in lines[:late]))
    return lines[:late]


async def only_stop(client: httpx.AsyncClient) -> dict[str, Any]:
    (stop,) = (await client.get("/collections/stops")).json()["items"]
    found: dict[str, Any] = stop
    return found


def another(scene: Scene) -> dict[str, str]:
    """The headers of another administrator."""
    token = token_for(Role.ORG_ADMIN, scene.organization.id, new_id())
    return {"Authorization": f"Bearer {token}"}


async def test_a_day_that_would_cut_too_many_stops_before_its_first_line(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    await guarded(scene, client)
    await scene.pass_days(1)
    await settled(scene.running, scene)
    assert await scene.orders() == []
    stop = await only_stop(client)
    assert (stop["status"], stop["would_suspend"], stop["lines_on"]) == ("waiting", 4, 6)
    assert stop["limit_lines"] == 3
    assert stop["moved"]["debts_newly_overdue"] == 4
    run = (await client.get(f"/collections/runs/{stop['run_id']}")).json()
    assert (run["reason"], run["status"], run["examined"]) == ("day", "stopped", 0)
    assert run["stop"]["id"] == stop["id"]


async def test_it_goes_on_when_two_people_release_it(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    lines = await guarded(scene, client)
    await scene.pass_days(1)
    await settled(scene.running, scene)
    stop = await only_stop(client)
    path = f"/collections/stops/{stop['id']}/release"
    assert (await client.post(path)).json()["status"] == "half_released"
    twice = await client.post(path)
    assert twice.json()["type"].endswith("/another-person-needed")
    await settled(scene.running, scene)
    assert await scene.orders() == []
    released = await client.post(path, headers=another(scene))
    assert released.json()["status"] == "released"
    await settled(scene.running, scene)
    assert sorted(await scene.obey()) == sorted(("suspend", line.id, 1) for line in lines)
    run = (await client.get(f"/collections/runs/{stop['run_id']}")).json()
    assert (run["status"], run["suspended"]) == ("finished", 4)
    assert (await client.post(path)).json()["type"].endswith("/stop-decided")


async def test_a_dismissed_day_cuts_nobody_and_the_next_day_comes(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    await guarded(scene, client)
    await scene.pass_days(1)
    await settled(scene.running, scene)
    stop = await only_stop(client)
    dismissed = await client.post(f"/collections/stops/{stop['id']}/dismiss")
    assert dismissed.json()["status"] == "dismissed"
    late = await scene.line()
    await scene.issue(late, days_overdue=0)
    await scene.pass_days(1)
    await settled(scene.running, scene)
    assert await scene.orders() == [("suspend", late.id, 1)]


async def test_few_are_cut_without_anybody(scene: Scene, client: httpx.AsyncClient) -> None:
    lines = await guarded(scene, client, late=3)
    await scene.pass_days(1)
    await settled(scene.running, scene)
    assert len(await scene.orders()) == len(lines)
    assert (await client.get("/collections/stops")).json()["items"] == []


async def test_a_run_is_stopped_too_and_begins_when_it_is_released(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    lines = await scene.customer(lines=4)
    await scene.put_policy(active=False)
    await settled(scene.running, scene)
    await scene.import_invoices(*(scene.invoice(line) for line in lines))
    await publish(scene, client, stages=CUT, safety=SAFETY)
    assert await scene.orders() == []
    stop = await only_stop(client)
    run = (await client.get(f"/collections/runs/{stop['run_id']}")).json()
    assert (run["reason"], run["status"]) == ("policy", "stopped")
    path = f"/collections/stops/{stop['id']}/release"
    await client.post(path)
    await client.post(path, headers=another(scene))
    await settled(scene.running, scene)
    assert len(await scene.orders()) == 4


async def test_a_file_of_late_debts_is_judged_by_a_run_that_may_be_stopped(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    await publish(scene, client, stages=CUT, safety=SAFETY)
    lines = await scene.customer(lines=5)
    await scene.import_invoices(*(scene.invoice(line, days_overdue=9) for line in lines))
    await settled(scene.running, scene)
    assert await scene.orders() == []
    runs = (await client.get("/collections/runs?reason=import")).json()["items"]
    assert [each["status"] for each in runs] == ["stopped"]


async def test_single_facts_are_never_stopped(scene: Scene, client: httpx.AsyncClient) -> None:
    await publish(scene, client, stages=CUT, safety=SAFETY | {"at_least": 1, "share_percent": 1})
    line = await scene.line()
    await scene.issue(line, days_overdue=9)
    assert await scene.orders() == [("suspend", line.id, 1)]


async def test_a_day_counts_what_it_did_and_names_the_line_it_could_not_judge(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    lines = await scene.customer(lines=7)
    await scene.import_invoices(*(scene.invoice(line, days_overdue=0) for line in lines))
    jinx(scene, lines[3])
    await scene.pass_days(1)
    await settled(scene.running, scene)
    assert len(await scene.orders()) == 6
    (run,) = (await client.get("/collections/runs?reason=day")).json()["items"]
    assert [run[name] for name in ("status", "examined", "suspended", "failed")] == [
        "finished",
        7,
        6,
        1,
    ]
    assert run["duration_seconds"] >= 0
    detail = (await client.get(f"/collections/runs/{run['id']}")).json()
    (failure,) = detail["failures"]
    assert UUID(failure["line_id"]) == lines[3].id
    decisions = (await client.get(f"/collections/decisions?run_id={run['id']}")).json()
    assert len(decisions["items"]) == 6


async def test_a_line_cancelled_or_held_while_a_run_is_on_is_not_overwritten(
    scene: Scene, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order carries a generation; what the line has become meanwhile stands."""
    monkeypatch.setattr(store, "MOST_LINES", 1)
    lines = await scene.customer(lines=3)
    await scene.import_invoices(*(scene.invoice(line) for line in lines))
    orders = await scene.orders()
    await scene.cancel(lines[1])
    for kind, line_id, generation in orders:
        await scene.carry_out(kind, scene.lines[line_id], generation)
    await client.post("/collections/runs")
    await scene.running.run_timer(execute_runs)
    assert await scene.orders() == []
    assert lines[1].holds == ()
    assert await scene.broken_invariants() == {}
