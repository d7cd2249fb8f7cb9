"""Invoices sent by e-mail through a real mail server: once asked, at least once, told as facts."""

from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import httpx
import pytest

from services.billing.deliveries.rules import LEASE, MINUTES
from services.billing.deliveries.timers import deliver_invoices
from services.billing.tests.integration.facts import customer, known_customer
from services.billing.tests.integration.runs import adopted, finished
from shared import clock
from shared.auth import Role
from shared.contracts.billing import (
    InvoiceBounced,
    InvoiceIssued,
    InvoiceSent,
)
from shared.contracts.customers import CustomerUpdated
from shared.testing import Running
from shared.testing.mail import MailServer

ROSA = "rosa@example.com"


async def drafted(client: httpx.AsyncClient, service: Running, **more: Any) -> str:
    """A draft of 100.00 for a customer with an address; its id."""
    customer_id = await known_customer(service, **({"email": ROSA} | more))
    item = {"description": "Fibra 300", "unit_price": {"amount": "100.00"}}
    answer = await client.post("/invoices", json={"customer_id": str(customer_id), "items": [item]})
    assert answer.status_code == 201, answer.text
    invoice_id: str = answer.json()["id"]
    return invoice_id


async def sent(client: httpx.AsyncClient, service: Running, **more: Any) -> dict[str, Any]:
    """An invoice that was just asked to be sent."""
    answer = await client.post(f"/invoices/{await drafted(client, service, **more)}/send")
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def delivery(client: httpx.AsyncClient, invoice: dict[str, Any]) -> dict[str, Any]:
    """The newest delivery of an invoice."""
    answer = await client.get(f"/invoices/{invoice['id']}/deliveries")
    newest: dict[str, Any] = answer.json()["items"][0]
    return newest


def parts(message: EmailMessage) -> dict[str, Any]:
    """The contents of a message by type."""
    return {
        part.get_content_type(): part.get_content()
        for part in message.walk()
        if not part.is_multipart()
    }


async def test_sending_a_draft_issues_it_and_mails_it_with_its_pdf(
    client: httpx.AsyncClient, service: Running, mail_server: MailServer
) -> None:
    invoice = await sent(client, service)
    assert invoice["status"] == "sent"
    assert invoice["delivery"]["state"] == "waiting"

    assert await service.run_timer(deliver_invoices) == 1

    (message,) = mail_server.to(ROSA)
    contents = parts(message)
    assert message["Subject"] == "Factura INV-00000001 de Andes Net"
    assert message["From"] == "Andes Net <billing@duesline.test>"
    assert "Adjuntamos su factura INV-00000001" in contents["text/plain"]
    assert "vence el 5 dic 2026" in contents["text/plain"]
    assert "Total por pagar" in contents["text/html"]
    assert contents["application/pdf"].startswith(b"%PDF")
    assert (await delivery(client, invoice))["state"] == "sent"
    issued, told = await service.emitted()
    assert isinstance(issued.data, InvoiceIssued)
    assert isinstance(told.data, InvoiceSent)
    assert (told.data.number, told.data.recipient, told.data.attempt) == (
        "INV-00000001",
        ROSA,
        1,
    )


async def test_a_customer_is_written_to_in_his_own_language(
    client: httpx.AsyncClient, service: Running, mail_server: MailServer
) -> None:
    await sent(client, service, language="en", name="Jane <b>Doe</b>")

    await service.run_timer(deliver_invoices)

    (message,) = mail_server.messages
    assert message["Subject"] == "Invoice INV-00000001 from Andes Net"
    assert "Hello Jane &lt;b&gt;Doe&lt;/b&gt;," in parts(message)["text/html"]


async def test_nothing_is_mailed_twice_by_running_again(
    client: httpx.AsyncClient, service: Running, mail_server: MailServer
) -> None:
    await sent(client, service)

    assert await service.run_timer(deliver_invoices) == 1
    assert await service.run_timer(deliver_invoices) == 0
    assert len(mail_server.messages) == 1


async def test_sending_again_is_a_second_attempt_under_another_message_id(
    client: httpx.AsyncClient, service: Running, mail_server: MailServer
) -> None:
    invoice = await sent(client, service)
    await service.run_timer(deliver_invoices)
    again = await client.post(f"/invoices/{invoice['id']}/send")
    await service.run_timer(deliver_invoices)

    assert again.json()["delivery"]["attempt"] == 2
    assert again.json()["version"] == invoice["version"]
    first, second = mail_server.messages
    assert first["Message-ID"] != second["Message-ID"]
    kinds = [type(event.data) for event in await service.emitted()]
    assert kinds == [InvoiceIssued, InvoiceSent, InvoiceSent]


async def test_a_customer_without_an_address_is_still_invoiced(
    client: httpx.AsyncClient, service: Running, mail_server: MailServer
) -> None:
    invoice = await sent(client, service, email=None)

    await service.run_timer(deliver_invoices)

    assert invoice["status"] == "sent"
    assert (await delivery(client, invoice))["state"] == "no_address"
    assert mail_server.messages == []


async def test_an_address_that_came_later_is_used_by_the_next_attempt(
    client: httpx.AsyncClient, service: Running, mail_server: MailServer
) -> None:
    invoice = await sent(client, service, email=None)
    await service.deliver(customer(invoice["customer_id"], CustomerUpdated, version=2, email=ROSA))

    await client.post(f"/invoices/{invoice['id']}/send")
    await service.run_timer(deliver_invoices)

    assert len(mail_server.to(ROSA)) == 1


async def test_without_a_mail_server_it_waits_and_says_why_and_then_goes_out(
    client: httpx.AsyncClient,
    service: Running,
    mail_server: MailServer,
    monkeypatch: pytest.MonkeyPatch,
    noon: clock.FrozenClock,
) -> None:
    invoice = await sent(client, service)
    with monkeypatch.context() as without:
        without.setenv("DUESLINE_SMTP_HOST", "")
        await service.run_timer(deliver_invoices)
    waiting = await delivery(client, invoice)
    noon.advance(timedelta(minutes=1))
    await service.run_timer(deliver_invoices)

    assert (waiting["state"], waiting["reason"]) == ("waiting", "no mail server is configured")
    assert waiting["tries"] == 0
    assert (await delivery(client, invoice))["state"] == "sent"


async def test_a_refusal_for_the_moment_is_tried_again_later_with_the_same_message_id(
    client: httpx.AsyncClient, service: Running, mail_server: MailServer, noon: clock.FrozenClock
) -> None:
    invoice = await sent(client, service)
    mail_server.failing = "451 try later"
    await service.run_timer(deliver_invoices)
    waiting = await delivery(client, invoice)
    assert (waiting["state"], waiting["tries"]) == ("waiting", 1)
    assert waiting["reason"] == "451 try later"
    assert await service.run_timer(deliver_invoices) == 0

    noon.advance(timedelta(minutes=MINUTES[0]))
    mail_server.failing = None
    await service.run_timer(deliver_invoices)

    assert (await delivery(client, invoice))["state"] == "sent"
    assert str(waiting["id"]) in str(mail_server.messages[0]["Message-ID"])


async def test_it_is_given_up_after_five_days(
    client: httpx.AsyncClient, service: Running, mail_server: MailServer, noon: clock.FrozenClock
) -> None:
    invoice = await sent(client, service)
    mail_server.failing = "451 try later"
    for minutes in MINUTES:
        await service.run_timer(deliver_invoices)
        noon.advance(timedelta(minutes=minutes))
    await service.run_timer(deliver_invoices)

    async with service.client() as later:  # a token does not live for five days
        given_up = await delivery(later, invoice)
    assert given_up["state"] == "failed"
    assert given_up["reason"] == "given up: 451 try later"
    assert sum(MINUTES) >= 4 * 1440


async def test_a_refused_recipient_bounces_and_is_told(
    client: httpx.AsyncClient, service: Running, mail_server: MailServer
) -> None:
    mail_server.refused[ROSA] = "550 5.1.1 no such user"
    invoice = await sent(client, service)

    await service.run_timer(deliver_invoices)

    assert (await delivery(client, invoice))["state"] == "bounced"
    _, told = await service.emitted()
    assert isinstance(told.data, InvoiceBounced)
    assert told.data.reason == "550 5.1.1 no such user"


async def test_a_bounce_reported_later_is_told_once(
    client: httpx.AsyncClient, service: Running, mail_server: MailServer
) -> None:
    invoice = await sent(client, service)
    early = await client.post(
        f"/deliveries/{invoice['delivery']['id']}/bounced", json={"reason": "mailbox full"}
    )
    await service.run_timer(deliver_invoices)
    await service.emitted()

    path = f"/deliveries/{invoice['delivery']['id']}/bounced"
    for _ in range(2):
        answer = await client.post(path, json={"reason": "mailbox full"})
        assert answer.json()["state"] == "bounced"

    assert early.status_code == 409
    assert early.json()["type"].endswith("/delivery-not-sent")
    (told,) = await service.emitted()
    assert isinstance(told.data, InvoiceBounced)
    listed = await client.get("/deliveries", params={"state": "bounced"})
    assert [row["id"] for row in listed.json()["items"]] == [invoice["delivery"]["id"]]


async def test_a_try_lost_with_its_process_is_made_again(
    client: httpx.AsyncClient,
    service: Running,
    mail_server: MailServer,
    noon: clock.FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    invoice = await sent(client, service)

    async def killed(*_: Any) -> None:
        raise RuntimeError("killed after the server said yes")

    with monkeypatch.context() as crash:
        crash.setattr("services.billing.deliveries.timers._note", killed)
        with pytest.raises(RuntimeError):
            await service.run_timer(deliver_invoices)
    assert await service.run_timer(deliver_invoices) == 0
    noon.advance(LEASE)
    await service.run_timer(deliver_invoices)

    first, second = mail_server.messages  # at least once, and recognizable
    assert first["Message-ID"] == second["Message-ID"]
    assert (await delivery(client, invoice))["state"] == "sent"


async def test_an_invoice_voided_meanwhile_is_not_mailed(
    client: httpx.AsyncClient, service: Running, mail_server: MailServer
) -> None:
    invoice = await sent(client, service)
    await client.post(f"/invoices/{invoice['id']}/void", json={"reason": "a slip"})

    await service.run_timer(deliver_invoices)

    assert mail_server.messages == []
    assert (await delivery(client, invoice))["reason"] == "the invoice was voided"
    again = await client.post(f"/invoices/{invoice['id']}/send")
    assert again.json()["type"].endswith("/invoice-not-issued")


@pytest.mark.parametrize("wanted", [True, False])
async def test_a_bill_run_is_delivered_once_where_the_organization_wants_it(
    client: httpx.AsyncClient, service: Running, mail_server: MailServer, wanted: bool
) -> None:
    terms = {"due_days": 15, "due_soon_days": 3, "deliver_bill_runs": wanted}
    assert (await client.put("/invoices/terms", json=terms)).status_code == 200
    await adopted(client, service, 3)

    for _ in range(2):
        await finished(client, service)
        await service.run_timer(deliver_invoices)

    states = (await client.get("/deliveries")).json()["items"]
    assert len(states) == (3 if wanted else 0)


async def test_deliveries_of_another_organization_do_not_exist(
    client: httpx.AsyncClient, service: Running
) -> None:
    invoice = await sent(client, service)
    async with service.client(organization=service.other_organization) as other:
        answers = [
            await other.get(f"/invoices/{invoice['id']}/deliveries"),
            await other.get(f"/invoices/{invoice['id']}/pdf"),
            await other.post(f"/invoices/{invoice['id']}/send"),
            await other.post(
                f"/deliveries/{invoice['delivery']['id']}/bounced", json={"reason": "x"}
            ),
        ]
        listed = await other.get("/deliveries")

    assert [answer.status_code for answer in answers] == [404] * 4
    assert listed.json()["items"] == []


async def test_reading_papers_takes_no_right_to_write_and_sending_does(
    client: httpx.AsyncClient, service: Running
) -> None:
    invoice_id = await drafted(client, service)
    async with service.client(Role.READ_ONLY) as reader:
        paper = await reader.get(f"/invoices/{invoice_id}/pdf")
        refused = await reader.post(f"/invoices/{invoice_id}/send")

    assert paper.status_code == 200
    assert paper.headers["content-type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF")
    assert 'filename="draft.pdf"' in paper.headers["content-disposition"]
    assert refused.status_code == 403
