"""The work queue: the most urgent first, and nobody gets what another has."""

import asyncio
from collections import Counter
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from services.collections.cases.urgency import Facts, Weights, score
from services.collections.tests.integration.desk import client_of, hire, owing
from services.collections.tests.integration.scene import Scene
from shared import clock
from shared.auth import Role
from shared.ids import new_id


async def take(client: httpx.AsyncClient, **body: Any) -> str | None:
    answer = await client.post("/collections/queue/next", json=body)
    assert answer.status_code == 200, answer.text
    item = answer.json()["item"]
    return None if item is None else str(item["id"])


async def test_the_queue_is_ordered_by_the_documented_formula(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    for place, (days, minor) in enumerate([(1, 900), (80, 900), (1, 90_000), (20, 20_000)]):
        (case_id,) = await owing(scene, days_overdue=days, total_minor=minor)
        await client.patch(f"/collections/cases/{case_id}", json={"priority": place * 7})
    items = (await client.get("/collections/queue")).json()["items"]
    rows = {
        str(row["id"]): row
        for row in await scene.rows(
            "SELECT id, debt_minor, oldest_due_on, priority, opened_on FROM dunning_case"
        )
    }

    def expected(case_id: str) -> int:
        row = rows[case_id]
        days = (scene.today - row["oldest_due_on"]).days
        silent = (scene.today - row["opened_on"]).days
        return score(Weights(), Facts(row["debt_minor"], days, 0, silent, row["priority"]))

    assert [item["score"] for item in items] == [expected(item["id"]) for item in items]
    assert [item["score"] for item in items] == sorted(map(expected, rows), reverse=True)
    first = await client.get("/collections/queue?limit=2")
    second = await client.get(f"/collections/queue?limit=2&cursor={first.json()['next']}")
    paged = first.json()["items"] + second.json()["items"]
    assert [item["id"] for item in paged] == [item["id"] for item in items]
    assert await take(client) == items[0]["id"]


async def test_32_takers_never_get_the_same_case(scene: Scene) -> None:
    ids = await owing(scene, 20)
    clients = [client_of(scene, new_id(), Role.ORG_ADMIN) for _ in range(32)]
    try:
        taken = await asyncio.gather(*(take(each) for each in clients))
    finally:
        await asyncio.gather(*(each.aclose() for each in clients))
    counts = Counter(each for each in taken if each is not None)
    assert max(counts.values()) == 1
    assert set(counts) == set(ids)


async def test_who_has_a_case_gets_it_again_until_it_is_given_back_or_runs_out(
    scene: Scene,
) -> None:
    await owing(scene, 2)
    async with (
        client_of(scene, new_id(), Role.ORG_ADMIN) as one,
        client_of(scene, new_id(), Role.ORG_ADMIN) as two,
    ):
        with clock.frozen(clock.now()) as time:
            mine = await take(one, minutes=10)
            assert await take(one) == mine
            theirs = await take(two)
            assert theirs not in (mine, None)
            waiting = (await one.get("/collections/queue")).json()["items"]
            assert [item["id"] for item in waiting] == [mine]
            assert waiting[0]["leased_until"] is not None
            refused = await two.post(f"/collections/queue/{mine}/release", json={})
            assert refused.json()["type"].endswith("/lease-lost")
            assert (
                await one.post(f"/collections/queue/{mine}/release", json={})
            ).status_code == 200
            await two.post(f"/collections/queue/{theirs}/release", json={})
            assert {await take(one, minutes=10), await take(two)} == {mine, theirs}
            time.advance(timedelta(minutes=16))
            assert (await one.get("/collections/queue")).json()["items"][1]["id"] in (mine, theirs)


async def test_what_is_done_waits_again_from_its_next_action_on(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    (case_id,) = await owing(scene)
    assert await take(client) == case_id
    done = await client.post(
        f"/collections/queue/{case_id}/done", json={"note": "promised to call"}
    )
    tomorrow = scene.today + timedelta(days=1)
    assert date.fromisoformat(done.json()["next_action_on"]) == tomorrow
    assert await take(client) is None
    lost = await client.post(f"/collections/queue/{case_id}/done", json={})
    assert lost.json()["type"].endswith("/lease-lost")
    await scene.pass_days(1)
    assert await take(client) == case_id


async def test_a_saved_queue_filters_and_weighs(scene: Scene, client: httpx.AsyncClient) -> None:
    (small,) = await owing(scene, total_minor=1000, days_overdue=50)
    (big,) = await owing(scene, total_minor=9000, days_overdue=1)
    body = {
        "name": "By age",
        "filter": {"max_debt": {"amount": "100"}},
        "weights": {"amount": 0, "broken": 0, "silence": 0, "priority": 0},
    }
    answer = await client.post("/collections/queues", json=body)
    assert answer.status_code == 201, answer.text
    by_age = answer.json()["id"]
    items = (await client.get(f"/collections/queue?queue_id={by_age}")).json()["items"]
    assert [(item["id"], item["score"]) for item in items] == [(small, 55), (big, 1)]
    change = {"filter": {"min_debt": {"amount": "50"}}}
    changed = await client.patch(
        f"/collections/queues/{by_age}", json=change, headers={"If-Match": '"1"'}
    )
    assert (changed.json()["version"], changed.json()["name"]) == (2, "By age")
    assert await take(client, queue_id=by_age) == big
    twice = await client.post("/collections/queues", json=body)
    assert twice.json()["type"].endswith("/queue-name-taken")
    nothing = body | {"name": "Nothing", "weights": {"age": 0} | body["weights"]}  # type: ignore[operator]
    assert (await client.post("/collections/queues", json=nothing)).status_code == 422
    assert (await client.delete(f"/collections/queues/{by_age}")).status_code == 204
    assert (await client.get(f"/collections/queues/{by_age}")).status_code == 404


async def test_a_collector_is_given_only_assigned_cases(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    mine, _ = await owing(scene, 2)
    worker = await hire(client)
    body = {"collector_id": worker.id}
    await client.post(f"/collections/cases/{mine}/assign", json=body)
    async with client_of(scene, worker.user_id) as hers:
        assert await take(hers) == mine
        await hers.post(f"/collections/queue/{mine}/done", json={})
        assert await take(hers) is None


async def test_what_is_skipped_goes_to_others_and_comes_back_in_time(scene: Scene) -> None:
    ids = await owing(scene, 2)
    async with (
        client_of(scene, new_id(), Role.ORG_ADMIN) as one,
        client_of(scene, new_id(), Role.ORG_ADMIN) as two,
    ):
        with clock.frozen(clock.now()) as time:
            first = await take(one)
            early = await two.post(f"/collections/queue/{first}/skip", json={})
            assert early.json()["type"].endswith("/lease-lost")
            path = f"/collections/queue/{first}/skip"
            assert (await one.post(path, json={"minutes": 30})).status_code == 200
            second = await take(one, minutes=60)
            assert {first, second} == set(ids)
            assert await take(two, minutes=60) == first
            await two.post(f"/collections/queue/{first}/release", json={})
            await one.post(f"/collections/queue/{second}/skip", json={"minutes": 60})
            assert await take(one) is None
            time.advance(timedelta(minutes=31))
            assert await take(one) == first


async def test_a_lease_that_ran_out_is_anothers_and_no_longer_its_holders(scene: Scene) -> None:
    (case_id,) = await owing(scene)
    async with (
        client_of(scene, new_id(), Role.ORG_ADMIN) as one,
        client_of(scene, new_id(), Role.ORG_ADMIN) as two,
    ):
        with clock.frozen(clock.now()) as time:
            assert await take(one, minutes=5) == case_id
            time.advance(timedelta(minutes=4, seconds=59))
            assert await take(two) is None
            time.advance(timedelta(seconds=1))
            assert await take(two) == case_id
            for verb in ("release", "skip", "done"):
                late = await one.post(f"/collections/queue/{case_id}/{verb}", json={})
                assert (late.status_code, late.json()["type"].rsplit("/", 1)[1]) == (
                    409,
                    "lease-lost",
                )


async def test_one_who_asks_twice_at_once_is_given_one_case(scene: Scene) -> None:
    await owing(scene, 8)
    async with client_of(scene, new_id(), Role.ORG_ADMIN) as impatient:
        taken = await asyncio.gather(*(take(impatient) for _ in range(8)))
    assert len(set(taken)) == 1
    rows = await scene.rows("SELECT id FROM dunning_case WHERE leased_by IS NOT NULL")
    assert len(rows) == 1


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ({"min_debt": {"amount": "9"}, "max_debt": {"amount": "8"}}, "max_debt"),
        ({"opened_from": "2026-02-02", "opened_to": "2026-02-01"}, "opened_to"),
        ({"collector_id": str(new_id())}, "collector_id"),
        ({"collector_id": str(new_id()), "assigned": False}, "collector_id"),
        ({"min_debt": {"amount": "9.001"}}, "min_debt"),
        ({"status": ["lost"]}, "status"),
        ({"stage": "Not A Code"}, "stage"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_a_queue_that_could_find_nothing_is_refused_by_the_part_that_is_wrong(
    scene: Scene, client: httpx.AsyncClient, wanted: dict[str, Any], name: str
) -> None:
    answer = await client.post("/collections/queues", json={"name": "Odd", "filter": wanted})
    assert answer.status_code == 422
    assert name in [part for error in answer.json()["errors"] for part in error["loc"]]
