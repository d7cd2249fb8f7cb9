"""Customers without a line climb the ladder as lines do: pupils, members, an agency's debtors."""

from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.collections.reminders.timers import remind_due
from services.collections.runs.timers import execute_runs
from services.collections.tests.integration.conftest import settled
from services.collections.tests.integration.desk import hire
from services.collections.tests.integration.scene import Invoice, Scene
from services.collections.tests.integration.test_policies import STAGES, day_by_day, publish
from services.collections.whatif.timers import run_what_ifs
from shared.contracts.collections import CaseCured, CaseOpened, CaseStageReached
from shared.contracts.customers import CustomerRegistered
from shared.ids import new_id

LOSS = {"code": "loss", "kind": "propose_write_off", "day": 60}
STEPS = [(3, "warn"), (5, "fee ordered"), (5, "fee"), (30, "desk"), (60, "loss")]


def registered(customer_id: UUID, **described: Any) -> CustomerRegistered:
    """A customer who has no line."""
    facts: dict[str, Any] = {
        "customer_id": customer_id,
        "version": 1,
        "name": "Eva",
        "national_id": None,
        "email": None,
        "phone": None,
        "external_ref": None,
        "active": True,
    }
    return CustomerRegistered(**(facts | described))


def owed_by(scene: Scene, customer_id: UUID, days_overdue: int, minor: int = 4500) -> Invoice:
    """An invoice for no line; nobody has heard of it yet."""
    due_on = scene.today - timedelta(days=days_overdue)
    return Invoice(new_id(), customer_id, None, minor, due_on)


async def pupil(scene: Scene, days_overdue: int = 0, **described: Any) -> Invoice:
    """A customer without a line, and an invoice of theirs."""
    invoice = owed_by(scene, new_id(), days_overdue)
    await scene.say(registered(invoice.customer_id, **described), invoice.issued())
    return invoice


async def decided(scene: Scene, customer_id: UUID) -> list[dict[str, Any]]:
    return await scene.rows(
        "SELECT * FROM decision WHERE customer_id = %s ORDER BY id", customer_id
    )


async def stages(scene: Scene, customer_id: UUID) -> list[tuple[str, Any]]:
    rows = await scene.rows(
        "SELECT s.stage, s.reached_on FROM case_stage AS s JOIN dunning_case AS c"
        " ON c.id = s.case_id WHERE c.customer_id = %s ORDER BY s.reached_on, s.stage",
        customer_id,
    )
    return [(row["stage"], row["reached_on"]) for row in rows]


@pytest.mark.parametrize("scope", ["line", "customer"])
async def test_every_stage_but_those_that_cut_comes_on_its_day(
    scene: Scene, client: httpx.AsyncClient, scope: str
) -> None:
    rosa = await hire(client)
    await publish(scene, client, stages=[*STAGES, LOSS], scope=scope)
    invoice = await pupil(scene)

    assert await day_by_day(scene, 61) == STEPS

    (case,) = (await client.get("/collections/cases")).json()["items"]
    assert (case["customer_id"], case["line_id"]) == (str(invoice.customer_id), None)
    assert (case["status"], case["collector_id"]) == ("assigned", rosa.id)
    found = await decided(scene, invoice.customer_id)
    assert [each["stages"] for each in found if each["stages"]] == [
        ["warn"],
        ["fee"],
        ["desk"],
        ["loss"],
    ]
    assert {(each["line_id"], each["line_status"], each["outcome"]) for each in found} == {
        (None, None, "none")
    }
    assert found[-1]["conditions"]["has_line"] == [False, False]
    assert await scene.broken_invariants() == {}
    await scene.say(invoice.paid())
    assert [type(each) for each in await scene.said()] == [CaseCured]
    assert await scene.rows("SELECT * FROM ladder") == []


async def test_its_decisions_are_listed_explained_and_made_again_to_the_byte(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    await publish(scene, client, stages=STAGES)
    invoice = await pupil(scene)
    await day_by_day(scene, 4)
    query = f"customer_id={invoice.customer_id}"
    (listed,) = (await client.get(f"/collections/decisions?{query}")).json()["items"]
    assert (listed["line_id"], listed["line_number"], listed["customer_name"]) == (
        None,
        None,
        "Eva",
    )
    assert listed["why"].startswith("Without a line there is nothing to suspend, though 1 invoice")
    path = f"/collections/decisions/{listed['id']}"
    detail = (await client.get(path)).json()
    assert (detail["line_status"], detail["stages"]) == (None, ["warn"])
    (said,) = [each for each in detail["conditions"] if each["name"] == "has_line"]
    assert (said["found"], said["required"], said["holds"]) == ("false", "a line", False)
    assert (await client.post(f"{path}/replay")).json()["equal"] is True
    (case,) = (await client.get(f"/collections/cases?{query}")).json()["items"]
    timeline = (await client.get(f"/collections/cases/{case['id']}/timeline")).json()["items"]
    assert {each["kind"] for each in timeline} == {"stage", "decision"}


async def test_what_a_customer_owes_for_no_line_climbs_apart_from_its_lines(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    await publish(scene, client, stages=[STAGES[0], STAGES[2], STAGES[3]])
    line = await scene.line()
    await scene.issue(line, days_overdue=0)
    await day_by_day(scene, 2)
    await scene.say(owed_by(scene, line.customer_id, 0).issued())
    assert await day_by_day(scene, 30) == [
        (1, "warn"),
        (3, "warn"),
        (8, "ordered off"),
        (8, "cut"),
        (28, "desk"),
        (30, "desk"),
    ]


async def test_by_scope_customer_what_is_owed_for_no_line_cuts_the_lines(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    await publish(scene, client, stages=[STAGES[0], STAGES[2]], scope="customer")
    line = await scene.line()
    await scene.say(owed_by(scene, line.customer_id, 0).issued())
    assert await day_by_day(scene, 10) == [(3, "warn"), (10, "ordered off"), (10, "cut")]


async def test_a_debt_for_a_line_nobody_has_heard_of_waits_for_the_line(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    await publish(scene, client, stages=[STAGES[2], STAGES[3]], scope="customer")
    invoice = owed_by(scene, new_id(), 40)
    invoice.line_id = new_id()
    await scene.say(registered(invoice.customer_id), invoice.issued(), invoice.overdue())
    assert await decided(scene, invoice.customer_id) == []


async def test_runs_examine_customers_without_a_line(
    scene: Scene, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.collections.runs.store.MOST_LINES", 2)
    pupils = [await pupil(scene, days_overdue=5) for _ in range(5)]
    await scene.issue(await scene.line(), days_overdue=5)
    await publish(scene, client, stages=[STAGES[0], STAGES[3]])
    (run, *_) = (await client.get("/collections/runs?reason=policy")).json()["items"]
    assert (run["examined"], run["warned"], run["failed"]) == (6, 6, 0)
    for each in pupils:
        assert await stages(scene, each.customer_id) == [("warn", scene.today)]
    asked = await client.post("/collections/runs")
    await scene.running.run_timer(execute_runs)
    again = (await client.get(asked.headers["Location"])).json()
    assert (again["examined"], again["warned"]) == (6, 0)


async def test_the_order_of_events_does_not_change_stage_dates(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    """The customer's tag decides about its segment, so what comes before it waits for it."""
    gold = {
        "name": "gold",
        "when": {"fact": "tag", "op": "in", "value": ["gold"]},
        "overrides": {"stages": [STAGES[3]]},
    }
    await publish(scene, client, stages=[STAGES[0], STAGES[2], STAGES[3]], segments=[gold])
    found = set()
    for order in permutations(range(4)):
        invoice = owed_by(scene, new_id(), 31)
        story = [
            registered(invoice.customer_id, tags=("gold",)),
            invoice.issued(),
            invoice.overdue(),
            invoice.paid(1000),
        ]
        for place in order:
            await scene.say(story[place])
        found.add(tuple(await stages(scene, invoice.customer_id)))
    assert found == {(("desk", scene.today),)}


async def test_why_says_how_far_a_customer_is_and_what_to_pay_in_both_languages(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    await publish(
        scene, client, stages=[STAGES[0], STAGES[2], STAGES[3]], minimum_debt={"amount": "20.00"}
    )
    invoice = await pupil(scene)
    path = f"/customers/{invoice.customer_id}/why"
    assert (await client.get(path, params={"lang": "en"})).json()["summary"] == (
        "Nothing is overdue."
    )
    await day_by_day(scene, 4)
    found = (await client.get(path, params={"lang": "en"})).json()
    assert found["summary"].startswith(
        "1 invoice is overdue by 4 days, 45.00 USD in all. So far: warning ("
    )
    assert found["without_line"] is True
    assert [each["code"] for each in found["reasons"]] == ["has_line"]
    assert [(each["code"], each["kind"]) for each in found["reached"]] == [("warn", "warn")]
    desk_on = scene.today + timedelta(days=26)
    assert found["following"] == [{"code": "desk", "kind": "assign", "on": desk_on.isoformat()}]
    before = (desk_on - timedelta(days=1)).isoformat()
    assert found["payment"] == {
        "amounts": [{"amount": "25.01", "currency": "USD"}],
        "by": before,
    }
    assert found["what_would_change_it"].startswith("Pay 25.01 USD by ")
    assert None not in (found["case_id"], found["decision_id"])
    spanish = (await client.get(path)).json()
    assert spanish["summary"].startswith("1 factura vencida hace 4 días")
    assert "asignado a un gestor" in spanish["what_would_change_it"]
    await scene.say(invoice.paid(2501))
    assert await day_by_day(scene, 30) == []
    assert (await client.get(f"/customers/{new_id()}/why")).status_code == 404
    async with scene.running.client(organization=scene.running.other_organization) as theirs:
        assert (await theirs.get(path)).status_code == 404


async def test_the_same_policy_would_have_done_what_was_done_to_them(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    remind = [
        {"code": "soon", "kind": "remind", "day": -2},
        {"code": "late", "kind": "remind", "day": 1},
    ]
    policy = await publish(
        scene,
        client,
        stages=[*remind, *STAGES],
        reminders={"overdue_every_days": 7, "overdue_until_days": 20},
    )
    await pupil(scene, days_overdue=-3)
    for _ in range(40):
        await day_by_day(scene, 1)
        await scene.running.run_timer(remind_due)
    body = {
        "policy_id": policy["id"],
        "from_on": (scene.today - timedelta(days=45)).isoformat(),
        "to_on": scene.today.isoformat(),
    }
    asked = await client.post("/collections/what-ifs", json=body)
    await scene.running.run_timer(run_what_ifs)
    found = (await client.get(asked.headers["Location"])).json()
    sums = {each["kind"]: (each["would"], each["did"], each["same"]) for each in found["summary"]}
    assert sums == {
        "warn": (1, 1, 1),
        "late_fee": (1, 1, 1),
        "assign": (1, 1, 1),
        "remind": (4,) * 3,
    }


async def test_a_case_opens_and_stages_come_in_one_batch_with_what_brought_them(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    await publish(scene, client, stages=[STAGES[0], STAGES[3]])
    await pupil(scene, days_overdue=5)
    assert [type(each) for each in await scene.said()] == [CaseOpened, CaseStageReached]
    await settled(scene.running, scene)
    assert await scene.said() == []
