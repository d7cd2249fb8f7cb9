"""Killing processes between a processor's webhook and the books loses and doubles nothing."""

import asyncio
import time
from typing import Any, Final
from uuid import uuid4

import pytest

from deploy.local.demo.client import Api, Refusal
from deploy.local.stack import Stack

pytestmark = pytest.mark.fault
SECONDS: Final = 60.0
PAYMENTS: Final = 8


async def eventually(api: Api, path: str, headers: dict[str, str], **wanted: Any) -> Any:
    """Read until what is wanted is there."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        try:
            found = await api.call("GET", path, headers=headers)
            if found | wanted == found:
                return found
        except Refusal as refusal:
            if refusal.answer.status_code not in (404, 502, 503, 504):
                raise
        await asyncio.sleep(0.1)
    raise AssertionError(f"{path} never showed {wanted}")


async def test_killing_payments_between_webhook_and_books_loses_nothing(stack: Stack) -> None:
    async with Api(stack.gateway_url) as api:
        await api.log_in(email=stack.admin_email, password=stack.admin_password)
        facts = {"name": "Cards", "country": "EC", "currency": "USD", "sandbox": True}
        facts |= {"time_zone": "America/Guayaquil", "locale": "es_EC"}
        made = await api.post("/organizations", json=facts)
        within = {"X-Organization-Id": made["id"]}

        async def post(path: str, body: dict[str, Any]) -> Any:
            headers = within | {"Idempotency-Key": str(uuid4())}
            return await api.post(path, json=body, headers=headers)

        ana = await post("/customers", {"name": "Ana Torres"})
        await eventually(api, "/payments/settings", within)
        await post("/processors", {"provider": "local"})
        asked = {"customer_id": ana["id"], "amount": {"amount": "20.00"}}
        begun = [await post("/payment-intents", asked) for _ in range(PAYMENTS)]

        for each in begun:
            await stack.kill("payments-worker", wait=False)
            await post(f"/payment-intents/{each['id']}/test-confirmation", {})
        await stack.kill("payments-api")

        for each in begun:
            paid = await eventually(api, f"/payments/{each['id']}", within, status="succeeded")
            assert paid["credited"]["amount"] == "20.00"
        credit = await api.call("GET", "/credits", headers=within)
        assert [each["balance"]["amount"] for each in credit["items"]] == ["160.00"]
        listed = await api.call("GET", "/payments", headers=within)
        assert len(listed["items"]) == PAYMENTS
