"""The desk over HTTP: cases are moved, changed, given to collectors and seen by them alone."""

import asyncio
from typing import Any

import httpx
import pytest

from services.collections.tests.integration.desk import Worker, client_of, hire, owing
from services.collections.tests.integration.scene import Scene
from shared.auth import Role
from shared.ids import new_id


async def assign(admin: httpx.AsyncClient, case_id: str, worker: Worker) -> httpx.Response:
    body = {"collector_id": worker.id}
    return await admin.post(f"/collections/cases/{case_id}/assign", json=body)


async def test_a_case_shows_the_whole_story(scene: Scene, client: httpx.AsyncClient) -> None:
    line = await scene.line()
    old = await scene.issue(line, days_overdue=9)
    await scene.issue(line, days_overdue=-5, total_minor=700)
    listed = (await client.get("/collections/cases")).json()["items"]
    assert [case["status"] for case in listed] == ["new"]
    answer = await client.get(f"/collections/cases/{listed[0]['id']}")
    found = answer.json()
    assert answer.headers["ETag"] == '"1"'
    assert found["customer_name"] == "Ana"
    assert found["debt"] == {"amount": "45.00", "currency": "USD"}
    assert found["oldest_due_on"] == old.due_on.isoformat()
    assert [debt["days_overdue"] for debt in found["debts"]] == [9, 0]
    assert [each["line_id"] for each in found["lines"]] == [str(line.id)]
    assert [each["kind"] for each in found["latest"]] == ["decision"]


async def test_a_case_takes_the_moves_its_status_allows_and_no_other(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    (case_id,) = await owing(scene)
    path = f"/collections/cases/{case_id}/moves"
    refused = await client.post(path, json={"to": "negotiating"})
    assert refused.status_code == 409
    problem = refused.json()
    assert problem["type"].endswith("/illegal-case-move")
    assert (problem["case_status"], problem["allowed"]) == ("new", ["closed"])

    await assign(client, case_id, await hire(client))
    for step in ("in_contact", "disputed", "in_contact", "negotiating", "payment_plan", "settled"):
        answer = await client.post(path, json={"to": step, "note": f"now {step}"})
        assert (answer.status_code, answer.json()["status"]) == (200, step)
    refused = await client.post(path, json={"to": "negotiating"})
    assert refused.json()["allowed"] == ["closed"]
    closed = (await client.post(path, json={"to": "closed", "reason": "exhausted"})).json()
    assert (closed["status"], closed["closed_reason"]) == ("closed", "exhausted")
    assert (await client.post(path, json={"to": "new"})).json()["allowed"] == []

    timeline = (await client.get(f"/collections/cases/{case_id}/timeline?kind=moved")).json()
    moves = [(each["data"]["from"], each["data"]["to"]) for each in timeline["items"]]
    assert moves[0] == ("settled", "closed")
    assert moves[-1] == ("new", "assigned")
    assert len(moves) == 8
    assert timeline["items"][1]["note"] == "now settled"
    assert timeline["items"][1]["actor_name"] == "test org_admin"


async def test_a_change_needs_the_version_that_was_seen(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    (case_id,) = await owing(scene)
    path = f"/collections/cases/{case_id}"
    answer = await client.patch(path, json={"priority": 80}, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    late = await client.patch(path, json={"priority": 90}, headers={"If-Match": '"1"'})
    assert late.status_code == 412
    same = await client.patch(path, json={"priority": 80})
    assert same.headers["ETag"] == '"2"'
    planned = await client.patch(path, json={"next_action_on": "2026-12-01"})
    assert (planned.json()["priority"], planned.json()["next_action_on"]) == (80, "2026-12-01")
    assert (await client.patch(path, json={"status": "closed"})).status_code == 422


@pytest.mark.parametrize(
    "change", [{"priority": -1}, {"priority": 101}, {"next_action_on": "soon"}]
)
async def test_a_change_that_makes_no_sense_is_refused(
    scene: Scene, client: httpx.AsyncClient, change: dict[str, Any]
) -> None:
    (case_id,) = await owing(scene)
    assert (await client.patch(f"/collections/cases/{case_id}", json=change)).status_code == 422


async def test_a_first_assignment_moves_a_new_case_and_a_second_only_hands_it_on(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    (case_id,) = await owing(scene)
    first, second = await hire(client), await hire(client, name="Luis")
    answer = (await assign(client, case_id, first)).json()
    assert (answer["status"], answer["collector_name"]) == ("assigned", "Rosa")
    again = (await assign(client, case_id, first)).json()
    assert again["version"] == answer["version"]
    handed = (await assign(client, case_id, second)).json()
    assert (handed["status"], handed["collector_id"]) == ("assigned", second.id)
    assert (await client.get(f"/collections/collectors/{first.id}")).json()["cases"] == 0
    assert (await client.get(f"/collections/collectors/{second.id}")).json()["cases"] == 1


async def test_who_cannot_have_a_case(scene: Scene, client: httpx.AsyncClient) -> None:
    one, two = await owing(scene, 2)
    full, away = await hire(client, capacity=1), await hire(client)
    await client.patch(f"/collections/collectors/{away.id}", json={"active": False})
    async with scene.running.client(organization=scene.running.other_organization) as theirs:
        stranger = await hire(theirs)
    assert (await assign(client, one, full)).status_code == 200
    for worker, slug in ((full, "collector-full"), (away, "collector-inactive")):
        refused = await assign(client, two, worker)
        assert refused.status_code == 409
        assert refused.json()["type"].endswith(f"/{slug}")
    assert (await assign(client, two, stranger)).status_code == 404
    await client.post(f"/collections/cases/{one}/moves", json={"to": "closed"})
    assert (await assign(client, two, full)).status_code == 200
    refused = await assign(client, one, full)
    assert refused.json()["type"].endswith("/case-closed")


async def test_many_are_assigned_at_once_and_each_refusal_says_why(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    ids = await owing(scene, 4)
    worker, unknown = await hire(client, capacity=2), str(new_id())
    await client.post(f"/collections/cases/{ids[0]}/moves", json={"to": "closed"})
    body = {"collector_id": worker.id, "case_ids": [*ids, unknown]}
    found = (await client.post("/collections/cases/assign", json=body)).json()
    assert found["assigned"] == 2
    assert [(each["case_id"], each["type"]) for each in found["refused"]] == [
        (ids[0], "case-closed"),
        (ids[3], "collector-full"),
        (unknown, "not-found"),
    ]
    both = {"collector_id": worker.id, "case_ids": ids, "filter": {}}
    assert (await client.post("/collections/cases/assign", json=both)).status_code == 422


async def test_in_turn_cases_are_spread_over_collectors_with_room(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    await owing(scene, 6)
    small, big = await hire(client, capacity=1), await hire(client, capacity=3)
    body = {"filter": {"assigned": False}}
    found = (await client.post("/collections/cases/assign", json=body)).json()
    assert (found["assigned"], len(found["refused"])) == (4, 2)
    for worker, cases in ((small, 1), (big, 3)):
        answer = await client.get(f"/collections/collectors/{worker.id}")
        assert answer.json()["cases"] == cases


async def test_capacity_is_never_exceeded_however_many_assign_at_once(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    ids = await owing(scene, 12)
    worker = await hire(client, capacity=5)
    async with scene.running.client() as other:
        answers = await asyncio.gather(
            *(assign((client, other)[place % 2], case, worker) for place, case in enumerate(ids)),
            client.post(
                "/collections/cases/assign",
                json={"collector_id": worker.id, "case_ids": ids[:6]},
            ),
            other.post("/collections/cases/assign", json={"case_ids": ids[6:]}),
        )
    assert {answer.status_code for answer in answers} <= {200, 409}
    rows = await scene.rows(
        "SELECT count(*) AS cases FROM dunning_case WHERE collector_id IS NOT NULL"
    )
    assert rows == [{"cases": 5}]


async def test_a_user_is_one_collector_and_a_collector_changes_by_version(
    client: httpx.AsyncClient,
) -> None:
    worker = await hire(client)
    body = {"user_id": str(worker.user_id), "name": "Rosa again"}
    twice = await client.post("/collections/collectors", json=body)
    assert (twice.status_code, twice.json()["type"].rsplit("/", 1)[1]) == (409, "collector-taken")
    path = f"/collections/collectors/{worker.id}"
    change = {"commission_rate": "0.2250", "segments": ["business"]}
    changed = await client.patch(path, json=change, headers={"If-Match": '"1"'})
    assert (changed.json()["commission_rate"], changed.headers["ETag"]) == ("0.2250", '"2"')
    late = await client.patch(path, json={"capacity": 1}, headers={"If-Match": '"1"'})
    assert late.status_code == 412
    assert [
        each["id"] for each in (await client.get("/collections/collectors")).json()["items"]
    ] == [worker.id]


@pytest.mark.parametrize("rate", ["1.1", "-0.1", "0.12345", "much"])
async def test_a_commission_rate_is_a_share(client: httpx.AsyncClient, rate: str) -> None:
    body = {"user_id": str(new_id()), "name": "Rosa", "commission_rate": rate}
    assert (await client.post("/collections/collectors", json=body)).status_code == 422


async def test_a_collector_sees_and_works_assigned_cases_only(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    mine, others = await owing(scene, 2)
    rosa, luis = await hire(client), await hire(client, name="Luis")
    await assign(client, mine, rosa)
    await assign(client, others, luis)
    rows = await scene.rows("SELECT customer_id FROM dunning_case WHERE id = %s", others)
    customer = rows[0]["customer_id"]
    async with client_of(scene, rosa.user_id) as hers:
        listed = (await hers.get("/collections/cases")).json()["items"]
        assert [case["id"] for case in listed] == [mine]
        waiting = (await hers.get("/collections/queue")).json()["items"]
        assert [case["id"] for case in waiting] == [mine]
        assert (await hers.get(f"/collections/cases/{mine}")).status_code == 200
        for method, path, body in (
            ("GET", f"cases/{others}", None),
            ("GET", f"cases/{others}/timeline", None),
            ("GET", f"cases/{others}/contactability", None),
            ("GET", f"contact-preferences/{customer}", None),
            ("PUT", f"contact-preferences/{customer}", {"opted_out": []}),
            ("PATCH", f"cases/{others}", {"priority": 1}),
            ("POST", f"cases/{others}/moves", {"to": "closed"}),
            ("POST", f"cases/{others}/notes", {"text": "hello"}),
            ("POST", f"cases/{others}/calls", {"outcome": "reached", "direction": "inbound"}),
            ("POST", f"queue/{others}/release", {}),
            ("POST", f"queue/{others}/done", {}),
        ):
            answer = await hers.request(method, f"/collections/{path}", json=body)
            assert answer.status_code == 404, path
        for path in (f"cases/{mine}/assign", "cases/assign", "collectors", "queues"):
            answer = await hers.post(f"/collections/{path}", json={})
            assert answer.status_code in (403, 422), path
            assert answer.status_code == 403
    async with client_of(scene, new_id()) as nobody:
        assert (await nobody.get("/collections/cases")).json()["items"] == []


async def test_another_organization_sees_nothing_of_the_desk(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    (case_id,) = await owing(scene)
    worker = await hire(client)
    await assign(client, case_id, worker)
    other = scene.running.other_organization
    async with scene.running.client(organization=other) as theirs:
        for path in (
            f"cases/{case_id}",
            f"cases/{case_id}/timeline",
            f"collectors/{worker.id}",
        ):
            assert (await theirs.get(f"/collections/{path}")).status_code == 404
        for path in ("cases", "collectors", "queue", "queues"):
            assert (await theirs.get(f"/collections/{path}")).json()["items"] == []
        body = {"collector_id": (await hire(theirs)).id, "case_ids": [case_id]}
        found = (await theirs.post("/collections/cases/assign", json=body)).json()
        assert (found["assigned"], found["refused"][0]["type"]) == (0, "not-found")
    async with client_of(scene, worker.user_id, Role.COLLECTOR, other) as same_user:
        assert (await same_user.get("/collections/cases")).json()["items"] == []


async def test_cases_are_found_by_every_filter_and_sorted(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    (small,) = await owing(scene, total_minor=1000, days_overdue=2)
    (big,) = await owing(scene, total_minor=9000, days_overdue=1)
    worker = await hire(client)
    await assign(client, big, worker)
    await client.patch(f"/collections/cases/{small}", json={"priority": 50})
    await client.post(f"/collections/cases/{big}/notes", json={"text": "wrote a letter"})
    day = scene.today.isoformat()

    async def listed(query: str) -> list[str]:
        answer = await client.get(f"/collections/cases?{query}")
        assert answer.status_code == 200, answer.text
        return [case["id"] for case in answer.json()["items"]]

    assert await listed("") == [big, small]
    assert await listed("sort=opened_at") == [small, big]
    assert await listed("sort=-debt") == [big, small]
    assert await listed("sort=-priority") == [small, big]
    assert await listed("sort=oldest_due_on") == [small, big]
    assert await listed("sort=last_contact_at") == [big, small]
    assert await listed("status=new") == [small]
    assert await listed("status=new&status=assigned") == [big, small]
    assert await listed(f"collector_id={worker.id}") == [big]
    assert await listed("assigned=false") == [small]
    assert await listed("min_debt=50") == [big]
    assert await listed("max_debt=10.00") == [small]
    assert await listed("priority=50") == [small]
    assert await listed(f"opened_from={day}&opened_to={day}") == [big, small]
    assert await listed(f"opened_to={day}&q=an") == [big, small]
    assert await listed("q=nobody") == []
    assert await listed("last_contact_from=2026-01-01T00:00:00Z") == [big]
    assert await listed("last_contact_to=2026-01-01T00:00:00Z") == [small]
    assert await listed("stage=none") == []
    pages = [await client.get("/collections/cases?limit=1&sort=-debt")]
    pages.append(
        await client.get(f"/collections/cases?limit=1&sort=-debt&cursor={pages[0].json()['next']}")
    )
    assert [page.json()["items"][0]["id"] for page in pages] == [big, small]
    for odd in (
        "min_debt=1.005",
        "min_debt=2&max_debt=1",
        "opened_from=2026-02-02&opened_to=2026-02-01",
        f"collector_id={worker.id}&assigned=false",
    ):
        assert (await client.get(f"/collections/cases?{odd}")).status_code == 422, odd


async def test_cases_by_score_are_in_the_order_of_the_formula_on_every_page(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    urgent = []
    for days, minor in ((1, 900), (80, 900), (20, 20_000), (1, 90_000), (44, 40_000)):
        urgent += await owing(scene, days_overdue=days, total_minor=minor)
    (closed,) = await owing(scene, days_overdue=300, total_minor=90_000)
    await client.post(f"/collections/cases/{closed}/moves", json={"to": "closed"})

    queue = (await client.get("/collections/queue")).json()["items"]
    expected = [(each["id"], each["score"]) for each in queue]
    found: list[tuple[str, int]] = []
    cursor = ""
    while True:
        answer = await client.get(f"/collections/cases?sort=-score&limit=2{cursor}")
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += [(each["id"], each["score"]) for each in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert found == expected
    assert {case_id for case_id, _ in found} == set(urgent)
    ascending = (await client.get("/collections/cases?sort=score")).json()["items"]
    assert [each["id"] for each in ascending] == [case_id for case_id, _ in reversed(expected)]
    (of_closed,) = (await client.get("/collections/cases?sort=-score&status=closed")).json()[
        "items"
    ]
    assert (of_closed["id"], of_closed["score"]) == (closed, 0)


async def test_pages_by_score_speak_of_the_day_the_first_was_asked_for(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    for days in (3, 9, 27, 40, 60, 81):
        await owing(scene, days_overdue=days)
    whole = (await client.get("/collections/cases?sort=-score")).json()["items"]
    first = (await client.get("/collections/cases?sort=-score&limit=3")).json()
    await scene.pass_days(8)  # every score has grown
    rest = (await client.get(f"/collections/cases?sort=-score&cursor={first['next']}")).json()[
        "items"
    ]
    assert [(each["id"], each["score"]) for each in first["items"] + rest] == [
        (each["id"], each["score"]) for each in whole
    ]
    grown = (await client.get("/collections/cases?sort=-score")).json()["items"]
    assert sum(each["score"] for each in grown) > sum(each["score"] for each in whole)


@pytest.mark.parametrize("cursor", ["x", "2026-11-01.", "2026-13-01.e30", ".", "2026-11-01.e30"])
async def test_a_cursor_by_score_that_no_page_gave_is_refused(
    client: httpx.AsyncClient, cursor: str
) -> None:
    answer = await client.get("/collections/cases", params={"sort": "-score", "cursor": cursor})
    assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[1]) == (400, "bad-cursor")
