"""Reminders on their way: sent once, later, elsewhere, or not at all."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.collections.deliveries.timers import deliver_reminders
from services.collections.pauses.operations import put_pauses
from services.collections.pauses.rules import PauseKind
from services.collections.pauses.store import NewPause
from services.collections.reminders.timers import remind_due
from services.collections.tests.integration.conftest import settled
from services.collections.tests.integration.provider import SECRET, Provider, serve_provider
from services.collections.tests.integration.scene import Invoice, Scene
from services.collections.tests.integration.test_policies import publish
from shared import clock
from shared.clock import FrozenClock
from shared.testing import Running
from shared.testing.mail import MailServer

NINE = datetime(2027, 3, 10, 14, tzinfo=UTC)  # nine in the morning in Guayaquil
SENT = "SELECT * FROM reminder_delivery ORDER BY id"


@pytest.fixture
def frozen() -> Iterator[FrozenClock]:
    """It is nine o'clock."""
    with clock.frozen(NINE) as at:
        yield at


@pytest.fixture
async def scene(frozen: FrozenClock, service: Running, mail_server: MailServer) -> Scene:
    """An organization whose reminders of today have been made, with a way out by mail."""
    return await settled(service, Scene(service, service.organization))


@pytest.fixture
async def provider(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Provider]:
    """A provider of SMS that this process is told of."""
    async with serve_provider() as serving:
        monkeypatch.setenv("COLLECTIONS_SMS_URL", serving.url)
        monkeypatch.setenv("COLLECTIONS_SMS_SECRET", SECRET)
        yield serving


async def remind(scene: Scene, frozen: FrozenClock, **described: Any) -> Invoice:
    """An invoice that is reminded of the next morning."""
    line = (await scene.customer(**described))[0]
    invoice = await scene.issue(line, -1)
    frozen.advance(timedelta(days=1))
    assert await scene.running.run_timer(remind_due) == 1
    return invoice


async def send(scene: Scene) -> list[str]:
    """How the deliveries stand once what is due was tried."""
    await scene.running.run_timer(deliver_reminders)
    return [row["status"] for row in await scene.rows(SENT)]


async def test_a_reminder_is_mailed_once_by_many_workers(
    scene: Scene, frozen: FrozenClock, mail_server: MailServer
) -> None:
    await remind(scene, frozen, name="Ana Pérez", email="ana@example.com")
    await asyncio.gather(*(scene.running.run_timer(deliver_reminders) for _ in range(4)))

    (mail,) = mail_server.messages
    assert mail["To"] == "ana@example.com"
    assert mail["Subject"] == "Andes Net: tu factura A-00000001 vence hoy"
    assert mail["From"] == "Andes Net <billing@duesline.test>"
    assert "Hola, Ana Pérez." in mail.get_content()
    (row,) = await scene.rows(SENT)
    assert (row["status"], row["attempts"], row["settled_at"]) == ("sent", 1, clock.now())
    assert str(row["id"]) in mail["Message-ID"]


async def test_the_condition_of_its_stage_is_judged_again_before_a_reminder_goes_out(
    scene: Scene, frozen: FrozenClock, mail_server: MailServer
) -> None:
    big = {"fact": "amount_due", "op": "gte", "value": "50.00"}
    stages = [
        {"code": "big", "kind": "remind", "day": 1, "when": big},
        {"code": "cut", "kind": "suspend", "day": 90},
    ]
    async with scene.running.client() as client:
        await publish(scene, client, stages=stages)
    lines = [(await scene.customer(email=f"{name}@example.com"))[0] for name in ("ana", "eva")]
    owed = [await scene.issue(line, days_overdue=0, total_minor=5000) for line in lines]
    frozen.advance(timedelta(days=1))
    assert await scene.running.run_timer(remind_due) == 2
    await scene.say(owed[0].paid(1))

    assert sorted(await send(scene)) == ["not_needed", "sent"]
    assert [mail["To"] for mail in mail_server.messages] == ["eva@example.com"]
    details = {row["detail"] for row in await scene.rows(SENT) if row["status"] == "not_needed"}
    assert details == {"the policy no longer reminds this customer of it"}


async def test_the_balance_is_read_again_before_a_reminder_goes_out(
    scene: Scene, frozen: FrozenClock, mail_server: MailServer
) -> None:
    paid = await remind(scene, frozen, email="a@example.com")
    await scene.say(paid.paid())
    assert await send(scene) == ["not_needed"]

    part = await remind(scene, frozen, email="b@example.com")
    await scene.say(part.paid(4000))
    assert await send(scene) == ["not_needed", "sent"]
    assert [mail["To"] for mail in mail_server.messages] == ["b@example.com"]
    assert "$5,00" in mail_server.messages[0].get_content()


async def test_who_has_promised_or_disputes_all_of_it_is_left_in_peace(
    scene: Scene, frozen: FrozenClock, mail_server: MailServer
) -> None:
    invoice = await remind(scene, frozen, email="a@example.com")
    pause = NewPause(
        scene.organization.id,
        invoice.customer_id,
        PauseKind.DISPUTE,
        invoice.id,
        scene.today,
        invoice_id=invoice.id,
        amount_minor=invoice.total_minor,
    )
    async with scene.running.db.transaction(None) as tx:
        await put_pauses(tx, [pause])

    assert await send(scene) == ["not_needed"]
    frozen.advance(timedelta(days=1))
    assert await scene.running.run_timer(remind_due) == 0
    assert mail_server.messages == []


async def test_who_has_no_address_has_the_inbox(scene: Scene, frozen: FrozenClock) -> None:
    await remind(scene, frozen)
    assert await send(scene) == []


async def test_what_falls_into_quiet_hours_of_the_customer_is_put_off_not_dropped(
    scene: Scene, frozen: FrozenClock, mail_server: MailServer
) -> None:
    await remind(scene, frozen, email="a@example.com", time_zone="Pacific/Auckland")
    assert await send(scene) == ["queued"]  # it is three in the night there
    frozen.advance(timedelta(hours=4))
    assert await send(scene) == ["queued"]
    frozen.advance(timedelta(hours=1))

    assert await send(scene) == ["sent"]
    assert len(mail_server.messages) == 1


async def test_who_wants_no_mail_gets_none_even_when_that_is_said_after_the_reminder(
    scene: Scene, frozen: FrozenClock, service: Running, mail_server: MailServer
) -> None:
    invoice = await remind(scene, frozen, email="a@example.com")
    path = f"/collections/contact-preferences/{invoice.customer_id}"
    said = await service.client().put(path, json={"opted_out": ["email"]})
    assert said.status_code == 200, said.text

    assert await send(scene) == ["not_needed"]
    line = scene.lines[invoice.line_id] if invoice.line_id else None
    assert line is not None
    await scene.issue(line, -1)
    frozen.advance(timedelta(days=1))
    await scene.running.run_timer(remind_due)
    assert await send(scene) == ["not_needed"]
    assert mail_server.messages == []


async def test_more_messages_than_a_customer_may_get_in_a_day_wait_for_the_next(
    scene: Scene, frozen: FrozenClock, mail_server: MailServer
) -> None:
    line = (await scene.customer(email="a@example.com"))[0]
    await scene.import_invoices(*(scene.invoice(line, -4) for _ in range(3)))
    frozen.advance(timedelta(days=1))
    await scene.running.run_timer(remind_due)

    assert sorted(await send(scene)) == ["queued", "sent", "sent"]
    frozen.advance(timedelta(days=1))
    assert await send(scene) == ["sent"] * 3
    assert len(mail_server.messages) == 3


async def test_a_failure_for_now_is_tried_again_further_and_further_apart_then_given_up(
    scene: Scene, frozen: FrozenClock, mail_server: MailServer
) -> None:
    mail_server.failing = "451 try later"
    await remind(scene, frozen, email="a@example.com")
    attempts: list[int] = []
    for _ in range(10):
        await send(scene)
        (row,) = await scene.rows(SENT)
        attempts.append(row["attempts"])
        if row["status"] != "queued":
            break
        frozen.move_to(max(row["next_at"], clock.now()))

    assert row["detail"] == "451 try later"
    assert row["status"] in ("failed", "not_needed")
    assert attempts == sorted(attempts)


async def test_a_server_that_comes_back_gets_the_same_message_id(
    scene: Scene, frozen: FrozenClock, mail_server: MailServer
) -> None:
    mail_server.failing = "451 try later"
    await remind(scene, frozen, email="a@example.com")
    assert await send(scene) == ["queued"]
    assert await send(scene) == ["queued"]  # not before its time
    mail_server.failing = None
    frozen.advance(timedelta(minutes=1))

    assert await send(scene) == ["sent"]
    (row,) = await scene.rows(SENT)
    assert (row["attempts"], len(mail_server.messages)) == (2, 1)


async def test_an_address_that_is_refused_has_bounced(
    scene: Scene, frozen: FrozenClock, mail_server: MailServer
) -> None:
    mail_server.refused["a@example.com"] = "550 no such user"
    await remind(scene, frozen, email="a@example.com")

    assert await send(scene) == ["bounced"]
    (row,) = await scene.rows(SENT)
    assert "no such user" in row["detail"]


async def test_a_worker_that_died_while_sending_is_followed_by_another(
    scene: Scene, frozen: FrozenClock, mail_server: MailServer
) -> None:
    await remind(scene, frozen, email="a@example.com")
    async with scene.running.db.transaction(None) as tx:
        await tx.execute(
            "UPDATE reminder_delivery SET attempts = 1, next_at = %s",
            (clock.now() + timedelta(minutes=5),),
        )
    assert await send(scene) == ["queued"]
    frozen.advance(timedelta(minutes=5))
    assert await send(scene) == ["sent"]


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (202, "sent"),
        (200, "sent"),
        (422, "bounced"),
        (410, "bounced"),
        (429, "queued"),
        (500, "queued"),
        (401, "queued"),
    ],
)
async def test_a_provider_gets_one_signed_request_and_its_answer_decides(
    scene: Scene, frozen: FrozenClock, provider: Provider, answer: int, status: str
) -> None:
    provider.status = answer
    await remind(scene, frozen, phone="+593991234567", language="en")

    assert await send(scene) == [status]
    assert provider.attempts == 1
    if status == "sent":
        (message,) = provider.messages
        (row,) = await scene.rows(SENT)
        assert message["id"] == str(row["id"])
        assert (message["to"], message["channel"]) == ("+593991234567", "sms")
        assert message["text"].startswith("Hello Ana.")


async def test_a_provider_that_does_not_answer_is_asked_again(
    scene: Scene, frozen: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLLECTIONS_SMS_URL", "http://127.0.0.1:9/")
    await remind(scene, frozen, phone="+593991234567")
    assert await send(scene) == ["queued"]


async def test_a_bounce_reported_later_is_written_down_once(
    scene: Scene, frozen: FrozenClock, service: Running
) -> None:
    await remind(scene, frozen, email="a@example.com")
    client = service.client()
    (row,) = await scene.rows(SENT)
    path = f"/collections/reminder-deliveries/{row['id']}/bounced"
    early = await client.post(path, json={"reason": "mailbox full"})
    await send(scene)
    late = await client.post(path, json={"reason": "mailbox full"})
    again = await client.post(path, json={"reason": "other"})

    assert (early.status_code, late.status_code, again.status_code) == (409, 200, 200)
    assert (again.json()["status"], again.json()["detail"]) == ("bounced", "mailbox full")
    listed = await client.get("/collections/reminders", params={"delivery": "bounced"})
    (reminder,) = listed.json()["items"]
    detail = (await client.get(f"/collections/reminders/{reminder['id']}")).json()
    assert [one["status"] for one in detail["deliveries"]] == ["bounced"]
