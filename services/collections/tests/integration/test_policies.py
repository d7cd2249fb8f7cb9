"""Policies as documents: drafted, published, compared; and what their stages bring about."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.collections.agenda.timers import keep_agenda
from services.collections.clock.timers import assess_due
from services.collections.policies.calendar import is_holiday
from services.collections.runs.timers import execute_runs
from services.collections.tests.integration.conftest import settled
from services.collections.tests.integration.scene import Line, Scene
from shared import clock
from shared.auth import Role
from shared.contracts.collections import CaseStageReached, LateFeeOrdered, LineSuspensionOrdered
from shared.contracts.customers import LineUpdated
from shared.ids import new_id

STAGES: list[dict[str, Any]] = [
    {"code": "warn", "kind": "warn", "day": 3},
    {"code": "fee", "kind": "late_fee", "day": 5, "rule": "late"},
    {"code": "cut", "kind": "suspend", "day": 10},
    {"code": "desk", "kind": "assign", "day": 30},
]


async def draft(client: httpx.AsyncClient, name: str = "Stages", **document: Any) -> dict[str, Any]:
    body = {"name": name, "document": {"stages": STAGES} | document}
    answer = await client.post("/collections/policies", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def publish(scene: Scene, client: httpx.AsyncClient, **document: Any) -> dict[str, Any]:
    """A policy in force, and everybody judged by it."""
    made = await draft(client, **document)
    answer = await client.post(f"/collections/policies/{made['id']}/publish")
    assert answer.status_code == 200, answer.text
    await settled(scene.running, scene)
    found: dict[str, Any] = answer.json()
    return found


async def day_by_day(scene: Scene, days: int) -> list[tuple[int, str]]:
    """What was ordered and which stages were reached on each of the days to come."""
    said: list[tuple[int, str]] = []
    for day in range(1, days + 1):
        await scene.pass_days(1)
        await scene.running.run_timer(assess_due)
        await scene.running.run_timer(keep_agenda)
        for event in await scene.running.emitted():
            match event.data:
                case CaseStageReached(stage=stage):
                    said.append((day, stage))
                case LateFeeOrdered():
                    said.append((day, "fee ordered"))
                case LineSuspensionOrdered():
                    said.append((day, "ordered off"))
    return said


async def test_a_draft_is_edited_published_and_never_changes_again(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    made = await draft(client)
    path = f"/collections/policies/{made['id']}"
    assert (made["status"], made["version"]) == ("draft", None)
    body = {"name": "Better", "document": {"stages": STAGES[:3], "grace_days": 2}}
    edited = await client.put(path, json=body, headers={"If-Match": '"1"'})
    assert (edited.status_code, edited.json()["name"]) == (200, "Better")
    assert (await client.put(path, json=body, headers={"If-Match": '"1"'})).status_code == 412
    published = (await client.post(f"{path}/publish")).json()
    assert (published["status"], published["version"]) == ("published", 2)
    assert published["run_id"] is not None
    for answer in (await client.put(path, json=body), await client.post(f"{path}/publish")):
        assert answer.status_code == 409
        assert answer.json()["type"].endswith("/policy-not-draft")
    assert (await client.get("/collections/policy")).json()["grace_days"] == 2


async def test_one_policy_is_published_at_a_time_and_the_one_before_is_retired(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    first = await publish(scene, client)
    await scene.put_policy(grace_days=4)
    second = await publish(scene, client, grace_days=1)
    listed = (await client.get("/collections/policies")).json()["items"]
    assert [(each["status"], each["version"]) for each in listed] == [
        ("published", 4),
        ("retired", 3),
        ("retired", 2),
    ]
    retired = await client.post(f"/collections/policies/{second['id']}/retire")
    assert retired.json()["status"] == "retired"
    assert (await client.get("/collections/policy")).json()["active"] is False
    again = await client.post(f"/collections/policies/{first['id']}/retire")
    assert again.json()["type"].endswith("/policy-retired")


async def test_two_policies_are_compared_place_by_place(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    one = await draft(client)
    later = [*STAGES[:2], STAGES[2] | {"day": 15}]
    other = await draft(client, stages=later, grace_days=2)
    path = f"/collections/policies/{one['id']}/differences/{other['id']}"
    changes = {each["path"]: each for each in (await client.get(path)).json()["changes"]}
    assert set(changes) == {"grace_days", "stages.cut.day", "stages.desk"}
    assert (changes["stages.cut.day"]["before"], changes["stages.cut.day"]["after"]) == (10, 15)


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ({"stages": []}, ["stages"]),
        ({"stages": [STAGES[0], STAGES[0]]}, []),
        ({"stages": [{"code": "w", "kind": "warn", "day": 0}]}, ["stages", 0]),
        ({"stages": [{"code": "f", "kind": "late_fee", "day": 3}]}, ["stages", 0]),
        ({"stages": [STAGES[0] | {"when": {"fact": "mood"}}]}, ["stages", 0, "when", "fact"]),
        ({"minimum_debt": {"amount": "1", "currency": "EUR"}}, ["minimum_debt"]),
        ({"calendar": {"opens": "17:00", "closes": "09:00"}}, ["calendar"]),
        (
            {"segments": [{"name": "a", "when": {"all": []}, "overrides": {}}]},
            ["segments", 0, "when", "all"],
        ),
    ],
)
async def test_a_document_that_makes_no_sense_is_refused_with_the_place(
    client: httpx.AsyncClient, document: dict[str, Any], where: list[Any]
) -> None:
    body = {"name": "Bad", "document": {"stages": STAGES} | document}
    answer = await client.post("/collections/policies", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == ["body", "document", *where]


async def test_each_stage_comes_on_its_day(scene: Scene, client: httpx.AsyncClient) -> None:
    await publish(scene, client)
    line = await scene.line()
    await scene.issue(line, days_overdue=0)
    assert await day_by_day(scene, 31) == [
        (3, "warn"),
        (5, "fee ordered"),
        (5, "fee"),
        (10, "ordered off"),
        (10, "cut"),
        (30, "desk"),
    ]
    assert await scene.outcomes(line) == ["keep_active", "keep_active", "suspend", "keep_suspended"]
    assert await scene.broken_invariants() == {}


async def test_a_clock_that_was_away_warns_first_and_cuts_its_distance_later(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    await publish(scene, client, stages=[STAGES[0], STAGES[2]])
    line = await scene.line()
    await scene.issue(line, days_overdue=0)
    await scene.pass_days(40)
    await scene.running.run_timer(assess_due)
    assert await scene.orders() == []
    assert await day_by_day(scene, 8) == [(7, "ordered off"), (7, "cut")]


async def test_the_next_debt_begins_at_the_foot_of_the_ladder(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    await publish(scene, client, stages=[STAGES[0], STAGES[2]])
    line = await scene.line()
    invoice = await scene.issue(line, days_overdue=0)
    await day_by_day(scene, 10)
    await scene.say(invoice.paid())
    assert await scene.orders() == [("reactivate", line.id, 2)]
    assert await scene.rows("SELECT * FROM ladder") == []
    await scene.issue(line, days_overdue=0)
    assert await day_by_day(scene, 10) == [(3, "warn"), (10, "ordered off"), (10, "cut")]


async def test_an_essential_line_is_never_cut_and_comes_back_when_it_becomes_one(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    line, _ = await scene.off()
    line.version += 1
    await scene.say(LineUpdated(**line.facts() | {"essential": True}))
    await client.post("/collections/runs")
    await scene.running.run_timer(execute_runs)
    assert await scene.orders() == [("reactivate", line.id, 2)]


async def windowed(scene: Scene) -> Line:
    """A line that becomes late under a policy that cuts on working days from nine to five."""
    hours = {"weekdays": [1, 2, 3, 4, 5], "opens": "09:00", "closes": "17:00", "holidays": True}
    cut = {"code": "cut", "kind": "suspend", "day": 1}
    async with scene.running.client() as client:
        await publish(scene, client, stages=[cut], calendar=hours)
    line = await scene.line()
    await scene.issue(line, days_overdue=0)
    return line


async def test_a_line_is_cut_when_the_window_opens_and_comes_back_at_once(
    scene: Scene,
) -> None:
    """Guayaquil is five hours behind; 1 January 2027 is a Friday and a public holiday."""
    new_year = datetime(2027, 1, 1, 4, 59, tzinfo=UTC)
    monday = datetime(2027, 1, 4, 14, 0, tzinfo=UTC)
    with clock.frozen(new_year - timedelta(hours=12)) as frozen:
        await settled(scene.running, scene)
        line = await windowed(scene)
        for minutes in (0, 1, 60 * 10, 60 * 34, 60 * 58):
            frozen.move_to(new_year + timedelta(minutes=minutes))
            await settled(scene.running, scene)
            assert await scene.orders() == [], minutes
        frozen.move_to(monday - timedelta(seconds=1))
        await settled(scene.running, scene)
        assert await scene.orders() == []
        frozen.move_to(monday)
        await settled(scene.running, scene)
        assert await scene.obey() == [("suspend", line.id, 1)]
        frozen.move_to(monday + timedelta(hours=12))
        body = {"line_id": str(line.id), "reason": "flood", "until_on": "2027-01-20"}
        async with scene.running.client() as client:
            exempted = await client.post("/collections/exemptions", json=body)
        assert exempted.status_code == 201
        assert await scene.obey() == [("reactivate", line.id, 2)]


async def test_an_exemption_ends_on_its_day_or_when_it_is_revoked(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    line, _ = await scene.off()
    body = {
        "customer_id": str(line.customer_id),
        "reason": "strike",
        "until_on": (scene.today + timedelta(days=2)).isoformat(),
    }
    made = (await client.post("/collections/exemptions", json=body)).json()
    assert await scene.obey() == [("reactivate", line.id, 2)]
    await scene.pass_days(2)
    await settled(scene.running, scene)
    assert await scene.obey() == []
    await scene.pass_days(1)
    await settled(scene.running, scene)
    assert await scene.obey() == [("suspend", line.id, 3)]
    body["until_on"] = (scene.today + timedelta(days=9)).isoformat()
    made = (await client.post("/collections/exemptions", json=body)).json()
    assert await scene.obey() == [("reactivate", line.id, 4)]
    path = f"/collections/exemptions/{made['id']}/revoke"
    assert (await client.post(path)).json()["revoked_at"] is not None
    assert await scene.obey() == [("suspend", line.id, 5)]
    assert (await client.post(path)).status_code == 409
    assert await scene.broken_invariants() == {}


async def test_whom_nobody_has_heard_of_is_not_exempted(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    line = await scene.line()
    until = {"reason": "strike", "until_on": scene.today.isoformat()}
    for named in ("customer_id", "line_id"):
        answer = await client.post("/collections/exemptions", json={named: str(new_id())} | until)
        assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[1]) == (404, "not-found")
    assert (await client.get("/collections/exemptions")).json()["items"] == []
    async with scene.running.client(organization=scene.running.other_organization) as theirs:
        for named, id_ in (("customer_id", line.customer_id), ("line_id", line.id)):
            answer = await theirs.post("/collections/exemptions", json={named: str(id_)} | until)
            assert answer.status_code == 404
    for body in ({"customer_id": str(line.customer_id)}, {"line_id": str(line.id)}, {"area": "x"}):
        answer = await client.post("/collections/exemptions", json=body | until)
        assert answer.status_code == 201


async def test_only_administrators_write_policies(scene: Scene) -> None:
    async with scene.running.client(Role.COLLECTOR) as collector:
        body = {"name": "Mine", "document": {"stages": STAGES}}
        assert (await collector.post("/collections/policies", json=body)).status_code == 403
        assert (await collector.get("/collections/policies")).status_code == 200


async def test_a_policy_of_another_organization_is_not_found(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    made = await draft(client)
    async with scene.running.client(organization=scene.running.other_organization) as theirs:
        assert (await theirs.get(f"/collections/policies/{made['id']}")).status_code == 404
        assert (await theirs.get("/collections/policies")).json()["items"] == []
        assert (await theirs.get(f"/collections/policies/{new_id()}")).status_code == 404


def test_the_day_of_the_holiday_is_the_librarys() -> None:

    assert is_holiday("EC", date(2027, 1, 1))
    assert not is_holiday("EC", date(2027, 1, 4))
    assert not is_holiday("XX", date(2026, 1, 1))


async def test_each_debt_is_charged_its_fee_though_the_stage_was_reached_before(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    fee = {"code": "fee", "kind": "late_fee", "day": 1, "rule": "late"}
    await publish(scene, client, stages=[fee])
    line = await scene.line()
    for due_in in (0, 1):
        await scene.issue(line, days_overdue=-due_in)
    assert await day_by_day(scene, 3) == [(1, "fee ordered"), (1, "fee"), (2, "fee ordered")]
