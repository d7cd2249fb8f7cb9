"""Another policy over the recorded past, against what was done."""

import asyncio
import csv
import io
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.collections.tests.integration.scene import Scene
from services.collections.tests.integration.test_policies import STAGES, day_by_day, publish
from services.collections.whatif import timers
from services.collections.whatif.timers import run_what_ifs
from shared.ids import new_id

LADDER = [STAGES[0], STAGES[2], STAGES[3]]


async def past(scene: Scene, client: httpx.AsyncClient) -> dict[str, Any]:
    """Forty days under a policy of stages: one pays never, one after the warning, one in time."""
    policy = await publish(scene, client, stages=LADDER)
    lines = [await scene.line() for _ in range(3)]
    invoices = [await scene.issue(line, days_overdue=0) for line in lines]
    await scene.say(invoices[2].paid())
    await day_by_day(scene, 6)
    await scene.say(invoices[1].paid())
    await day_by_day(scene, 34)
    return policy


async def tried(
    scene: Scene, client: httpx.AsyncClient, **body: Any
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A what-if over the last forty days, carried out: itself and its differences."""
    period = {
        "from_on": (scene.today - timedelta(days=45)).isoformat(),
        "to_on": scene.today.isoformat(),
    }
    asked = await client.post("/collections/what-ifs", json=period | body)
    assert asked.status_code == 202, asked.text
    await scene.running.run_timer(run_what_ifs)
    found = (await client.get(asked.headers["Location"])).json()
    path = f"{asked.headers['Location']}/differences"
    return found, (await client.get(path)).json()["items"]


async def test_the_same_policy_would_have_done_what_was_done(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    policy = await past(scene, client)
    found, differences = await tried(scene, client, policy_id=policy["id"])
    assert (found["status"], found["customers"], found["customers_done"]) == ("finished", 3, 3)
    assert differences == []
    sums = {each["kind"]: (each["would"], each["did"], each["same"]) for each in found["summary"]}
    assert sums == {"warn": (2, 2, 2), "suspend": (1, 1, 1), "assign": (1, 1, 1)}


async def test_a_harsher_policy_is_listed_with_who_and_when(
    scene: Scene, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timers, "PAGE", 2)
    await past(scene, client)
    harsh = {"stages": [{"code": "cut", "kind": "suspend", "day": 4}, LADDER[2]]}
    found, differences = await tried(scene, client, document=harsh)
    sums = {each["kind"]: each for each in found["summary"]}
    assert (sums["suspend"]["would"], sums["suspend"]["did"]) == (2, 1)
    assert (sums["suspend"]["sooner"], sums["suspend"]["only_tried"]) == (1, 1)
    assert (sums["warn"]["only_done"], sums["assign"]["same"]) == (2, 1)
    assert len(differences) == 4
    path, whose = f"/collections/what-ifs/{found['id']}/differences", differences[0]["customer_id"]
    for query, count in (
        ("kind=suspend", 2),
        ("change=only_tried", 1),
        ("change=sooner", 1),
        ("change=later", 0),
        ("change=only_done&kind=warn", 2),
        (f"customer_id={whose}", sum(each["customer_id"] == whose for each in differences)),
        (f"customer_id={new_id()}", 0),
    ):
        assert len((await client.get(f"{path}?{query}")).json()["items"]) == count, query
    seen: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = (await client.get(f"{path}?limit=1{cursor}")).json()
        seen += page["items"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == differences
    assert (await client.get(f"{path}?cursor=zzz")).status_code == 400
    exported = await client.get(f"{path}.csv")
    rows = list(csv.DictReader(io.StringIO(exported.text)))
    assert len(rows) == 4
    assert {row["kind"] for row in rows} == {"suspend", "warn"}


async def test_reminders_follow_what_was_open(scene: Scene, client: httpx.AsyncClient) -> None:
    await past(scene, client)
    remind = {"stages": [{"code": "r", "kind": "remind", "day": 5}]}
    found, differences = await tried(scene, client, document=remind)
    assert [each["kind"] for each in differences].count("remind") == 2
    assert found["status"] == "finished"


async def test_a_cancelled_what_if_goes_no_further(scene: Scene, client: httpx.AsyncClient) -> None:
    await scene.line()
    asked = await client.post("/collections/what-ifs", json={"document": {"stages": LADDER}})
    path = asked.headers["Location"]
    assert (await client.post(f"{path}/cancel")).json()["status"] == "cancelled"
    await scene.running.run_timer(run_what_ifs)
    assert (await client.get(path)).json()["customers_done"] == 0
    assert (await client.post(f"{path}/cancel")).status_code == 409


async def test_two_workers_carry_a_what_if_out_once(
    scene: Scene, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timers, "PAGE", 1)
    for _ in range(6):
        await scene.line()
    asked = await client.post("/collections/what-ifs", json={"document": {"stages": LADDER}})
    await asyncio.gather(*(scene.running.run_timer(run_what_ifs) for _ in range(3)))
    found = (await client.get(asked.headers["Location"])).json()
    assert (found["status"], found["customers_done"]) == ("finished", 6)


async def test_a_what_if_of_another_organization_is_not_found(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    asked = await client.post("/collections/what-ifs", json={"document": {"stages": LADDER}})
    async with scene.running.client(organization=scene.running.other_organization) as theirs:
        for suffix in ("", "/differences", "/differences.csv"):
            answer = await theirs.get(asked.headers["Location"] + suffix)
            assert answer.status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"document": {"stages": LADDER}, "policy_id": str(new_id())},
        {"document": {"stages": LADDER}, "from_on": "2026-02-01", "to_on": "2026-01-01"},
        {"document": {"stages": LADDER}, "from_on": "2020-02-01", "to_on": "2026-01-01"},
        {"document": {"stages": [LADDER[0] | {"when": {"fact": "x"}}]}},
    ],
)
async def test_a_what_if_that_makes_no_sense_is_refused(
    client: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    assert (await client.post("/collections/what-ifs", json=body)).status_code == 422
