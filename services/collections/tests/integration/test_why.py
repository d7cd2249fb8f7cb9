"""Why a line is where it is, what would change it, and decisions made again."""

from datetime import timedelta
from typing import Any

import httpx

from services.collections.pauses.operations import end_pauses, put_pauses
from services.collections.pauses.rules import PauseKind
from services.collections.pauses.store import Ending, NewPause
from services.collections.tests.integration.conftest import settled
from services.collections.tests.integration.scene import Line, Scene
from services.collections.tests.integration.test_policies import STAGES, day_by_day, publish
from shared.ids import new_id


async def why(client: httpx.AsyncClient, line: Line, query: str = "lang=en") -> dict[str, Any]:
    answer = await client.get(f"/lines/{line.id}/why?{query}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_suspended_line_says_what_to_pay_in_both_languages(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    line, _ = await scene.off(invoices=2)
    found = await why(client, line)
    assert found["summary"] == (
        "Suspended for non-payment: 2 invoices are overdue, the oldest by 2 days, 90.00 USD in all."
    )
    assert found["what_would_change_it"] == "Pay 90.00 USD and it is switched back on at once."
    assert found["payment"] == {"amounts": [{"amount": "90.00", "currency": "USD"}], "by": None}
    spanish = await why(client, line, "")
    assert spanish["language"] == "es"
    assert spanish["summary"].startswith("Suspendida por falta de pago: 2 facturas vencidas")
    accepted = await client.get(
        f"/lines/{line.id}/why", headers={"Accept-Language": "fr-FR, en-GB;q=0.8"}
    )
    assert accepted.json()["language"] == "en"


async def test_paying_what_it_says_brings_the_line_back(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    await scene.put_policy(minimum_debt={"amount": "20.00"})
    await settled(scene.running, scene)
    line, (invoice,) = await scene.off()
    found = await why(client, line)
    assert found["payment"]["amounts"] == [{"amount": "25.01", "currency": "USD"}]
    await scene.say(invoice.paid(2500))
    assert await scene.orders() == []
    await scene.say(invoice.paid(1))
    assert await scene.orders() == [("reactivate", line.id, 2)]


async def test_a_line_in_danger_says_by_when_to_pay(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    await publish(scene, client, stages=[STAGES[0], STAGES[2]])
    line = await scene.line()
    await scene.issue(line, days_overdue=0)
    await day_by_day(scene, 4)
    found = await why(client, line)
    assert found["suspended_for_non_payment"] is False
    assert found["suspended_on"] == (scene.today + timedelta(days=6)).isoformat()
    assert found["payment"]["by"] == (scene.today + timedelta(days=5)).isoformat()
    assert [each["code"] for each in found["reasons"]] == ["stage_day"]
    assert await day_by_day(scene, 6) == [(6, "ordered off"), (6, "cut")]


async def test_nothing_overdue_is_said_so(scene: Scene, client: httpx.AsyncClient) -> None:
    line = await scene.line()
    found = await why(client, line)
    assert found["summary"] == "Not suspended for non-payment: nothing is overdue."
    assert found["what_would_change_it"] == "As things stand nothing will suspend it."
    assert (await client.get(f"/lines/{new_id()}/why")).status_code == 404


async def grant(scene: Scene, line: Line, days: int) -> NewPause:
    """A pause of all that the customer owes, as a promise makes one."""
    made = NewPause(
        scene.organization.id,
        line.customer_id,
        PauseKind.MANUAL,
        new_id(),
        from_on=scene.today,
        until_on=scene.today + timedelta(days=days),
    )
    async with scene.running.db.transaction(None) as tx:
        await put_pauses(tx, [made])
    return made


async def test_a_pause_brings_a_line_back_until_its_day_or_until_it_ends_before(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    line, _ = await scene.off()
    await grant(scene, line, 2)
    assert await scene.obey() == [("reactivate", line.id, 2)]
    found = await why(client, line)
    assert "not_paused" in [each["code"] for each in found["reasons"]]
    assert found["suspended_on"] == (scene.today + timedelta(days=3)).isoformat()
    await scene.pass_days(2)
    await settled(scene.running, scene)
    assert await scene.obey() == []
    await scene.pass_days(1)
    await settled(scene.running, scene)
    assert await scene.obey() == [("suspend", line.id, 3)]
    second = await grant(scene, line, 5)
    assert await scene.obey() == [("reactivate", line.id, 4)]
    async with scene.running.db.transaction(None) as tx:
        await end_pauses(tx, [Ending(*second[:4])])
    assert await scene.obey() == [("suspend", line.id, 5)]
    assert await scene.broken_invariants() == {}


async def test_every_decision_comes_out_the_same_when_it_is_made_again(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    vip = {"fact": "plan", "op": "in", "value": "gold"}
    await publish(
        scene,
        client,
        restore={"rule": "past_due_cleared"},
        segments=[{"name": "gold", "when": vip, "overrides": {"grace_days": 5}}],
    )
    line = await scene.line()
    invoice = await scene.issue(line, days_overdue=0)
    await day_by_day(scene, 12)
    await grant(scene, line, 1)
    await scene.say(invoice.paid(100))
    await scene.say(invoice.paid())
    await scene.issue(await scene.line(), days_overdue=40)
    decisions = (await client.get("/collections/decisions")).json()["items"]
    assert len(decisions) >= 5
    for each in decisions:
        answer = await client.post(f"/collections/decisions/{each['id']}/replay")
        found = answer.json()
        assert found["equal"], found
        detail = (await client.get(f"/collections/decisions/{each['id']}")).json()
        assert detail["why"]
