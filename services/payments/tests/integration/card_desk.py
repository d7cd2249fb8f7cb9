"""A desk with a card processor: what the tests of card payments say in one line."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import httpx
import orjson

from services.payments.processors.signing import HEADER, sign
from services.payments.tests.integration.desk import Desk
from services.payments.webhooks.timers import handle_provider_events
from shared import clock
from shared.auth import Role
from shared.ids import new_id
from shared.tenancy import Organization

WEBHOOK_SECRET: Final = "whsec_andes_0123456789"
SECRET_KEY: Final = "sk_test_andes_0123456789"


class CardDesk(Desk):
    """A payments service whose organization has a processor set up."""

    async def set_up(
        self, provider: str = "local", organization: Organization | None = None, **changes: Any
    ) -> dict[str, Any]:
        """POST /processors."""
        body = {
            "provider": provider,
            "publishable_key": "pk_test_andes",
            "secret_key": SECRET_KEY,
            "webhook_secret": WEBHOOK_SECRET,
        } | changes
        async with self.running.client(Role.ORG_ADMIN, organization) as client:
            answer = await client.post("/processors", json=body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def begin(self, *, key: str | None = None, **body: Any) -> httpx.Response:
        """POST /payment-intents."""
        return await self.post("/payment-intents", body, key=key or str(new_id()))

    async def begun(self, **body: Any) -> dict[str, Any]:
        """A card payment that waits for its payer."""
        answer = await self.begin(**body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def post(
        self,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        key: str | None = None,
        role: Role = Role.CLERK,
        organization: Organization | None = None,
    ) -> httpx.Response:
        """POST a path."""
        sent = {
            name: str(value) if isinstance(value, UUID) else value
            for name, value in (body or {}).items()
        }
        headers = {"Idempotency-Key": key} if key else {}
        async with self.running.client(role, organization) as client:
            return await client.post(path, json=sent, headers=headers)

    async def present(self, payment_id: str, card: str = "4242424242424242") -> None:
        """The payer presents a card at the local processor; its webhooks are handled."""
        answer = await self.post(f"/payment-intents/{payment_id}/test-confirmation", {"card": card})
        assert answer.status_code == 202, answer.text
        await self.handle()

    async def handle(self) -> int:
        """Let the worker handle what is stored."""
        return await self.running.run_timer(handle_provider_events)

    async def send(
        self,
        body: bytes,
        *,
        secret: str = WEBHOOK_SECRET,
        at: datetime | None = None,
        organization: Organization | None = None,
        provider: str = "local",
        header: str | None = None,
    ) -> httpx.Response:
        """A webhook as the processor sends it: without a token."""
        scope = (organization or self.organization).id
        signature = sign(body, secret, at or clock.now()) if header is None else header
        async with self.running.client(Role.CLERK) as client:
            del client.headers["Authorization"]
            return await client.post(
                f"/webhooks/{provider}/{scope}", content=body, headers={HEADER: signature}
            )

    async def intent(self, payment_id: str) -> dict[str, Any]:
        """GET /payment-intents/{id}."""
        found: dict[str, Any] = (await self.get(f"/payment-intents/{payment_id}")).json()
        return found


def event(type_: str, made: dict[str, Any], *, at: datetime | None = None, **more: Any) -> bytes:
    """The body of a webhook."""
    facts = {
        "id": f"evt_{new_id().hex}",
        "object": "event",
        "type": type_,
        "created": int((at or clock.now()).timestamp()),
        "data": {"object": made},
    }
    return orjson.dumps(facts | more)


def intent_object(begun: dict[str, Any], status: str, **changes: Any) -> dict[str, Any]:
    """A PaymentIntent as a processor shows it."""
    units = int(begun["amount"]["amount"].replace(".", ""))
    made = {
        "id": begun["provider_intent_id"],
        "object": "payment_intent",
        "status": status,
        "amount": units,
        "currency": begun["amount"]["currency"].lower(),
        "metadata": {"payment_id": begun["id"]},
    }
    if status == "succeeded":
        made["amount_received"] = units
    return made | changes


def refund_object(
    begun: dict[str, Any], name: str, units: int, status: str = "succeeded", **changes: Any
) -> dict[str, Any]:
    """A Refund as a processor shows it."""
    return {
        "id": name,
        "object": "refund",
        "status": status,
        "amount": units,
        "currency": "usd",
        "payment_intent": begun["provider_intent_id"],
        "metadata": {},
    } | changes


def dispute_object(
    begun: dict[str, Any], name: str, units: int, status: str = "needs_response"
) -> dict[str, Any]:
    """A Dispute as a processor shows it."""
    return {
        "id": name,
        "object": "dispute",
        "status": status,
        "amount": units,
        "currency": "usd",
        "payment_intent": begun["provider_intent_id"],
        "reason": "fraudulent",
    }


def total(rows: Sequence[dict[str, Any]], name: str = "amount_minor") -> int:
    """The sum of a column."""
    return sum(row[name] for row in rows)
