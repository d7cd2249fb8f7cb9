"""Messages to a provider of SMS or WhatsApp: one signed HTTP request each.

The request is a JSON body signed as Standard Webhooks has it (`webhook-id`,
`webhook-timestamp`, `webhook-signature`: HMAC-SHA256 over id, timestamp and body), so that
any gateway of a provider can check it with a library there is. The id stays the same when a
message is sent again: a provider that has taken it in already answers 2xx and sends nothing.

2xx: taken in. 400, 404, 410, 413, 422: never will be, so it has bounced. Anything else, and no
answer at all: Transient.
"""

import base64
import hashlib
import hmac
from http import HTTPStatus
from typing import Final
from uuid import UUID

import httpx
import orjson

from services.collections.channels.rules import Way
from shared import clock
from shared.bus.handlers import Transient
from shared.mail import Bounced, Delivered, Outcome

SECONDS: Final = 10.0
FOR_GOOD: Final = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.GONE,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)
MOST_ANSWER: Final = 500
SECRET_PREFIX: Final = "whsec_"


class HttpChannel:
    """Sends through one provider; the client is shared and its caller's to close."""

    def __init__(self, client: httpx.AsyncClient, url: str, secret: str) -> None:
        self._client = client
        self._url = url
        self._key = key_of(secret)

    async def send(self, message_id: UUID, way: Way, text: str, language: str) -> Outcome:
        """Hand one message to the provider; raises Transient."""
        body = orjson.dumps(
            {
                "id": str(message_id),
                "channel": way.channel.value,
                "to": way.address,
                "text": text,
                "language": language,
            }
        )
        sent_at = int(clock.now().timestamp())
        headers = {
            "content-type": "application/json",
            "webhook-id": str(message_id),
            "webhook-timestamp": str(sent_at),
            "webhook-signature": signature(self._key, str(message_id), sent_at, body),
        }
        try:
            answer = await self._client.post(
                self._url, content=body, headers=headers, timeout=SECONDS
            )
        except httpx.HTTPError as error:
            raise Transient(f"{type(error).__name__}: {error}"[:MOST_ANSWER]) from error
        said = " ".join(f"{answer.status_code} {answer.text}".split())[:MOST_ANSWER]
        if answer.is_success:
            return Delivered(said)
        if answer.status_code in FOR_GOOD:
            return Bounced(said, answer.status_code)
        raise Transient(said)


def key_of(secret: str) -> bytes:
    """The key in a secret: base64 behind `whsec_`, else its own bytes."""
    if secret.startswith(SECRET_PREFIX):
        return base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return secret.encode()


def signature(key: bytes, message_id: str, sent_at: int, body: bytes) -> str:
    """The signature of a message, as Standard Webhooks 1.0 has it."""
    signed = b".".join((message_id.encode(), str(sent_at).encode(), body))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
