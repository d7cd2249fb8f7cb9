"""A real SMTP server for tests: it keeps what it takes in, and refuses what it is told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, Final

from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as SmtpSession

from shared.mail import MailSettings

ACCEPTED: Final = "250 taken in"


@dataclass
class MailServer:
    """What the server took in, and what it refuses: `550 ...` for good, `451 ...` for now."""

    port: int = 0
    messages: list[EmailMessage] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    failing: str | None = None
    """An answer to every message, such as `451 try later`; None takes them in."""
    attempts: int = 0

    @property
    def settings(self) -> MailSettings:
        """How a Mailer reaches the server."""
        return MailSettings(
            host="127.0.0.1", port=self.port, tls="off", sender="billing@duesline.test"
        )

    @property
    def environment(self) -> dict[str, str]:
        """The same, as a process is told it."""
        return {
            "DUESLINE_SMTP_HOST": "127.0.0.1",
            "DUESLINE_SMTP_PORT": str(self.port),
            "DUESLINE_SMTP_TLS": "off",
            "DUESLINE_SMTP_SENDER": "billing@duesline.test",
        }

    def to(self, address: str) -> list[EmailMessage]:
        """The messages for one address, in order of arrival."""
        return [message for message in self.messages if address in str(message["To"])]

    async def handle_RCPT(
        self, server: Any, session: SmtpSession, envelope: Envelope, address: str, options: Any
    ) -> str:
        """Refuse a recipient that is to be refused."""
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: SmtpSession, envelope: Envelope) -> str:
        """Keep a message, unless the server is failing."""
        self.attempts += 1
        if self.failing is not None:
            return self.failing
        content = envelope.original_content
        assert content is not None
        message = message_from_bytes(content, policy=default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        return ACCEPTED


@asynccontextmanager
async def serve_mail() -> AsyncIterator[MailServer]:
    """A mail server on a free port of this machine, in this event loop."""
    loop = asyncio.get_running_loop()
    mail = MailServer()
    listening = await loop.create_server(
        lambda: SMTP(mail, enable_SMTPUTF8=True, loop=loop), "127.0.0.1", 0
    )
    mail.port = listening.sockets[0].getsockname()[1]
    try:
        yield mail
    finally:
        listening.close()
