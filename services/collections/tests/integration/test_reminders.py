"""Reminders: made once, whatever is re-run, and read."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.collections.clock.timers import assess_due
from services.collections.reminders import timers
from services.collections.reminders.timers import remind_due
from services.collections.tests.integration.conftest import settled
from services.collections.tests.integration.scene import Invoice, Scene
from shared import clock
from shared.auth import Role
from shared.clock import FrozenClock
from shared.contracts.billing import InvoiceDueToday
from shared.contracts.collections import ReminderCreated
from shared.ids import new_id
from shared.testing import Running

NINE = datetime(2027, 3, 10, 14, tzinfo=UTC)  # nine in the morning in Guayaquil
MADE = "SELECT * FROM reminder ORDER BY created_at, id"


@pytest.fixture
def frozen() -> Iterator[FrozenClock]:
    """It is nine o'clock, before anything is known of the organization."""
    with clock.frozen(NINE) as at:
        yield at


@pytest.fixture
async def scene(frozen: FrozenClock, service: Running) -> Scene:
    """An organization whose reminders of today have been made."""
    return await settled(service, Scene(service, service.organization))


async def kinds(scene: Scene) -> list[str]:
    return [row["kind"] for row in await scene.rows(MADE)]


async def next_morning(scene: Scene, frozen: FrozenClock, days: int = 1) -> int:
    frozen.advance(timedelta(days=days))
    return await scene.running.run_timer(remind_due)


async def due_in(scene: Scene, days: int, **described: Any) -> Invoice:
    line = (await scene.customer(**described))[0]
    return await scene.issue(line, -days)


async def test_an_invoice_is_reminded_of_before_on_and_after_its_due_date(
    scene: Scene, frozen: FrozenClock
) -> None:
    await due_in(scene, 4)
    days: list[tuple[int, str]] = []
    for number in range(1, 30):
        before = len(await kinds(scene))
        await next_morning(scene, frozen)
        days += [(number - 4, kind) for kind in (await kinds(scene))[before:]]

    assert days == [
        (-3, "upcoming"),
        (0, "due_today"),
        (1, "overdue"),
        (8, "overdue"),
        (15, "overdue"),
        (22, "overdue"),
    ]


async def test_a_reminder_says_what_is_open_in_the_customers_language_and_is_announced(
    scene: Scene, frozen: FrozenClock
) -> None:
    invoice = await due_in(scene, 1, name="Ana Pérez", language="en")
    await scene.say(invoice.paid(1000))
    await scene.running.emitted()
    await next_morning(scene, frozen)

    (made,) = await scene.rows(MADE)
    assert made["title"] == "Andes Net: your invoice A-00000001 is due today"
    assert "Hello Ana Pérez. Your invoice A-00000001 for $35.00" in made["body"]
    (event,) = [
        event for event in await scene.running.emitted() if isinstance(event.data, ReminderCreated)
    ]
    assert isinstance(event.data, ReminderCreated)
    assert (event.data.reminder_id, event.data.open_minor) == (made["id"], 3500)
    assert event.data.created_at == clock.now()


async def test_nobody_is_reminded_of_what_is_paid_or_void(
    scene: Scene, frozen: FrozenClock
) -> None:
    paid, void = await due_in(scene, 1), await due_in(scene, 1)
    await scene.say(paid.paid(), void.voided())

    assert await next_morning(scene, frozen) == 0


async def test_a_day_is_worked_through_once_by_pages_of_any_size(
    scene: Scene, frozen: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timers, "PAGE", 3)
    line = await scene.line()
    await scene.import_invoices(*(scene.invoice(line, late) for late in (-2, -1, 0, 7) * 5))

    assert await next_morning(scene, frozen) == 20 - 5  # what is due in two days comes later
    assert await scene.running.run_timer(remind_due) == 0


async def test_days_nobody_worked_are_made_up_for_once(scene: Scene, frozen: FrozenClock) -> None:
    await due_in(scene, 4)
    await due_in(scene, 8)
    assert await next_morning(scene, frozen, 6) == 2

    assert sorted(await kinds(scene)) == ["overdue", "upcoming"]


async def test_reminders_of_a_day_wait_until_the_day_is_judged(
    scene: Scene, frozen: FrozenClock
) -> None:
    await due_in(scene, 0)
    day = "UPDATE assessment_clock SET target = %s WHERE organization_id = %s RETURNING 1"
    await scene.rows(day, scene.today + timedelta(days=1), scene.organization.id)
    assert await next_morning(scene, frozen) == 0
    await scene.running.run_timer(assess_due)
    assert await scene.running.run_timer(remind_due) == 1


async def test_re_run_in_parallel_at_any_time_reminders_of_a_kind_are_a_day_apart(
    scene: Scene, frozen: FrozenClock
) -> None:
    line = await scene.line()
    await scene.import_invoices(*(scene.invoice(line, late) for late in range(-6, 12)))
    again = (
        "UPDATE reminder_clock SET watermark = watermark - %s, next_at = %s, target = NULL,"
        " after_due_on = NULL, after_invoice_id = NULL"
    )
    for hours, back in ((24, 1), (0, 2), (5, 1), (20, 3), (1, 1), (47, 2), (-30, 1), (54, 9)):
        frozen.advance(timedelta(hours=hours))
        async with scene.running.db.transaction(None) as tx:
            await tx.execute(again, (back, clock.now()))
        await asyncio.gather(*(scene.running.run_timer(remind_due) for _ in range(4)))

    pairs = await scene.rows(
        "SELECT created_at - lag(created_at) OVER (PARTITION BY invoice_id, kind ORDER BY"
        " created_at) AS apart FROM reminder"
    )
    apart = [row["apart"] for row in pairs if row["apart"] is not None]
    assert apart
    assert min(apart) >= timedelta(hours=24)


async def test_what_was_issued_after_the_days_round_is_reminded_of_when_billing_says_it_is_due(
    scene: Scene, frozen: FrozenClock
) -> None:
    invoice = await due_in(scene, 0)
    facts = invoice.overdue().model_dump()
    for _ in range(2):
        await scene.say(InvoiceDueToday(**facts))

    assert await kinds(scene) == ["due_today"]


async def test_a_clock_moved_forward_reminds_at_once(frozen: FrozenClock, scene: Scene) -> None:
    await due_in(scene, 10)
    await scene.pass_days(10)
    await scene.running.run_timer(remind_due)

    (made,) = await scene.rows(MADE)
    assert (made["kind"], made["created_at"]) == ("due_today", NINE + timedelta(days=10))


async def inbox(client: httpx.AsyncClient, customer_id: UUID, **params: Any) -> list[str]:
    answer = await client.get(f"/customers/{customer_id}/reminders", params=params)
    assert answer.status_code == 200, answer.text
    return [one["kind"] for one in answer.json()["items"]]


async def test_an_inbox_is_listed_filtered_read_and_read_all(
    scene: Scene, frozen: FrozenClock, service: Running
) -> None:
    invoice = await due_in(scene, 4)
    other = await due_in(scene, 4)
    for _ in range(5):
        await next_morning(scene, frozen)
    client = service.client()
    customer_id = invoice.customer_id
    path = f"/customers/{customer_id}/reminders"
    assert await inbox(client, customer_id) == ["overdue", "due_today", "upcoming"]
    assert await inbox(client, customer_id, kind="due_today") == ["due_today"]
    assert await inbox(client, customer_id, invoice_id=str(other.id)) == []
    newest = (await client.get(path)).json()["items"][0]

    read = (await client.post(f"{path}/{newest['id']}/read")).json()
    frozen.advance(timedelta(minutes=5))
    assert (await client.post(f"{path}/{newest['id']}/read")).json() == read
    assert (read["read"], read["read_at"] is not None) == (True, True)
    assert await inbox(client, customer_id, read=False) == ["due_today", "upcoming"]
    assert (await client.post(f"{path}/read-all")).json() == {"read": 2}
    assert (await client.post(f"{path}/read-all")).json() == {"read": 0}
    detail = (await client.get(f"{path}/{newest['id']}")).json()
    assert (detail["invoice_number"], detail["deliveries"]) == ("A-00000001", [])
    everything = (await client.get("/collections/reminders", params={"limit": 4})).json()
    assert (len(everything["items"]), everything["next"] is None) == (4, False)
    unread = await client.get("/collections/reminders", params={"read": False})
    assert {one["customer_id"] for one in unread.json()["items"]} == {str(other.customer_id)}


async def test_an_inbox_is_its_organizations_alone(
    scene: Scene, frozen: FrozenClock, service: Running
) -> None:
    invoice = await due_in(scene, 1)
    await next_morning(scene, frozen)
    (made,) = await scene.rows(MADE)
    path = f"/customers/{invoice.customer_id}/reminders"
    async with service.client(organization=service.other_organization) as other:
        for answer in (
            await other.get(path),
            await other.post(f"{path}/read-all"),
            await other.get(f"{path}/{made['id']}"),
            await other.post(f"{path}/{made['id']}/read"),
            await other.get(f"/collections/reminders/{made['id']}"),
        ):
            assert answer.status_code == 404
        assert (await other.get("/collections/reminders")).json()["items"] == []
    async with service.client(Role.READ_ONLY) as reader:
        assert (await reader.get(path)).status_code == 200
        assert (await reader.post(f"{path}/read-all")).status_code == 403
        assert (await reader.get(f"/customers/{new_id()}/reminders")).status_code == 404


async def test_an_organization_writes_its_own_words(
    scene: Scene, frozen: FrozenClock, service: Running
) -> None:
    client = service.client()
    path = "/collections/reminder-texts/due_today/es"
    words = {"title": "{provider}: hoy", "body": "Paga {amount} hoy, {customer}."}
    refused = await client.put(path, json=words | {"body": "{amount.__class__}"})
    made = await client.put(path, json=words, headers={"If-Match": '"0"'})
    stale = await client.put(path, json=words, headers={"If-Match": '"0"'})
    assert (refused.status_code, made.status_code, stale.status_code) == (422, 200, 412)
    assert made.json()["sample_body"] == "Paga $34,50 hoy, Ana Pérez."
    texts = (await client.get("/collections/reminder-texts")).json()["items"]
    assert [text["own"] for text in texts].count(True) == 1

    await due_in(scene, 1, name="Eva")
    await next_morning(scene, frozen)
    (reminder,) = await scene.rows(MADE)
    assert (reminder["title"], reminder["body"]) == ("Andes Net: hoy", "Paga $45,00 hoy, Eva.")
    client = service.client()
    assert (await client.delete(path)).status_code == 204
    texts = (await client.get("/collections/reminder-texts")).json()["items"]
    assert not any(text["own"] for text in texts)
