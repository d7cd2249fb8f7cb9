"""Subscriptions, their changes, and the adoption of lines."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.billing.tests.integration.facts import (
    TODAY,
    customer,
    known_customer,
    line,
)
from services.billing.tests.integration.test_plans import made as plan_made
from shared import clock
from shared.contracts.customers import (
    LineActivated,
    LineCancelled,
    LineReactivated,
    LineStatus,
    LineSuspended,
    LineUpdated,
)
from shared.ids import new_id
from shared.testing import Running
from shared.testing.bed import sample_organization


async def known_line(service: Running, customer_id: UUID, **more: Any) -> UUID:
    """A line the service has heard of."""
    line_id = new_id()
    await service.deliver(line(line_id, customer_id, **more))
    return line_id


async def subscribed(
    client: httpx.AsyncClient, service: Running, plan_id: str, **more: Any
) -> dict[str, Any]:
    """A stored subscription of a new customer."""
    customer_id = more.pop("customer_id", None) or await known_customer(service)
    body = {"customer_id": str(customer_id), "plan_id": plan_id} | more
    answer = await client.post("/subscriptions", json=body)
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def day(offset: int) -> str:
    """A day so far from today."""
    return str(TODAY + timedelta(days=offset))


async def test_a_subscription_tells_its_terms_and_its_history(
    client: httpx.AsyncClient, service: Running
) -> None:
    plan = await plan_made(client)
    stored = await subscribed(
        client, service, plan["id"], billing_day=1, quantity="2", price={"amount": "9.99"}
    )

    read = await client.get(f"/subscriptions/{stored['id']}")

    assert read.json() == stored
    assert (stored["status"], stored["plan_name"], stored["quantity"]) == (
        "active",
        "Fibra 300",
        "2",
    )
    assert (stored["starts_on"], stored["next_start"], stored["bills_on"]) == (day(0),) * 3
    (started,) = stored["timeline"]
    assert (started["kind"], started["effective_on"]) == ("started", day(0))
    assert started["price"] == {"amount": "9.99", "currency": "USD"}


async def test_changes_take_effect_on_their_days(
    client: httpx.AsyncClient, service: Running, noon: clock.FrozenClock
) -> None:
    plan = await plan_made(client)
    fast = await plan_made(client, code="F600", name="Fibra 600")
    path = f"/subscriptions/{(await subscribed(client, service, plan['id']))['id']}"

    await client.post(f"{path}/pause", json={"on": day(5), "reason": "travels"})
    await client.post(f"{path}/resume", json={"on": day(9)})
    changed = await client.post(f"{path}/change", json={"plan_id": fast["id"], "on": day(9)})
    early = await client.post(f"{path}/cancel", json={"on": day(8)})
    paused_twice = await client.post(f"{path}/resume", json={"on": day(10)})

    assert changed.json()["status"] == "active"
    assert [each["kind"] for each in changed.json()["timeline"]] == [
        "started",
        "paused",
        "resumed",
        "changed",
    ]
    assert early.json()["type"].endswith("/change-out-of-order")
    assert paused_twice.json()["current_status"] == "active"
    noon.advance(timedelta(days=6))
    async with service.client() as later:
        assert (await later.get(path)).json()["status"] == "paused"
        listed = (await later.get("/subscriptions?status=paused")).json()["items"]
        assert [each["plan_name"] for each in listed] == ["Fibra 600"]
        assert (await later.get("/subscriptions?status=active")).json()["items"] == []


async def test_a_plan_of_another_rhythm_begins_with_an_unbilled_period(
    client: httpx.AsyncClient, service: Running
) -> None:
    plan = await plan_made(client)
    yearly = await plan_made(client, code="Y", name="Anual", interval="yearly")
    path = f"/subscriptions/{(await subscribed(client, service, plan['id']))['id']}/change"

    within = await client.post(path, json={"plan_id": yearly["id"], "on": day(7)})
    with_a_period = await client.post(path, json={"plan_id": yearly["id"], "on": "2026-12-20"})

    assert within.status_code == 409
    assert within.json()["possible_on"] == "2026-12-20"
    assert with_a_period.status_code == 200


async def test_cancelling_ends_it(client: httpx.AsyncClient, service: Running) -> None:
    plan = await plan_made(client)
    path = f"/subscriptions/{(await subscribed(client, service, plan['id']))['id']}"

    ended = await client.post(f"{path}/cancel", json={})
    again = await client.post(f"{path}/cancel", json={})

    assert (ended.json()["status"], ended.json()["ends_on"]) == ("cancelled", day(0))
    assert ended.json()["bills_on"] is None
    assert again.json()["type"].endswith("/subscription-status")


async def test_a_stale_change_is_refused(client: httpx.AsyncClient, service: Running) -> None:
    plan = await plan_made(client)
    path = f"/subscriptions/{(await subscribed(client, service, plan['id']))['id']}"
    await client.post(f"{path}/pause", json={}, headers={"If-Match": '"1"'})

    stale = await client.post(f"{path}/resume", json={}, headers={"If-Match": '"1"'})

    assert stale.status_code == 412


@pytest.mark.parametrize(
    ("more", "slug"),
    [
        ({"plan_id": str(new_id())}, "plan-unknown"),
        ({"starts_on": "2020-01-01"}, "day-out-of-reach"),
        ({"customer_id": str(new_id())}, "customer-unknown"),
        ({"price": {"amount": "1.00", "currency": "EUR"}}, "amount-invalid"),
    ],
)
async def test_what_cannot_be_subscribed_is_refused(
    client: httpx.AsyncClient, service: Running, more: dict[str, Any], slug: str
) -> None:
    plan = await plan_made(client)
    customer_id = await known_customer(service)
    body = {"customer_id": str(customer_id), "plan_id": plan["id"]} | more

    answer = await client.post("/subscriptions", json=body)

    assert answer.json()["type"].endswith(f"/{slug}")


async def test_an_inactive_plan_takes_nobody_new(
    client: httpx.AsyncClient, service: Running
) -> None:
    plan = await plan_made(client, active=False)
    customer_id = await known_customer(service)

    answer = await client.post(
        "/subscriptions", json={"customer_id": str(customer_id), "plan_id": plan["id"]}
    )

    assert answer.json()["type"].endswith("/plan-inactive")


async def test_a_plan_with_subscriptions_is_not_deleted(
    client: httpx.AsyncClient, service: Running
) -> None:
    plan = await plan_made(client)
    await subscribed(client, service, plan["id"])

    answer = await client.delete(f"/plans/{plan['id']}")

    assert answer.json()["type"].endswith("/plan-in-use")


async def test_the_lines_of_a_plan_are_adopted_once(
    client: httpx.AsyncClient, service: Running
) -> None:
    plan = await plan_made(client)
    owner = await known_customer(service)
    gone = await known_customer(service, active=False)
    adopted = [await known_line(service, owner, number=at) for at in (1, 2)]
    suspended = await known_line(service, owner, number=3, status=LineStatus.SUSPENDED)
    await known_line(service, owner, number=4, plan_name="Otro")
    await known_line(service, owner, number=5, status=LineStatus.CANCELLED)
    await known_line(service, gone)
    taken = await known_line(service, owner, number=6)
    await subscribed(client, service, plan["id"], customer_id=owner, line_id=str(taken))

    first = await client.post(
        f"/plans/{plan['id']}/adopt", json={"billing_day": 1, "keep_prices": True}
    )
    second = await client.post(f"/plans/{plan['id']}/adopt", json={})

    assert first.status_code == 202
    assert first.json() == {"plan_id": plan["id"], "subscribed": 3, "left": 0}
    assert second.json()["subscribed"] == 0
    items = (await client.get(f"/subscriptions?plan_id={plan['id']}")).json()["items"]
    assert {each["line_id"] for each in items} == {str(id_) for id_ in (*adopted, suspended, taken)}
    (one,) = (await client.get(f"/subscriptions?line_id={adopted[0]}")).json()["items"]
    assert (one["billing_day"], one["bills_on"]) == (1, day(0))
    assert one["price"]["amount"] == "25.00"


async def test_a_cancelled_line_ends_its_subscription_whatever_is_heard_first(
    client: httpx.AsyncClient, service: Running, noon: clock.FrozenClock
) -> None:
    plan = await plan_made(client)
    owner = await known_customer(service)
    line_id = await known_line(service, owner)
    stored = await subscribed(client, service, plan["id"], customer_id=owner, line_id=str(line_id))

    noon.advance(timedelta(days=3))
    cancelled = line(line_id, owner, LineCancelled, version=3, status=LineStatus.CANCELLED)
    await service.deliver(cancelled)
    await service.deliver(cancelled, line(line_id, owner, LineUpdated, version=2))

    async with service.client() as later:
        read = (await later.get(f"/subscriptions/{stored['id']}")).json()
        again = await later.post(
            "/subscriptions",
            json={"customer_id": str(owner), "plan_id": plan["id"], "line_id": str(line_id)},
        )
    assert (read["status"], read["ends_on"]) == ("cancelled", day(3))
    assert [each["kind"] for each in read["timeline"]] == ["started", "cancelled"]
    assert again.json()["type"].endswith("/line-cancelled")


async def test_days_of_suspension_are_kept_by_the_local_calendar_in_any_order(
    service: Running, noon: clock.FrozenClock
) -> None:
    line_id, owner = new_id(), new_id()
    await service.deliver(customer(owner), line(line_id, owner, LineActivated))
    noon.move_to(datetime(2026, 11, 24, 3, tzinfo=UTC))  # still the 23rd in Guayaquil
    await service.deliver(
        line(line_id, owner, LineReactivated, version=3, status=LineStatus.ACTIVE)
    )
    noon.move_to(datetime(2026, 11, 21, 12, tzinfo=UTC))
    await service.deliver(
        line(line_id, owner, LineSuspended, version=2, status=LineStatus.SUSPENDED)
    )
    await service.deliver(line(line_id, owner, LineUpdated, version=4))
    await service.deliver(line(line_id, owner, LineUpdated, version=5))

    async with service.db.transaction(None) as tx:
        found = await (
            await tx.execute("SELECT version, status, since FROM line_status ORDER BY version")
        ).fetchall()

    # Versions 4 and 5 follow directly on an active line: no suspension ends with them.
    assert [(row["version"], row["status"], row["since"].day) for row in found] == [
        (2, "suspended", 21),
        (3, "active", 23),
    ]


async def test_a_day_that_a_fact_names_stands_whatever_the_sandbox_clock_says_by_then(
    service: Running,
) -> None:
    line_id, owner = new_id(), new_id()
    facts = sample_organization("Andes", organization_id=service.organization.id)
    moved = facts.model_copy(update={"version": 9, "clock_offset_seconds": 40 * 86_400})
    await service.deliver(customer(owner), line(line_id, owner, LineActivated))
    named = line(
        line_id,
        owner,
        LineSuspended,
        version=2,
        status=LineStatus.SUSPENDED,
        changed_on=TODAY,
    )
    unnamed = line(line_id, owner, LineReactivated, version=3)

    await service.deliver(moved)
    await service.deliver(named, unnamed)

    async with service.db.transaction(None) as tx:
        cursor = await tx.execute("SELECT since FROM line_status ORDER BY version")
        assert [row["since"] for row in await cursor.fetchall()] == [
            TODAY,
            TODAY + timedelta(days=40),
        ]
