"""Mail through a real SMTP server: taken in, refused, or to be tried again."""

from email.message import EmailMessage

import pytest
from pydantic import SecretStr

from shared.bus.handlers import Transient
from shared.mail import Bounced, Delivered, Mailer, MailSettings, is_address, new_message
from shared.testing.mail import MailServer


def message(to: str = "rosa@example.com") -> EmailMessage:
    """A small message."""
    made = new_message()
    made["From"] = "Andes Net <billing@andes.example>"
    made["To"] = to
    made["Subject"] = "Tu factura de año nuevo"
    made["Message-ID"] = "<one@duesline>"
    made.set_content("Hola, Rosa: ñandú.\n")
    return made


async def test_a_message_that_is_taken_in_is_delivered_as_it_was_written(
    mail_server: MailServer,
) -> None:
    async with Mailer(MailSettings()) as mailer:  # the environment names the server
        outcome = await mailer.send(message())

    assert outcome == Delivered("taken in")
    (received,) = mail_server.to("rosa@example.com")
    assert received["Subject"] == "Tu factura de año nuevo"
    assert received["Message-ID"] == "<one@duesline>"
    assert received.get_content().strip() == "Hola, Rosa: ñandú."


async def test_several_messages_share_a_connection_and_a_refusal_stops_none(
    mail_server: MailServer,
) -> None:
    mail_server.refused["gone@example.com"] = "550 5.1.1 no such user"
    async with Mailer(mail_server.settings) as mailer:
        outcomes = [
            await mailer.send(message(to))
            for to in ("rosa@example.com", "gone@example.com", "luis@example.com")
        ]

    assert outcomes[1] == Bounced("550 5.1.1 no such user", 550)
    assert isinstance(outcomes[0], Delivered)
    assert isinstance(outcomes[2], Delivered)
    assert len(mail_server.messages) == 2


async def test_content_refused_for_good_bounces(mail_server: MailServer) -> None:
    mail_server.failing = "552 too large"
    async with Mailer(mail_server.settings) as mailer:
        assert await mailer.send(message()) == Bounced("552 too large", 552)


@pytest.mark.parametrize("where", ["recipient", "content"])
async def test_a_refusal_for_the_moment_is_transient_and_the_next_try_succeeds(
    mail_server: MailServer, where: str
) -> None:
    if where == "recipient":
        mail_server.refused["rosa@example.com"] = "451 greylisted"
    else:
        mail_server.failing = "451 try later"
    async with Mailer(mail_server.settings) as mailer:
        with pytest.raises(Transient, match="451"):
            await mailer.send(message())
        mail_server.refused.clear()
        mail_server.failing = None
        assert isinstance(await mailer.send(message()), Delivered)


async def test_no_server_is_transient() -> None:
    async with Mailer(MailSettings(host="127.0.0.1", port=1, tls="off")) as mailer:
        with pytest.raises(Transient):
            await mailer.send(message())


async def test_a_server_that_cannot_do_what_is_configured_bounces_nobody(
    mail_server: MailServer,
) -> None:
    for broken in ({"tls": "starttls"}, {"user": "duesline", "password": SecretStr("secret")}):
        async with Mailer(mail_server.settings.model_copy(update=broken)) as mailer:
            with pytest.raises(Transient):
                await mailer.send(message())


async def test_no_configured_server_is_transient_and_visible(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DUESLINE_SMTP_HOST", raising=False)
    assert not MailSettings().on
    async with Mailer(MailSettings()) as mailer:
        with pytest.raises(Transient, match="no mail server"):
            await mailer.send(message())


async def test_a_server_that_was_restarted_is_connected_to_anew(mail_server: MailServer) -> None:
    async with Mailer(mail_server.settings) as mailer:
        await mailer.send(message())
        assert mailer._client is not None
        mailer._client.close()

        assert isinstance(await mailer.send(message()), Delivered)


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        ("rosa@example.com", True),
        ("rosa.quispe+billing@correo.com.ec", True),
        ("ñandú@correo.ec", True),
        ("rosa", False),
        ("rosa@localhost", False),
        ("rosa@example.com, luis@example.com", False),
        ("rosa@example.com\nBcc: all@example.com", False),
        ("<rosa@example.com>", False),
        ("a" * 250 + "@example.com", False),
    ],
)
def test_an_address_names_one_mailbox(text: str, fine: bool) -> None:
    assert is_address(text) is fine


async def test_what_is_not_an_address_bounces_without_asking_the_server(
    mail_server: MailServer,
) -> None:
    async with Mailer(mail_server.settings) as mailer:
        assert isinstance(await mailer.send(message("rosa")), Bounced)
    assert mail_server.attempts == 0
