"""Many cases given at once: all that a filter or a queue finds, to whom, and what is said of it."""

import asyncio
from collections import Counter
from typing import Any

import httpx
import pytest

from services.collections.cases.books import CASE_INVARIANTS
from services.collections.tests.integration.desk import Worker, hire, owing
from services.collections.tests.integration.scene import Scene
from shared.ids import new_id

MANY = """
INSERT INTO dunning_case (id, organization_id, customer_id, opened_by, opened_on, opened_at,
                          currency, debt_minor, oldest_due_on)
SELECT duesline_uuid7(), %s, gen_random_uuid(), 'policy', %s, now(), 'USD', 100 + n, %s
FROM generate_series(1, %s) AS n
"""


async def hand_out(client: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    answer = await client.post("/collections/cases/assign", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def loads(scene: Scene) -> Counter[str]:
    """How many cases each collector has."""
    rows = await scene.rows(
        "SELECT collector_id, count(*) AS cases FROM dunning_case"
        " WHERE collector_id IS NOT NULL GROUP BY 1"
    )
    return Counter({str(row["collector_id"]): row["cases"] for row in rows})


def counts(found: dict[str, Any]) -> tuple[int, int, int, int]:
    return found["found"], found["assigned"], found["kept"], found["left"]


async def test_all_that_a_filter_finds_is_given_however_many_that_are(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    async with scene.running.db.transaction(None) as tx:
        asked = (scene.organization.id, scene.today, scene.today, 1300)
        await tx.execute(MANY, asked)
    one, two = await hire(client, capacity=700), await hire(client, name="Luis", capacity=400)
    body = {"filter": {"assigned": False}}
    preview = await hand_out(client, dry_run=True, **body)
    assert await loads(scene) == {}
    done = await hand_out(client, **body)
    assert counts(done) == (1300, 1100, 0, 200)
    assert {**preview, "dry_run": False} == done
    assert await loads(scene) == {one.id: 700, two.id: 400}
    assert {share["collector_id"]: share["cases"] for share in done["shares"]} == {
        one.id: 700,
        two.id: 400,
    }
    assert [(each["type"], each["cases"]) for each in done["refusals"]] == [("collector-full", 200)]
    assert len(done["refused"]) == 200
    for invariant in CASE_INVARIANTS[-5:]:
        if "history" in invariant.name:
            assert await scene.rows(invariant.sql) == []


async def test_a_queue_gives_the_most_urgent_first_and_leaves_the_rest_for_want_of_room(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    (calm,) = await owing(scene, days_overdue=1, total_minor=100)
    (urgent,) = await owing(scene, days_overdue=80, total_minor=90_000)
    (settled,) = await owing(scene, days_overdue=90)
    await client.post(f"/collections/cases/{settled}/moves", json={"to": "closed"})
    queue = (await client.post("/collections/queues", json={"name": "All"})).json()["id"]
    worker = await hire(client, capacity=1)
    found = await hand_out(client, queue_id=queue, collector_id=worker.id)
    assert counts(found) == (2, 1, 0, 1)
    assert [each["case_id"] for each in found["refused"]] == [calm]
    case = (await client.get(f"/collections/cases/{urgent}")).json()
    assert case["collector_id"] == worker.id


async def test_named_collectors_get_them_by_turns_also_from_others(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    ids = await owing(scene, 5)
    before, one, two = [await hire(client, name=name) for name in ("Eva", "Rosa", "Luis")]
    for case_id, worker in zip(ids, (before, before, one), strict=False):
        await client.post(f"/collections/cases/{case_id}/assign", json={"collector_id": worker.id})
    found = await hand_out(client, filter={}, collector_ids=[one.id, two.id])
    assert counts(found) == (5, 4, 1, 0)
    assert await loads(scene) == {one.id: 3, two.id: 2}
    by_rule = await hand_out(client, filter={})
    assert counts(by_rule) == (5, 0, 5, 0)


async def test_what_is_refused_is_counted_by_its_rule(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    closed, open_ = await owing(scene, 2)
    await client.post(f"/collections/cases/{closed}/moves", json={"to": "closed"})
    away = await hire(client)
    await client.patch(f"/collections/collectors/{away.id}", json={"active": False})
    body: dict[str, Any] = {
        "case_ids": [closed, open_, str(new_id())],
        "collector_id": away.id,
    }
    found = await hand_out(client, **body)
    assert counts(found) == (3, 0, 0, 0)
    assert {(each["type"], each["cases"]) for each in found["refusals"]} == {
        ("case-closed", 1),
        ("collector-inactive", 1),
        ("not-found", 1),
    }
    found = await hand_out(client, filter={"status": ["closed"]})
    assert [each["type"] for each in found["refused"]] == ["case-closed"]
    assert (await hand_out(client, filter={}))["found"] == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"filter": {}, "queue_id": str(new_id())},
        {"filter": {}, "collector_id": str(new_id()), "collector_ids": [str(new_id())]},
        {"filter": {"min_debt": {"amount": "9"}, "max_debt": {"amount": "8"}}},
        {"filter": {"opened_from": "2026-02-02", "opened_to": "2026-02-01"}},
        {"filter": {"assigned": False, "collector_id": str(new_id())}},
        {"case_ids": []},
    ],
)
async def test_what_could_mean_nothing_is_refused(
    client: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    assert (await client.post("/collections/cases/assign", json=body)).status_code == 422


@pytest.mark.parametrize("name", ["queue_id", "collector_id"])
async def test_unknown_queues_and_collectors_are_not_found(
    scene: Scene, client: httpx.AsyncClient, name: str
) -> None:
    body: dict[str, Any] = {"filter": {}} if name == "collector_id" else {}
    answer = await client.post("/collections/cases/assign", json=body | {name: str(new_id())})
    assert answer.status_code == 404


async def test_two_who_give_out_everything_at_once_never_fill_anybody_beyond_capacity(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    await owing(scene, 9)
    workers: list[Worker] = [await hire(client, capacity=2) for _ in range(3)]
    async with scene.running.client() as other:
        found = await asyncio.gather(
            *(hand_out(each, filter={"assigned": False}) for each in (client, other)),
        )
    assert sum(each["assigned"] for each in found) == 6
    assert await loads(scene) == {worker.id: 2 for worker in workers}
