"""Cases opened by hand: when they may be, what they are about, what cures them."""

import asyncio
from typing import Any

import httpx
import pytest

from services.collections.cases.books import CASE_INVARIANTS
from services.collections.tests.integration.conftest import settled
from services.collections.tests.integration.desk import hire
from services.collections.tests.integration.scene import Line, Scene
from shared.auth import Role
from shared.contracts.collections import CaseCured, CaseOpened
from shared.ids import new_id


async def open_case(client: httpx.AsyncClient, line: Line, **more: Any) -> httpx.Response:
    body = {"customer_id": str(line.customer_id)} | more
    return await client.post("/collections/cases", json=body)


async def shown(client: httpx.AsyncClient, case_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(f"/collections/cases/{case_id}")).json()
    return found


async def holds(scene: Scene) -> bool:
    """Whether everything that must hold of cases does."""
    found = [await scene.rows(each.sql.replace("%", "%%")) for each in CASE_INVARIANTS]
    return not any(found)


async def test_a_case_opened_before_anything_is_overdue_lasts_until_that_is_settled(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    line = await scene.line()
    owed = await scene.issue(line, days_overdue=-10, total_minor=3000)
    answer = await open_case(client, line, note="called us before the day")
    assert answer.status_code == 201, answer.text
    case = answer.json()
    assert answer.headers["Location"] == f"/collections/cases/{case['id']}"
    assert (case["opened_by"], case["status"]) == ("hand", "new")
    assert case["covers_until"] == case["oldest_due_on"] == owed.due_on.isoformat()
    assert case["debt"]["amount"] == "30.00"
    (opened,) = await scene.said()
    assert isinstance(opened, CaseOpened)
    assert str(opened.case_id) == case["id"]
    (activity,) = (await client.get(f"/collections/cases/{case['id']}/timeline")).json()["items"]
    assert (activity["kind"], activity["note"]) == ("opened", "called us before the day")
    assert activity["actor_name"] == "test org_admin"

    await scene.issue(line, days_overdue=-40, total_minor=500)  # due later: not what it is about
    await scene.say(owed.paid(1000))
    assert (await shown(client, case["id"]))["debt"]["amount"] == "20.00"
    assert await holds(scene)
    await scene.say(owed.paid())
    case = await shown(client, case["id"])
    assert (case["status"], case["closed_reason"]) == ("closed", "cured")
    assert [type(each) for each in await scene.said()] == [CaseCured]


async def test_what_becomes_overdue_is_the_same_case(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    line = await scene.line()
    first = await scene.issue(line, days_overdue=-1)
    case = (await open_case(client, line, line_id=str(line.id))).json()
    await scene.pass_days(3)
    await settled(scene.running, scene)
    later = await scene.issue(line, days_overdue=1, total_minor=700)
    assert [each["id"] for each in (await client.get("/collections/cases")).json()["items"]] == [
        case["id"]
    ]
    assert (await shown(client, case["id"]))["debt"]["amount"] == "52.00"
    await scene.say(first.paid())
    assert (await shown(client, case["id"]))["cured_on"] is None
    await scene.say(later.paid())
    assert (await shown(client, case["id"]))["closed_reason"] == "cured"
    assert await holds(scene)


async def test_a_case_of_the_customer_is_about_all_lines_and_one_of_a_line_about_its_own(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    one, two = await scene.customer(lines=2)
    await scene.issue(one, days_overdue=-5, total_minor=1000)
    await scene.issue(two, days_overdue=-9, total_minor=2000)
    of_line = (await open_case(client, one, line_id=str(two.id))).json()
    assert (of_line["debt"]["amount"], of_line["line_number"]) == ("20.00", 2)
    whole = (await open_case(client, one)).json()
    assert (whole["debt"]["amount"], whole["line_id"]) == ("30.00", None)


async def test_a_second_case_of_the_same_is_refused_by_the_id_of_the_first(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    line = await scene.line()
    await scene.issue(line, days_overdue=5)
    (known,) = (await client.get("/collections/cases")).json()["items"]
    refused = await open_case(client, line, line_id=str(line.id))
    assert refused.status_code == 409
    assert refused.json()["type"].endswith("/case-goes-on")
    assert refused.json()["case_id"] == known["id"]
    whole = (await open_case(client, line)).json()
    covered = await open_case(client, line, line_id=str(line.id))
    assert covered.json()["case_id"] == known["id"]
    await client.post(f"/collections/cases/{whole['id']}/moves", json={"to": "closed"})
    closed = await open_case(client, line)
    assert (closed.json()["case_id"], closed.json()["case_status"]) == (whole["id"], "closed")


async def test_nothing_is_opened_for_nothing_or_nobody(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    line, other = await scene.line(), await scene.line()
    await scene.issue(other)
    nothing = await open_case(client, line)
    assert nothing.status_code == 409
    assert nothing.json()["type"].endswith("/nothing-open")
    for body in (
        {"customer_id": str(new_id())},
        {"line_id": str(new_id())},
        {"line_id": str(other.id)},
    ):
        assert (await open_case(client, line, **body)).status_code == 404
    theirs = scene.running.client(organization=scene.running.other_organization)
    assert (await open_case(theirs, other)).status_code == 404


@pytest.mark.parametrize("role", [Role.CLERK, Role.COLLECTOR, Role.READ_ONLY])
async def test_only_administrators_open_cases(scene: Scene, role: Role) -> None:
    line = await scene.line()
    await scene.issue(line, days_overdue=-3)
    client = scene.running.client(role, scene.organization)
    assert (await open_case(client, line)).status_code == 403


async def test_of_many_who_open_at_once_one_does(scene: Scene, client: httpx.AsyncClient) -> None:
    line = await scene.line()
    await scene.issue(line, days_overdue=-3)
    async with scene.running.client() as other:
        answers = await asyncio.gather(
            *(open_case((client, other)[place % 2], line) for place in range(8))
        )
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [201] + [409] * 7
    ids = {answer.json().get("case_id", answer.json().get("id")) for answer in answers}
    assert len(ids) == 1


async def test_a_case_opened_by_hand_is_worked_as_others_are(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    line = await scene.line()
    await scene.issue(line, days_overdue=-3, total_minor=4000)
    case = (await open_case(client, line)).json()
    worker = await hire(client)
    path = f"/collections/cases/{case['id']}"
    assert (await client.post(f"{path}/assign", json={"collector_id": worker.id})).is_success
    day = scene.today.isoformat()
    promise = {"promised_for": day, "amount": {"amount": "40.00"}}
    made = await client.post(f"{path}/promises", json=promise)
    assert made.status_code == 201, made.text
    (waiting,) = (await client.get("/collections/queue")).json()["items"]
    assert waiting["id"] == case["id"]
