"""Judging everybody anew: on demand, and when the policy changes."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from services.collections.runs import store
from services.collections.runs.timers import LOST_AFTER, execute_runs
from services.collections.tests.integration.conftest import settled
from services.collections.tests.integration.scene import Scene, jinx
from shared import clock


async def run(scene: Scene, client: httpx.AsyncClient) -> dict[str, object]:
    """Ask for a run, have it carried out, and read it."""
    asked = await client.post("/collections/runs")
    assert asked.status_code == 202
    await scene.running.run_timer(execute_runs)
    found: dict[str, object] = (await client.get(asked.headers["Location"])).json()
    return found


async def forget_orders(scene: Scene) -> None:
    """As if nothing had ever been decided."""
    async with scene.running.db.transaction(None) as tx:
        await tx.execute("DELETE FROM line_enforcement")
        await tx.execute("DELETE FROM decision")
        await tx.execute("DELETE FROM outbox")


async def test_a_run_is_taken_on_and_then_counts_what_it_did(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    owing = await scene.customer(lines=3)
    await scene.line()
    await scene.import_invoices(*(scene.invoice(line) for line in owing))
    await forget_orders(scene)

    asked = (await client.post("/collections/runs")).json()
    assert (asked["status"], asked["started_at"], asked["examined"]) == ("pending", None, 0)

    await scene.running.run_timer(execute_runs)
    found = (await client.get(f"/collections/runs/{asked['id']}")).json()
    assert found["status"] == "finished"
    assert found["started_at"] <= found["finished_at"]
    counts = ("examined", "suspended", "reactivated", "failed")
    assert [found[name] for name in counts] == [3, 3, 0, 0]
    assert len(await scene.orders()) == 3
    decisions = (await client.get(f"/collections/decisions?run_id={asked['id']}")).json()
    assert len(decisions["items"]) == 3
    assert decisions["items"][0]["cause"] == {
        "type": "collections.run",
        "event_id": None,
        "run_id": asked["id"],
    }


async def test_a_second_run_changes_nothing(scene: Scene, client: httpx.AsyncClient) -> None:
    await scene.off()
    found = await run(scene, client)
    assert (found["examined"], found["suspended"], found["reactivated"]) == (1, 0, 0)
    assert await scene.orders() == []


@pytest.mark.parametrize("scope", ["line", "customer"])
@pytest.mark.parametrize("most_lines", [1, 3, 1000])
async def test_bad_lines_stop_no_run(
    scene: Scene,
    client: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    scope: str,
    most_lines: int,
) -> None:
    monkeypatch.setattr(store, "MOST_LINES", most_lines)
    await scene.put_policy(suspend_scope=scope)
    await settled(scene.running, scene)
    lines = [line for _ in range(4) for line in await scene.customer(lines=5)]
    await scene.import_invoices(*(scene.invoice(line) for line in lines))
    await forget_orders(scene)
    bad = [lines[0], lines[7], lines[8], lines[19]]
    jinx(scene, *bad)

    found = await run(scene, client)
    assert found["status"] == "finished"
    assert (found["examined"], found["suspended"], found["failed"]) == (20, 16, 4)
    failures = found["failures"]
    assert isinstance(failures, list)
    assert {UUID(failure["line_id"]) for failure in failures} == {line.id for line in bad}
    assert all("jinxed" in failure["error"] for failure in failures)
    ordered = {line_id for _, line_id, _ in await scene.orders()}
    assert ordered == {line.id for line in lines} - {line.id for line in bad}


async def test_a_changed_policy_has_everybody_judged_by_it(scene: Scene) -> None:
    line, _ = await scene.off()
    changed = await scene.put_policy(minimum_debt={"amount": "100.00"})
    assert changed["run_id"] is not None
    await scene.running.run_timer(execute_runs)
    assert await scene.obey() == [("reactivate", line.id, 2)]
    await scene.put_policy(active=True)
    await scene.running.run_timer(execute_runs)
    assert await scene.obey() == [("suspend", line.id, 3)]
    await scene.put_policy(active=False)
    await scene.running.run_timer(execute_runs)
    assert await scene.obey() == [("reactivate", line.id, 4)]
    assert [each["policy_version"] for each in await scene.decisions(line)] == [1, 2, 3, 4]
    assert await scene.broken_invariants() == {}


async def test_a_wider_scope_reaches_the_lines_that_owe_nothing_themselves(scene: Scene) -> None:
    owing, other = await scene.customer(lines=2)
    await scene.issue(owing)
    await scene.obey()
    await scene.put_policy(suspend_scope="customer")
    await scene.running.run_timer(execute_runs)
    assert await scene.obey() == [("suspend", other.id, 1)]
    await scene.put_policy(suspend_scope="line")
    await scene.running.run_timer(execute_runs)
    assert await scene.obey() == [("reactivate", other.id, 2)]


async def test_a_run_repeats_an_order_that_was_lost(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    line = await scene.line()
    await scene.issue(line)
    assert await scene.orders() == [("suspend", line.id, 1)]
    await run(scene, client)
    assert await scene.orders() == []
    with clock.frozen(clock.now() + LOST_AFTER + timedelta(seconds=1)):
        await run(scene, client)
    assert await scene.obey() == [("suspend", line.id, 2)]


async def test_runs_keep_to_their_organization(scene: Scene, client: httpx.AsyncClient) -> None:
    other = Scene(scene.running, scene.running.other_organization)
    theirs = await other.line()
    await other.issue(theirs)
    await forget_orders(scene)
    assert (await run(scene, client))["examined"] == 0
    assert await scene.orders() == []


async def test_runs_are_listed_latest_first(scene: Scene, client: httpx.AsyncClient) -> None:
    first, second = await run(scene, client), await run(scene, client)
    waiting = (await client.post("/collections/runs")).json()
    listed = (await client.get("/collections/runs")).json()["items"]
    assert [each["id"] for each in listed] == [waiting["id"], second["id"], first["id"]]
    pending = (await client.get("/collections/runs?status=pending")).json()["items"]
    assert [each["id"] for each in pending] == [waiting["id"]]
