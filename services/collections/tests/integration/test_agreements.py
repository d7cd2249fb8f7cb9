"""Promises, plans, offers and disputes: what they pause, and how money and days decide them."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.collections.agreements.timers import judge_agreements
from services.collections.tests.integration.conftest import settled
from services.collections.tests.integration.desk import case_of, client_of, hire, owing
from services.collections.tests.integration.scene import Invoice, Line, Scene
from shared.contracts.collections import (
    CaseCured,
    PlanAgreed,
    PlanBroken,
    PlanKept,
    PromiseBroken,
    PromiseKept,
    PromiseMade,
)
from shared.contracts.event import EventData


async def post(client: httpx.AsyncClient, path: str, status: int = 201, **body: Any) -> Any:
    answer = await client.post(f"/collections/{path}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def kinds(scene: Scene) -> list[type[EventData]]:
    return [type(event) for event in await scene.said()]


async def debtor(
    scene: Scene, client: httpx.AsyncClient, total_minor: int = 4500, days_overdue: int = 1
) -> tuple[Line, Invoice, str]:
    """A line off for one invoice, whose case is assigned."""
    line = await scene.line()
    invoice = await scene.issue(line, days_overdue=days_overdue, total_minor=total_minor)
    await scene.obey()
    case_id = await case_of(scene, line)
    worker = await hire(client)
    await post(client, f"cases/{case_id}/assign", 200, collector_id=worker.id)
    await scene.said()
    return line, invoice, case_id


async def pass_days(scene: Scene, days: int) -> None:
    """Let days pass, and every timer see them."""
    await scene.pass_days(days)
    await settled(scene.running, scene)


def in_days(scene: Scene, days: int) -> str:
    return (scene.today + timedelta(days=days)).isoformat()


async def status_of(client: httpx.AsyncClient, case_id: str) -> str:
    return str((await client.get(f"/collections/cases/{case_id}")).json()["status"])


async def test_a_promise_is_kept_by_the_money(scene: Scene, client: httpx.AsyncClient) -> None:
    _, invoice, case_id = await debtor(scene, client)
    made = await post(
        client,
        f"cases/{case_id}/promises",
        promised_for=in_days(scene, 3),
        amount={"amount": "20.00"},
        note="on pay day",
    )
    assert (made["status"], made["amount"]["amount"]) == ("open", "20.00")
    assert await kinds(scene) == [PromiseMade]
    await scene.say(invoice.paid(1500))
    assert await kinds(scene) == []
    await scene.say(invoice.paid(500))
    assert await kinds(scene) == [PromiseKept]
    found = (await client.get(f"/collections/promises/{made['id']}")).json()
    assert (found["status"], found["received"]["amount"]) == ("kept", "20.00")
    await pass_days(scene, 5)
    assert await kinds(scene) == []


async def test_a_promise_is_broken_by_its_day_and_counted(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    line, _, case_id = await debtor(scene, client)
    made = await post(
        client, f"cases/{case_id}/promises", promised_for=in_days(scene, 2), reconnect=True
    )
    assert await scene.obey() == [("reactivate", line.id, 2)]
    await pass_days(scene, 2)
    assert await scene.obey() == []
    assert await kinds(scene) == [PromiseMade]
    await pass_days(scene, 1)
    assert await scene.obey() == [("suspend", line.id, 3)]
    assert await kinds(scene) == [PromiseBroken]
    assert await scene.broken_invariants() == {}
    case = (await client.get(f"/collections/cases/{case_id}")).json()
    assert case["broken_promises"] == 1
    found = (await client.get(f"/collections/promises/{made['id']}")).json()
    assert found["status"] == "broken"
    refused = await post(client, f"promises/{made['id']}/cancel", 409)
    assert refused["type"].endswith("/agreement-over")


async def test_money_of_the_promised_day_heard_of_late_keeps_the_promise_after_all(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    _, invoice, case_id = await debtor(scene, client)
    await post(client, f"cases/{case_id}/promises", promised_for=in_days(scene, 1))
    promised_for = scene.today + timedelta(days=1)
    await pass_days(scene, 2)
    assert await kinds(scene) == [PromiseMade, PromiseBroken]
    late = invoice.paid().model_copy(update={"received_on": promised_for})
    await scene.say(late)
    assert await kinds(scene) == [CaseCured, PromiseKept]
    case = (await client.get(f"/collections/cases/{case_id}")).json()
    assert case["broken_promises"] == 0


async def test_what_was_paid_before_a_promise_or_taken_back_does_not_keep_it(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    _, invoice, case_id = await debtor(scene, client)
    before = invoice.paid(1000)
    await scene.say(before)
    await post(
        client,
        f"cases/{case_id}/promises",
        promised_for=in_days(scene, 1),
        amount={"amount": "10.00"},
    )
    paid = invoice.paid(1000)
    back = invoice.taken_back(1000).model_copy(update={"payment_id": paid.payment_id})
    await scene.say(back, paid)
    await pass_days(scene, 2)
    assert await kinds(scene) == [PromiseMade, PromiseBroken]


async def test_promises_are_limited_in_number_day_and_amount(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    _, _, case_id = await debtor(scene, client)
    path = f"cases/{case_id}/promises"

    async def refusal(**body: Any) -> str:
        refused = await post(client, path, 409, **body)
        return str(refused["type"].rsplit("/", 1)[1])

    assert await refusal(promised_for=in_days(scene, -1)) == "day-out-of-reach"
    assert await refusal(promised_for=in_days(scene, 16)) == "day-out-of-reach"
    too_much = {"amount": {"amount": "45.01"}, "promised_for": in_days(scene, 1)}
    assert await refusal(**too_much) == "amount-not-owed"
    first = await post(client, path, promised_for=in_days(scene, 1))
    assert await refusal(promised_for=in_days(scene, 1)) == "agreement-open"
    await post(client, f"promises/{first['id']}/cancel", 200, note="a slip")
    for _ in range(4):
        await post(client, path, promised_for=in_days(scene, 0))
        await pass_days(scene, 1)
    assert await refusal(promised_for=in_days(scene, 1)) == "promise-limit-reached"
    await pass_days(scene, 363)
    await post(client, path, promised_for=in_days(scene, 1))


async def test_of_promises_made_at_once_one_is_taken(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    _, _, case_id = await debtor(scene, client)
    body = {"promised_for": in_days(scene, 1)}
    answers = await asyncio.gather(
        *(client.post(f"/collections/cases/{case_id}/promises", json=body) for _ in range(8))
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert await kinds(scene) == [PromiseMade]


async def test_a_plan_in_good_standing_pauses_and_its_first_instalment_restores(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    line, invoice, case_id = await debtor(scene, client, total_minor=9000)
    made = await post(
        client,
        f"cases/{case_id}/plans",
        schedule={"count": 3, "first_on": in_days(scene, 2), "every": "week"},
        fee={"amount": "0"},
    )
    assert [each["amount"]["amount"] for each in made["instalments"]] == ["30.00"] * 3
    assert await status_of(client, case_id) == "payment_plan"
    assert await scene.obey() == []
    await scene.say(invoice.paid(3000))
    assert await scene.obey() == [("reactivate", line.id, 2)]
    found = (await client.get(f"/collections/plans/{made['id']}")).json()
    covered = [each["covered"]["amount"] for each in found["instalments"]]
    assert covered == ["30.00", "0.00", "0.00"]
    await pass_days(scene, 9)
    assert await scene.obey() == []
    assert await kinds(scene) == [PlanAgreed]
    await pass_days(scene, 1)
    assert await scene.obey() == [("suspend", line.id, 3)]
    assert await kinds(scene) == [PlanBroken]
    assert await status_of(client, case_id) == "in_contact"
    assert await scene.broken_invariants() == {}


async def test_a_plan_paid_to_its_end_is_kept_and_cures_its_case(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    _, invoice, case_id = await debtor(scene, client)
    await post(
        client,
        f"cases/{case_id}/plans",
        instalments=[
            {"due_on": in_days(scene, 1), "amount": {"amount": "20.00"}},
            {"due_on": in_days(scene, 9), "amount": {"amount": "25.00"}},
        ],
    )
    await scene.say(invoice.paid(2000), invoice.paid(2500))
    assert await kinds(scene) == [PlanAgreed, CaseCured, PlanKept]
    assert await status_of(client, case_id) == "closed"
    await pass_days(scene, 20)
    assert await kinds(scene) == []


async def test_a_plan_leaves_new_debts_to_count(scene: Scene, client: httpx.AsyncClient) -> None:
    line, invoice, case_id = await debtor(scene, client)
    schedule = {"count": 2, "first_on": in_days(scene, 0), "every": "month"}
    await post(client, f"cases/{case_id}/plans", schedule=schedule)
    await scene.say(invoice.paid(2250))
    assert await scene.obey() == [("reactivate", line.id, 2)]
    await scene.issue(line, days_overdue=0, total_minor=700)
    await pass_days(scene, 1)
    assert await scene.obey() == [("suspend", line.id, 3)]


@pytest.mark.parametrize(
    ("body", "status", "slug"),
    [
        ({"instalments": [(1, "10.00")]}, 409, "plan-sum-differs"),
        ({"instalments": [(1, "45.00")], "fee": {"amount": "5"}}, 409, "plan-sum-differs"),
        ({"instalments": [(-1, "45.00")]}, 409, "day-out-of-reach"),
        ({"instalments": [(9, "40.00"), (1, "5.00")]}, 422, "validation-failed"),
        ({"instalments": [(1, "45.00"), (2, "0")]}, 422, "validation-failed"),
        ({}, 422, "validation-failed"),
        ({"instalments": [(1, "45.00")], "grace_days": 61}, 422, "validation-failed"),
    ],
)
async def test_a_plan_that_does_not_add_up_is_refused(
    scene: Scene, client: httpx.AsyncClient, body: dict[str, Any], status: int, slug: str
) -> None:
    (case_id,) = await owing(scene)
    if "instalments" in body:
        body = body | {
            "instalments": [
                {"due_on": in_days(scene, days), "amount": {"amount": amount}}
                for days, amount in body["instalments"]
            ]
        }
    refused = await post(client, f"cases/{case_id}/plans", status, **body)
    assert refused["type"].endswith(f"/{slug}")


@pytest.mark.parametrize(
    ("path", "moves"),
    [
        ("promises", ["in_contact"]),
        ("plans", ["in_contact", "negotiating", "payment_plan"]),
        ("offers", ["in_contact", "negotiating"]),
        ("disputes", ["in_contact", "disputed"]),
    ],
)
async def test_what_is_agreed_about_a_case_that_nobody_has_moves_it_on(
    scene: Scene, client: httpx.AsyncClient, path: str, moves: list[str]
) -> None:
    line = await scene.line()
    invoice = await scene.issue(line)
    case_id, day = await case_of(scene, line), in_days(scene, 3)
    bodies: dict[str, dict[str, Any]] = {
        "promises": {"promised_for": day},
        "plans": {"schedule": {"count": 2, "first_on": day}},
        "offers": {"amount": {"amount": "20"}, "offered_until": day},
        "disputes": {"invoice_id": str(invoice.id), "reason": "never had it"},
    }
    await post(client, f"cases/{case_id}/{path}", **bodies[path])
    case = (await client.get(f"/collections/cases/{case_id}")).json()
    assert (case["status"], case["collector_id"]) == (moves[-1], None)
    timeline = await client.get(f"/collections/cases/{case_id}/timeline?kind=moved")
    told = [each["data"] for each in reversed(timeline.json()["items"])]
    assert told == [
        {"from": was, "to": to} for was, to in zip(["new", *moves], moves, strict=False)
    ]
    hired = await hire(client)
    await post(client, f"cases/{case_id}/assign", 200, collector_id=hired.id)
    assert await status_of(client, case_id) == moves[-1]


async def test_a_dispute_decided_leaves_the_case_where_its_plan_has_it(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    _, invoice, case_id = await debtor(scene, client)
    schedule = {"count": 2, "first_on": in_days(scene, 3)}
    await post(client, f"cases/{case_id}/plans", schedule=schedule)
    made = await post(client, f"cases/{case_id}/disputes", invoice_id=str(invoice.id), reason="no")
    assert await status_of(client, case_id) == "disputed"
    await post(client, f"disputes/{made['id']}/resolve", 200, outcome="rejected")
    assert await status_of(client, case_id) == "payment_plan"


async def test_agreements_end_with_the_debt_and_break_nothing(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    _, invoice, case_id = await debtor(scene, client)
    made = await post(client, f"cases/{case_id}/promises", promised_for=in_days(scene, 3))
    await scene.say(invoice.voided())
    assert await kinds(scene) == [PromiseMade, CaseCured]
    found = (await client.get(f"/collections/promises/{made['id']}")).json()
    assert found["status"] == "cancelled"
    await pass_days(scene, 9)
    assert await kinds(scene) == []
    refused = await post(client, f"cases/{case_id}/promises", 409, promised_for=in_days(scene, 1))
    assert refused["type"].endswith("/case-closed")


async def test_agreements_are_listed_and_belong_to_their_organization(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    _, _, case_id = await debtor(scene, client)
    made = await post(client, f"cases/{case_id}/promises", promised_for=in_days(scene, 3))
    until = in_days(scene, 3)
    for query in ("", "status=open", f"case_id={case_id}", f"until_from={until}&until_to={until}"):
        items = (await client.get(f"/collections/promises?{query}")).json()["items"]
        assert [item["id"] for item in items] == [made["id"]], query
    assert (await client.get("/collections/plans")).json()["items"] == []
    assert (await client.get(f"/collections/plans/{made['id']}")).status_code == 404
    other = scene.running.other_organization
    async with scene.running.client(organization=other) as theirs:
        assert (await theirs.get(f"/collections/promises/{made['id']}")).status_code == 404
        assert (await theirs.get("/collections/promises")).json()["items"] == []
        path = f"/collections/promises/{made['id']}/cancel"
        assert (await theirs.post(path, json={})).status_code == 404


async def test_a_collector_agrees_with_the_customers_of_assigned_cases_only(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    _, invoice, others = await debtor(scene, client)
    _, _, mine = await debtor(scene, client)
    rosa = await hire(client)
    await post(client, f"cases/{mine}/assign", 200, collector_id=rosa.id)
    body: dict[str, Any] = {"promised_for": in_days(scene, 1)}
    theirs = await post(client, f"cases/{others}/promises", **body)
    disputed: dict[str, Any] = {"invoice_id": str(invoice.id), "reason": "never had it"}
    dispute = await post(client, f"cases/{others}/disputes", **disputed)
    async with client_of(scene, rosa.user_id) as hers:
        made = await post(hers, f"cases/{mine}/promises", **body)
        items = (await hers.get("/collections/promises")).json()["items"]
        assert [item["id"] for item in items] == [made["id"]]
        assert (await hers.get("/collections/disputes")).json()["items"] == []
        for path in (f"promises/{theirs['id']}", f"disputes/{dispute['id']}"):
            assert (await hers.get(f"/collections/{path}")).status_code == 404
        refused: tuple[tuple[str, dict[str, Any]], ...] = (
            (f"cases/{others}/promises", body),
            (f"cases/{others}/plans", {"schedule": {"count": 1, "first_on": in_days(scene, 1)}}),
            (f"cases/{others}/offers", {"amount": {"amount": "1"}, "offered_until": "2027-01-01"}),
            (f"cases/{others}/disputes", disputed),
            (f"promises/{theirs['id']}/cancel", {}),
            (f"disputes/{dispute['id']}/resolve", {"outcome": "upheld"}),
        )
        for path, sent in refused:
            await post(hers, path, 404, **sent)
    assert await scene.broken_invariants() == {}


async def test_an_idle_tick_of_the_judge_changes_nothing(scene: Scene) -> None:
    assert await scene.running.run_timer(judge_agreements) == 0
