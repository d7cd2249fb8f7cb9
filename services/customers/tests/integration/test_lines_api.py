"""Lines over HTTP: selling, installing, holding, cancelling, and what is remembered of it."""

import asyncio
from typing import Any

import httpx

from services.customers.tests.builders import reactivate, suspend
from services.customers.tests.integration.conftest import Make
from services.customers.tests.integration.test_customers_api import slug
from shared.auth import Role
from shared.contracts.customers import (
    LineActivated,
    LineCancelled,
    LineReactivated,
    LineRegistered,
    LineStatus,
    LineSuspended,
    LineUpdated,
)
from shared.ids import external_id
from shared.testing import Running

SOLD = {"plan_name": "Fibra 300", "price": {"amount": "25.00"}}


async def ids(client: httpx.AsyncClient, **params: Any) -> list[str]:
    answer = await client.get("/lines", params=params)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["items"]]


async def test_a_line_is_sold_under_the_next_number(
    service: Running, client: httpx.AsyncClient, customer: Make
) -> None:
    owner = await customer(external_ref="C-1")
    path = f"/customers/{owner['id']}/lines"
    await service.emitted()
    numbers = [
        (await client.post(path, json=SOLD | extra)).json()["number"]
        for extra in ({}, {"number": 7}, {})
    ]

    assert numbers == [1, 7, 8]
    first, *_ = await service.emitted()
    assert isinstance(first.data, LineRegistered)
    assert first.data.line_id == external_id(service.organization.id, "line", "C-1/1")
    assert (first.data.status, first.data.price_minor, first.data.currency) == (
        LineStatus.NOT_INSTALLED,
        2_500,
        "USD",
    )


async def test_a_number_is_given_once_per_customer(
    client: httpx.AsyncClient, customer: Make, line: Make
) -> None:
    taken = await line()
    body = SOLD | {"customer_id": taken["customer_id"], "number": 1}
    refused = await client.post("/lines", json=body)
    another = await client.post("/lines", json=body | {"customer_id": (await customer())["id"]})

    assert (refused.status_code, slug(refused)) == (409, "line-number-taken")
    assert another.status_code == 201


async def test_lines_sold_at_once_get_numbers_of_their_own(
    client: httpx.AsyncClient, customer: Make
) -> None:
    path = f"/customers/{(await customer())['id']}/lines"
    answers = await asyncio.gather(*(client.post(path, json=SOLD) for _ in range(8)))

    assert sorted(answer.json()["number"] for answer in answers) == list(range(1, 9))


async def test_a_line_costs_the_organizations_money(
    client: httpx.AsyncClient, customer: Make
) -> None:
    path = f"/customers/{(await customer())['id']}/lines"
    for price in (
        {"amount": "25.00", "currency": "EUR"},
        {"amount": "25.001"},
        {"amount": "-1.00"},
        {"amount": "1e3"},
        {"amount": 25},
    ):
        refused = await client.post(path, json=SOLD | {"price": price})
        assert (refused.status_code, slug(refused)) == (422, "validation-failed"), price


async def test_nothing_is_sold_to_a_former_customer(
    client: httpx.AsyncClient, customer: Make
) -> None:
    owner = await customer("Ana")
    await client.delete(f"/customers/{owner['id']}")
    refused = await client.post(f"/customers/{owner['id']}/lines", json=SOLD)

    assert (refused.status_code, slug(refused)) == (409, "customer-inactive")
    assert (refused.json()["customer_id"], refused.json()["name"]) == (owner["id"], "Ana")


async def test_a_line_is_activated_once_on_the_local_calendar(
    service: Running, client: httpx.AsyncClient, line: Make
) -> None:
    sold = await line(active=False)
    await service.emitted()
    active = await client.post(f"/lines/{sold['id']}/activate")
    again = await client.post(f"/lines/{sold['id']}/activate")

    assert active.json()["status"] == "active"
    assert active.json()["installed_on"] == str(service.organization.today())
    assert (again.status_code, slug(again)) == (409, "illegal-line-move")
    assert (again.json()["line_status"], again.json()["allowed"]) == (
        "active",
        ["update", "hold", "cancel"],
    )
    (event,) = await service.emitted()
    assert isinstance(event.data, LineActivated)


async def test_the_date_of_installation_is_the_one_told(
    client: httpx.AsyncClient, line: Make
) -> None:
    told = await line(active=False, installed_on="2026-01-31")
    later = await line(active=False)
    activated = await client.post(f"/lines/{told['id']}/activate")
    other = await client.post(f"/lines/{later['id']}/activate", json={"installed_on": "2026-02-01"})

    assert activated.json()["installed_on"] == "2026-01-31"
    assert other.json()["installed_on"] == "2026-02-01"


async def test_holds_of_people_suspend_and_restore(
    service: Running, client: httpx.AsyncClient, line: Make
) -> None:
    path = f"/lines/{(await line())['id']}"
    await service.emitted()
    placed = await client.post(f"{path}/holds", json={"reason": "fraud", "note": "SIM box"})
    await client.post(f"{path}/holds", json={"reason": "voluntary"})
    again = await client.post(f"{path}/holds", json={"reason": "fraud"})
    held = (await client.get(path)).json()
    holds = (await client.get(f"{path}/holds")).json()["items"]
    lifted = await client.delete(f"{path}/holds/fraud")
    restored = await client.delete(f"{path}/holds/voluntary")
    gone = await client.delete(f"{path}/holds/voluntary")

    assert (placed.status_code, placed.json()["note"]) == (201, "SIM box")
    assert (again.status_code, slug(again)) == (409, "hold-already-placed")
    assert (held["status"], held["holds"]) == ("suspended", ["fraud", "voluntary"])
    assert [hold["reason"] for hold in holds] == ["fraud", "voluntary"]
    assert (lifted.json()["status"], restored.json()["status"]) == ("suspended", "active")
    assert (gone.status_code, slug(gone)) == (404, "hold-not-placed")
    kinds = [type(event.data) for event in await service.emitted()]
    assert kinds == [LineSuspended, LineUpdated, LineUpdated, LineReactivated]


async def test_non_payment_is_not_a_persons_to_place_or_lift(
    service: Running, client: httpx.AsyncClient, line: Make
) -> None:
    sold = await line()
    path = f"/lines/{sold['id']}/holds"
    placed = await client.post(path, json={"reason": "non_payment"})
    await service.deliver(suspend(sold["id"], 1))
    lifted = await client.delete(f"{path}/non_payment")

    for refused in (placed, lifted):
        assert (refused.status_code, slug(refused)) == (409, "hold-belongs-to-collections")
        assert "collections" in refused.json()["detail"]
    (hold,) = (await client.get(path)).json()["items"]
    assert (hold["reason"], hold["placed_by"]) == ("non_payment", None)
    assert hold["decision_id"] is not None


async def test_a_line_held_before_installation_starts_suspended(
    service: Running, client: httpx.AsyncClient, line: Make
) -> None:
    path = f"/lines/{(await line(active=False))['id']}"
    await client.post(f"{path}/holds", json={"reason": "admin"})
    assert (await client.get(path)).json()["status"] == "not_installed"
    await service.emitted()

    assert (await client.post(f"{path}/activate")).json()["status"] == "suspended"
    (event,) = await service.emitted()
    assert isinstance(event.data, LineSuspended)


async def test_a_cancelled_line_permits_nothing(
    service: Running, client: httpx.AsyncClient, line: Make
) -> None:
    path = f"/lines/{(await line())['id']}"
    await client.post(f"{path}/holds", json={"reason": "admin"})
    await service.emitted()
    gone = await client.post(f"{path}/cancel", json={"note": "moved away"})

    assert (gone.json()["status"], gone.json()["holds"]) == ("cancelled", [])
    for refused in (
        await client.post(f"{path}/cancel"),
        await client.post(f"{path}/activate"),
        await client.post(f"{path}/holds", json={"reason": "fraud"}),
        await client.delete(f"{path}/holds/admin"),
        await client.patch(path, json={"plan_name": "x"}),
    ):
        assert (refused.status_code, slug(refused)) == (409, "illegal-line-move")
        assert refused.json()["allowed"] == []
    (event,) = await service.emitted()
    assert isinstance(event.data, LineCancelled)


async def test_a_plan_and_its_price_are_changed(
    service: Running, client: httpx.AsyncClient, line: Make
) -> None:
    path = f"/lines/{(await line())['id']}"
    await service.emitted()
    body = {"plan_name": "Fibra 600", "price": {"amount": "40.5", "currency": "USD"}}
    changed = await client.patch(path, json=body, headers={"If-Match": '"2"'})
    stale = await client.patch(path, json=body, headers={"If-Match": '"2"'})
    same = await client.patch(path, json=body | {"installed_on": changed.json()["installed_on"]})

    assert changed.json()["price"] == {"amount": "40.50", "currency": "USD"}
    assert (changed.headers["etag"], stale.status_code, same.json()["version"]) == ('"3"', 412, 3)
    (event,) = await service.emitted()
    assert isinstance(event.data, LineUpdated)
    assert (event.data.plan_name, event.data.price_minor) == ("Fibra 600", 4_050)


async def test_the_history_names_who_or_what_changed_a_line(
    service: Running, client: httpx.AsyncClient, line: Make
) -> None:
    sold = await line()
    path = f"/lines/{sold['id']}"
    order, release = suspend(sold["id"], 1), reactivate(sold["id"], 2)
    await service.deliver(order)
    await service.deliver(release)
    await client.post(f"{path}/holds", json={"reason": "fraud", "note": "SIM box"})
    first = (await client.get(f"{path}/history", params={"limit": 3})).json()
    rest = (await client.get(f"{path}/history", params={"cursor": first["next"]})).json()
    story = first["items"] + rest["items"]

    assert [(one["change"], one["from_status"], one["to_status"]) for one in story] == [
        ("held", "active", "suspended"),
        ("released", "suspended", "active"),
        ("held", "active", "suspended"),
        ("activated", "not_installed", "active"),
        ("registered", None, "not_installed"),
    ]
    fraud, released, held, *people = story
    assert (fraud["reason"], fraud["note"]) == ("fraud", "SIM box")
    assert (held["reason"], held["decision_id"]) == ("non_payment", str(order.decision_id))
    assert (released["decision_id"], released["actor_id"]) == (str(release.decision_id), None)
    assert all(one["actor_id"] for one in (fraud, *people))
    assert [one["version"] for one in story] == [5, 4, 3, 2, 1]


async def test_filters_narrow_the_list(
    service: Running, client: httpx.AsyncClient, customer: Make, line: Make
) -> None:
    owner = await customer()
    active = (await line(owner["id"]))["id"]
    waiting = (await line(owner["id"], active=False, plan_name="Cobre"))["id"]
    held = (await line())["id"]
    gone = (await line())["id"]
    await service.deliver(suspend(held, 1))
    await client.post(f"/lines/{gone}/cancel")

    assert await ids(client) == [active, waiting, held, gone]
    assert await ids(client, customer_id=owner["id"], sort="-number") == [waiting, active]
    assert await ids(client, status="active") == [active]
    assert await ids(client, status="not_installed") == [waiting]
    assert await ids(client, status="suspended") == [held]
    assert await ids(client, status="cancelled") == [gone]
    assert await ids(client, hold="non_payment") == [held]
    assert await ids(client, hold="fraud") == []
    assert await ids(client, plan_name="Cobre") == [waiting]
    assert (await client.get("/lines", params={"status": "gone"})).status_code == 422


async def test_another_organizations_line_does_not_exist(service: Running, line: Make) -> None:
    path = f"/lines/{(await line())['id']}"
    async with service.client(organization=service.other_organization) as other:
        for answer in (
            await other.get(path),
            await other.get(f"{path}/holds"),
            await other.get(f"{path}/history"),
            await other.patch(path, json={"plan_name": "x"}),
            await other.post(f"{path}/activate"),
            await other.post(f"{path}/cancel"),
            await other.post(f"{path}/holds", json={"reason": "fraud"}),
            await other.delete(f"{path}/holds/fraud"),
        ):
            assert (answer.status_code, slug(answer)) == (404, "not-found")
        assert await ids(other) == []


async def test_only_clerks_and_administrators_touch_lines(service: Running, line: Make) -> None:
    path = f"/lines/{(await line())['id']}"
    for role, status in ((Role.READ_ONLY, 403), (Role.COLLECTOR, 403), (Role.CLERK, 201)):
        async with service.client(role) as someone:
            assert (await someone.get(path)).status_code == 200
            placed = await someone.post(f"{path}/holds", json={"reason": "fraud"})
            assert placed.status_code == status


async def test_no_line_is_in_service_whose_customer_left_meanwhile(
    client: httpx.AsyncClient, customer: Make, line: Make
) -> None:
    for _ in range(8):
        owner = await customer()
        waiting = await line(owner["id"], active=False)
        activated, left = await asyncio.gather(
            client.post(f"/lines/{waiting['id']}/activate"),
            client.delete(f"/customers/{owner['id']}"),
        )
        assert (activated.status_code, left.status_code) in {(200, 409), (409, 204)}
