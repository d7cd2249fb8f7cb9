"""E-mail through an SMTP server: what became of one message, never more than that is known.

A server that takes a message in has `Delivered` it as far as SMTP can tell; one that refuses
the recipient or the content for good has `Bounced` it. Everything else (no connection, a 4xx,
a refused login or sender, which are faults of ours and not of the address) is Transient: the
same message is sent again later. A message that is sent again keeps its Message-ID, so that a
reader's program can tell it is the same.

Who sends keeps no transaction open meanwhile.
"""

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from email.utils import parseaddr
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self

import aiosmtplib
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.bus.handlers import Transient

SECONDS: Final = 20.0
ADDRESS: Final = re.compile(
    r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+\.[^\s@<>,;:\"()\[\]\\]+"
)
MOST_REASON: Final = 500


class MailSettings(BaseSettings):
    """The mail server of a process, `DUESLINE_SMTP_*`; without a host there is none."""

    model_config = SettingsConfigDict(env_prefix="DUESLINE_SMTP_", extra="ignore")

    host: str = ""
    port: int = Field(587, ge=1, le=65535)
    tls: Literal["off", "starttls", "tls"] = "starttls"
    user: str = ""
    password: SecretStr = SecretStr("")
    password_file: Path | None = None
    sender: str = Field("billing@localhost", description="The address mail comes from.")

    @property
    def on(self) -> bool:
        """Whether there is a server to send through."""
        return bool(self.host)

    def secret(self) -> str:
        """The password, from its file when that is how it is given."""
        if self.password_file is not None:
            return self.password_file.read_text().strip()
        return self.password.get_secret_value()


@dataclass(frozen=True, slots=True)
class Delivered:
    """The server took the message in; `answer` is what it said."""

    answer: str


@dataclass(frozen=True, slots=True)
class Bounced:
    """The message cannot be delivered, now or later."""

    reason: str
    code: int | None = None


Outcome = Delivered | Bounced


def is_address(text: str) -> bool:
    """Whether this can be the address of one mailbox; header tricks and lists cannot."""
    return len(text) <= 254 and ADDRESS.fullmatch(text) is not None


class Mailer:
    """Sends messages over one connection, opened when first needed and opened anew when lost.

    Use it as an async context manager. Several tasks may send at once: they take turns.
    """

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings
        self._client: aiosmtplib.SMTP | None = None
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def send(self, message: EmailMessage) -> Outcome:
        """Hand one message, with one recipient in `To`, to the server; raises Transient."""
        address = parseaddr(str(message["To"]))[1]
        if not is_address(address):
            return Bounced("not an address of a mailbox")
        async with self._turn:
            try:
                client = await self._connected()
            except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
                raise Transient(_line(f"{type(error).__name__}: {error}")) from error
            try:
                return await self._send(client, message, address)
            except aiosmtplib.SMTPRecipientsRefused as refused:
                return _refused(refused.recipients[0])
            except aiosmtplib.SMTPDataError as refused:
                return _refused(refused)
            except (aiosmtplib.SMTPNotSupported, UnicodeError, ValueError) as error:
                return Bounced(_line(str(error)))
            except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
                await self._drop()
                raise Transient(_line(f"{type(error).__name__}: {error}")) from error

    async def _send(
        self, client: aiosmtplib.SMTP, message: EmailMessage, address: str
    ) -> Delivered:
        sender = parseaddr(str(message["From"]))[1] or self._settings.sender
        _, answer = await client.send_message(message, sender=sender, recipients=[address])
        return Delivered(_line(answer))

    async def _connected(self) -> aiosmtplib.SMTP:
        if self._client is not None and self._client.is_connected:
            return self._client
        settings = self._settings
        if not settings.on:
            raise ConnectionError("no mail server is configured")
        client = aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            username=settings.user or None,
            password=settings.secret() or None,
            use_tls=settings.tls == "tls",
            start_tls=settings.tls == "starttls",
            timeout=SECONDS,
        )
        await client.connect()
        self._client = client
        return client

    async def close(self) -> None:
        """Say goodbye, if there is anyone to say it to."""
        client, self._client = self._client, None
        if client is not None and client.is_connected:
            with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
                await client.quit()

    async def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()


def _refused(refusal: aiosmtplib.SMTPResponseException) -> Bounced:
    """A refusal of recipient or content: for good with 5xx, else for the moment."""
    reason = _line(f"{refusal.code} {refusal.message}")
    if refusal.code < 500:
        raise Transient(reason)
    return Bounced(reason, refusal.code)


def _line(text: str) -> str:
    """Another machine's words as one bounded line."""
    return " ".join(text.split())[:MOST_REASON]


def new_message() -> EmailMessage:
    """An empty message that is written out as SMTP wants it; headers cannot hold line breaks."""
    return EmailMessage(policy=POLICY)
