"""The channels that are open in this process, and one door to all of them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from email.headerregistry import Address
from email.utils import parseaddr
from typing import NamedTuple
from uuid import UUID

import httpx

from services.collections.channels.http import HttpChannel
from services.collections.channels.rules import Channel, Way
from services.collections.settings import CollectionsSettings, settings
from shared.bus.handlers import Transient
from shared.mail import Mailer, MailSettings, Outcome, new_message


class Message(NamedTuple):
    """What is sent to one customer; the id stays the same when it is sent again."""

    id: UUID
    provider: str
    title: str
    body: str
    language: str


def open_channels() -> frozenset[Channel]:
    """The channels this process is told a way out for."""
    told = settings()
    ways = {
        Channel.EMAIL: MailSettings().on,
        Channel.SMS: bool(told.sms_url),
        Channel.WHATSAPP: bool(told.whatsapp_url),
    }
    return frozenset(channel for channel, is_open in ways.items() if is_open)


class Ways:
    """Sends a message over whichever channel it is for."""

    def __init__(self, mailer: Mailer, sender: str, providers: dict[Channel, HttpChannel]) -> None:
        self._mailer = mailer
        self._sender = parseaddr(sender)[1] or sender
        self._providers = providers

    async def send(self, way: Way, message: Message) -> Outcome:
        """Send one message; raises Transient, also where the channel is closed by now."""
        if way.channel is Channel.EMAIL:
            return await self._mail(way, message)
        provider = self._providers.get(way.channel)
        if provider is None:
            raise Transient(f"no provider of {way.channel} is configured")
        return await provider.send(message.id, way, message.body, message.language)

    async def _mail(self, way: Way, message: Message) -> Outcome:
        mail = new_message()
        domain = self._sender.rpartition("@")[2]
        mail["Subject"] = message.title
        mail["From"] = Address(message.provider, addr_spec=self._sender)
        mail["To"] = way.address
        mail["Message-ID"] = f"<{message.id}@{domain}>"
        mail["Content-Language"] = message.language
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.body)
        return await self._mailer.send(mail)


@asynccontextmanager
async def open_ways() -> AsyncIterator[Ways]:
    """The door, while messages are being sent."""
    told, mail = settings(), MailSettings()
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(httpx.AsyncClient())
        mailer = await stack.enter_async_context(Mailer(mail))
        yield Ways(mailer, mail.sender, _providers(client, told))


def _providers(client: httpx.AsyncClient, told: CollectionsSettings) -> dict[Channel, HttpChannel]:
    known = {
        Channel.SMS: (told.sms_url, told.sms_secret),
        Channel.WHATSAPP: (told.whatsapp_url, told.whatsapp_secret),
    }
    return {
        channel: HttpChannel(client, url, secret.get_secret_value())
        for channel, (url, secret) in known.items()
        if url
    }
