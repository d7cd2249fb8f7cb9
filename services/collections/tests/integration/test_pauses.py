"""Pausing by hand, and the list of everything that pauses."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.collections.tests.integration.desk import client_of, hire
from services.collections.tests.integration.scene import Invoice, Scene
from services.collections.tests.integration.test_agreements import (
    debtor,
    in_days,
    pass_days,
    post,
)
from shared import clock
from shared.auth import Role
from shared.contracts.payments import PaymentMethod, PaymentPending
from shared.ids import new_id


async def listed(client: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    answer = await client.get("/collections/pauses", params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def told(client: httpx.AsyncClient, case_id: str) -> list[tuple[str, str | None]]:
    """What the timeline says of pauses, the first first."""
    answer = await client.get(f"/collections/cases/{case_id}/timeline?kind=pause")
    return [(each["data"]["what"], each["note"]) for each in reversed(answer.json()["items"])]


async def test_a_collector_holds_the_ladder_until_a_day(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    line = await scene.line()
    await scene.issue(line, days_overdue=0)
    made = await post(
        client, "pauses", line_id=str(line.id), until_on=in_days(scene, 3), reason="sends proof"
    )
    assert (made["kind"], made["active"], made["customer_id"]) == (
        "manual",
        True,
        str(line.customer_id),
    )
    await pass_days(scene, 3)
    assert await scene.obey() == []
    await pass_days(scene, 1)
    assert await scene.obey() == [("suspend", line.id, 1)]
    (found,) = await listed(client, kind="manual")
    assert (found["active"], found["ended_at"]) == (False, None)
    over = await post(client, f"pauses/{made['id']}/end", 409)
    assert over["type"].endswith("/pause-over")
    assert await scene.broken_invariants() == {}


@pytest.mark.parametrize("reconnect", [False, True])
async def test_a_pause_leaves_a_line_where_it_is_unless_it_reconnects(
    scene: Scene, client: httpx.AsyncClient, reconnect: bool
) -> None:
    line, _, case_id = await debtor(scene, client)
    made = await post(
        client,
        "pauses",
        customer_id=str(line.customer_id),
        until_on=in_days(scene, 5),
        reason="pays on Friday",
        reconnect=reconnect,
    )
    assert await scene.obey() == ([("reactivate", line.id, 2)] if reconnect else [])
    ended = await post(client, f"pauses/{made['id']}/end", 200, note="he did not")
    assert (ended["active"], ended["ended_by"]) == (False, made["created_by"])
    assert await scene.obey() == ([("suspend", line.id, 3)] if reconnect else [])
    assert await told(client, case_id) == [("put", "pays on Friday"), ("ended", "he did not")]
    twice = await post(client, f"pauses/{made['id']}/end", 409)
    assert twice["type"].endswith("/pause-over")


async def test_a_pause_is_as_long_as_the_policy_lets_and_one_at_a_time(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    line, _, _ = await debtor(scene, client)
    body: dict[str, Any] = {"line_id": str(line.id), "reason": "proof"}
    for day, status in ((-1, 409), (15, 409), (14, 201), (1, 409)):
        answer = await post(client, "pauses", status, until_on=in_days(scene, day), **body)
        if status == 409:
            slug = "paused-already" if day == 1 else "day-out-of-reach"
            assert answer["type"].endswith(f"/{slug}")
    both = body | {"customer_id": str(line.customer_id), "until_on": in_days(scene, 1)}
    await post(client, "pauses", 422, **both)
    await post(client, "pauses", 422, reason="whom?", until_on=in_days(scene, 1))
    stranger = {"customer_id": str(new_id()), "reason": "?", "until_on": in_days(scene, 1)}
    await post(client, "pauses", 404, **stranger)
    await pass_days(scene, 15)
    await post(client, "pauses", until_on=in_days(scene, 1), **body)


async def test_the_policy_says_how_long_a_pause_may_be(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    line, _, _ = await debtor(scene, client)
    document = {
        "stages": [{"code": "cut", "kind": "suspend", "day": 1}],
        "pauses": {"most_days": 2},
    }
    drafted = await post(client, "policies", name="Short", document=document)
    await post(client, f"policies/{drafted['id']}/publish", 200)
    body: dict[str, Any] = {"line_id": str(line.id), "reason": "proof"}
    await post(client, "pauses", 409, until_on=in_days(scene, 3), **body)
    await post(client, "pauses", until_on=in_days(scene, 2), **body)


async def test_of_pauses_made_at_once_one_is_taken(scene: Scene, client: httpx.AsyncClient) -> None:
    line, _, case_id = await debtor(scene, client)
    body = {"line_id": str(line.id), "until_on": in_days(scene, 1), "reason": "proof"}
    answers = await asyncio.gather(
        *(client.post("/collections/pauses", json=body) for _ in range(6))
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    assert len(await told(client, case_id)) == 1


async def test_everything_that_pauses_is_listed_by_kind_and_customer(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    line, invoice, case_id = await debtor(scene, client)
    other, _, _ = await debtor(scene, client)
    plan = await post(
        client, f"cases/{case_id}/plans", schedule={"count": 2, "first_on": in_days(scene, 1)}
    )
    dispute = await post(
        client,
        f"cases/{case_id}/disputes",
        invoice_id=str(invoice.id),
        reason="twice",
        amount={"amount": "5.00"},
    )
    await scene.say(_pending(invoice))
    body: dict[str, Any] = {"until_on": in_days(scene, 1), "reason": "proof"}
    mine = await post(client, "pauses", customer_id=str(line.customer_id), **body)
    await post(client, "pauses", customer_id=str(other.customer_id), **body)

    found = await listed(client, customer_id=str(line.customer_id))
    assert [each["kind"] for each in found] == ["manual", "payment_in_flight", "dispute", "plan"]
    assert [each["source_id"] for each in found[2:]] == [dispute["id"], plan["id"]]
    assert found[2]["amount"] == {"amount": "5.00", "currency": "USD"}
    assert len(await listed(client, kind="manual")) == 2
    assert await listed(client, kind="promise") == []
    until = await listed(client, sort="until", limit=2)
    assert [each["kind"] for each in until] == ["manual", "manual"]
    await post(client, f"plans/{plan['id']}/cancel", 200)
    active = await listed(client, customer_id=str(line.customer_id), active=True)
    assert "plan" not in {each["kind"] for each in active}
    over = await listed(client, customer_id=str(line.customer_id), active=False)
    assert [each["kind"] for each in over] == ["plan"]
    refused = await post(client, f"pauses/{found[2]['id']}/end", 409)
    assert refused["type"].endswith("/pause-not-manual")
    assert (await client.get(f"/collections/pauses/{mine['id']}")).json() == mine


async def test_pages_of_pauses_repeat_and_hide_nothing(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    made = []
    for days in (3, 1, 2):
        line = await scene.line()
        body: dict[str, Any] = {"until_on": in_days(scene, days), "reason": "proof"}
        made.append((await post(client, "pauses", line_id=str(line.id), **body))["id"])
    for sort, expected in (
        ("-created_at", made[::-1]),
        ("until", [made[1], made[2], made[0]]),
    ):
        seen: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            query: dict[str, Any] = {"limit": 1, "sort": sort} | cursor
            page = (await client.get("/collections/pauses", params=query)).json()
            seen += [each["id"] for each in page["items"]]
            if page["next"] is None:
                break
            cursor = {"cursor": page["next"]}
        assert seen == expected


async def test_a_collector_pauses_the_customers_of_assigned_cases_only(
    scene: Scene, client: httpx.AsyncClient
) -> None:
    theirs, _, _ = await debtor(scene, client)
    mine, _, case_id = await debtor(scene, client)
    rosa = await hire(client)
    await post(client, f"cases/{case_id}/assign", 200, collector_id=rosa.id)
    body: dict[str, Any] = {"until_on": in_days(scene, 1), "reason": "proof"}
    other = await post(client, "pauses", line_id=str(theirs.id), **body)
    async with client_of(scene, rosa.user_id) as hers:
        made = await post(hers, "pauses", line_id=str(mine.id), **body)
        await post(hers, "pauses", 404, line_id=str(theirs.id), **body)
        await post(hers, f"pauses/{other['id']}/end", 404)
        assert [each["id"] for each in await listed(hers)] == [made["id"]]
        await post(hers, f"pauses/{made['id']}/end", 200)
    async with scene.running.client(Role.READ_ONLY) as viewer:
        assert len(await listed(viewer)) == 2
        await post(viewer, "pauses", 403, line_id=str(mine.id), **body)
    async with scene.running.client(organization=scene.running.other_organization) as foreign:
        assert await listed(foreign) == []
        assert (await foreign.get(f"/collections/pauses/{made['id']}")).status_code == 404


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "it is put off until"), ("es", "está en pausa hasta el")],
)
async def test_why_says_that_somebody_put_it_off(
    scene: Scene, client: httpx.AsyncClient, language: str, words: str
) -> None:
    line = await scene.line()
    await scene.issue(line, days_overdue=0)
    body: dict[str, Any] = {"until_on": in_days(scene, 3), "reason": "proof"}
    await post(client, "pauses", line_id=str(line.id), **body)
    await pass_days(scene, 1)
    why = (await client.get(f"/lines/{line.id}/why?lang={language}")).json()
    assert words in why["summary"]


def _pending(invoice: Invoice) -> PaymentPending:
    return PaymentPending(
        payment_id=new_id(),
        customer_id=invoice.customer_id,
        line_id=invoice.line_id,
        invoice_id=invoice.id,
        amount_minor=100,
        currency="USD",
        method=PaymentMethod.CARD,
        provider="stripe",
        expires_at=clock.now() + timedelta(hours=1),
    )
