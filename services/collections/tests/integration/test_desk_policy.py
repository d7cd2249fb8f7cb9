"""What the policy says to the desk: who gets a case when, what may be promised, when to call."""

from datetime import timedelta
from typing import Any

import httpx

from services.collections.tests.integration.conftest import settled
from services.collections.tests.integration.desk import at_local_time, case_of, hire, owing
from services.collections.tests.integration.scene import Scene
from shared.contracts.collections import CaseOpened, CaseStageReached

STAGES = [
    {"code": "warn-1", "kind": "warn", "day": 1},
    {"code": "cut-3", "kind": "suspend", "day": 3},
    {"code": "agent-5", "kind": "assign", "day": 5},
]


async def publish(client: httpx.AsyncClient, scene: Scene, **document: Any) -> None:
    """Have a policy of these stages in force, and everybody judged by it."""
    body = {"name": "Desk", "document": {"stages": STAGES} | document}
    made = await client.post("/collections/policies", json=body)
    assert made.status_code == 201, made.text
    path = f"/collections/policies/{made.json()['id']}/publish"
    assert (await client.post(path)).status_code == 200
    await settled(scene.running, scene)


async def pass_days(scene: Scene, days: int) -> None:
    for _ in range(days):
        await scene.pass_days(1)
        await settled(scene.running, scene)


async def test_a_case_climbs_the_stages_and_is_assigned_by_the_policy(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    await publish(client, scene)
    rosa = await hire(client)
    line = await scene.line()
    await scene.issue(line, days_overdue=1)
    case_id = await case_of(scene, line)
    await pass_days(scene, 5)
    said = await scene.said()
    assert [type(event) for event in said] == [CaseOpened, *[CaseStageReached] * 3]
    found = (await client.get(f"/collections/cases/{case_id}")).json()
    reached = [(each["stage"], each["kind"]) for each in found["stages"]]
    assert reached == [("warn-1", "warn"), ("cut-3", "suspend"), ("agent-5", "assign")]
    assert (found["status"], found["collector_id"], found["stage"]) == (
        "assigned",
        rosa.id,
        "agent-5",
    )
    listed = (await client.get("/collections/cases?stage=agent-5")).json()["items"]
    assert [case["id"] for case in listed] == [case_id]


async def test_a_promise_keeps_stages_back_and_a_broken_one_lets_the_next_come_at_once(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    await publish(client, scene)
    line = await scene.line()
    await scene.issue(line, days_overdue=1)
    case_id = await case_of(scene, line)
    promised = {"promised_for": (scene.today + timedelta(days=4)).isoformat()}
    answer = await client.post(f"/collections/cases/{case_id}/promises", json=promised)
    assert answer.status_code == 201, answer.text
    await pass_days(scene, 4)
    assert await scene.orders() == []
    await pass_days(scene, 1)
    assert await scene.obey() == [("suspend", line.id, 1)]


async def test_the_policy_limits_promises(scene: Scene, client: httpx.AsyncClient) -> None:
    await publish(client, scene, promises={"per_year": 0, "most_days_ahead": 2})
    (case_id,) = await owing(scene)
    path = f"/collections/cases/{case_id}/promises"

    async def refusal(days: int) -> str:
        promised_for = (scene.today + timedelta(days=days)).isoformat()
        answer = await client.post(path, json={"promised_for": promised_for})
        assert answer.status_code == 409
        return str(answer.json()["type"].rsplit("/", 1)[1])

    assert await refusal(3) == "day-out-of-reach"
    assert await refusal(2) == "promise-limit-reached"


async def test_the_policy_says_when_to_call_on_the_customers_clock(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    await publish(client, scene, contact={"opens": "11:00", "closes": "13:00"})
    (case_id,) = await owing(scene)
    await at_local_time(scene, 12)
    path = f"/collections/cases/{case_id}/calls"
    assert (await client.post(path, json={"outcome": "no_answer"})).status_code == 201
    async with scene.running.db.transaction(None) as tx:
        await tx.execute("UPDATE customer SET time_zone = 'Europe/Madrid'")
    refused = await client.post(path, json={"outcome": "no_answer"})
    assert (refused.status_code, refused.json()["rule"]) == (409, "hours")


async def test_a_case_is_of_its_customers_segment_and_given_to_who_takes_it(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    fibre = {"fact": "plan", "op": "in", "value": "fibra-300"}
    segment = {"name": "fibre", "when": fibre, "overrides": {"grace_days": 0}}
    await publish(client, scene, segments=[segment])
    await hire(client, name="Luis", segments=["copper"])
    rosa = await hire(client, segments=["fibre"])
    line = await scene.line()
    await scene.issue(line, days_overdue=1)
    case_id = await case_of(scene, line)
    await pass_days(scene, 5)
    (found,) = (await client.get("/collections/cases?segment=fibre")).json()["items"]
    assert (found["id"], found["segment"], found["collector_id"]) == (case_id, "fibre", rosa.id)
