"""A month of an operator: a file comes in, due dates pass, subscribers pay. Under fire.

Everything is asked of the public API the way a good client asks: a request that failed in
transport or with 5xx is repeated with its Idempotency-Key until it is answered.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx

from deploy.local.demo.client import Api, Refusal
from deploy.local.stack import Stack
from deploy.verify import verify_over_http

LINES = 200
PATIENCE_SECONDS = 90.0
# What is answered by "repeat the request".
LATER = ("in-progress", "receivable-unknown")
HEADER = "customer_ref,customer_name,line_number,plan_name,plan_price,debt_ref,amount,due_on"

Trouble = Callable[[], Awaitable[object]]


class Month:
    """One organization's month on a stack."""

    def __init__(self, stack: Stack, platform: Api, api: Api) -> None:
        self._stack = stack
        self._platform = platform
        self._api = api
        self._organization: dict[str, Any] = {}

    async def persist(self, method: str, path: str, **kwargs: Any) -> Any:
        """Ask until answered."""
        headers = {"Idempotency-Key": str(uuid4())} | kwargs.pop("headers", {})
        api = kwargs.pop("api", self._api)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return await api.call(method, path, headers=headers, **kwargs)
            except (httpx.TransportError, Refusal) as error:
                answered = isinstance(error, Refusal) and error.answer.status_code < 500
                later = answered and any(word in str(error) for word in LATER)
                if (answered and not later) or time.monotonic() > deadline:
                    raise
            await asyncio.sleep(0.1)

    async def begin(self) -> None:
        """Found the organization and sign in."""
        tag = uuid4().hex[:8]
        self._organization = await self.persist(
            "POST",
            "/organizations",
            api=self._platform,
            json={
                "name": tag,
                "country": "EC",
                "currency": "USD",
                "time_zone": "America/Guayaquil",
                "locale": "es_EC",
                "sandbox": True,
            },
        )
        login = {"email": f"{tag}@example.com", "password": f"secret-{tag}"}
        user = login | {
            "name": tag,
            "role": "org_admin",
            "organization_id": self._organization["id"],
        }
        await self.persist("POST", "/users", api=self._platform, json=user)
        await self._api.log_in(**login)
        for path in ("/invoices/summary", "/collections/policy", "/imports"):
            await self._api.eventually(path)

    async def take_in(self, trouble: Trouble) -> None:
        """Import a line and a debt per customer, with trouble on the way."""
        rows = [f"C{n},Customer {n},1,Fibra,10.00,D{n},10.00,2026-01-31" for n in range(LINES)]
        content = "\n".join([HEADER, *rows, ""])
        clock = f"/organizations/{self._organization['id']}/clock"
        today = (await self.persist("GET", clock))["today"]
        content = content.replace("2026-01-31", today)
        files = {"file": ("month.csv", content, "text/csv")}
        job = await self.persist("POST", "/imports", files=files)
        await trouble()
        path = f"/imports/{job['id']}"
        done = await self.until(path, lambda body: body["status"] in {"finished", "failed"})
        assert (done["status"], done["rows"], done["rows_refused"]) == ("finished", LINES, 0)

    async def fall_due(self, trouble: Trouble) -> None:
        """Two days pass; every line is suspended."""
        path = f"/organizations/{self._organization['id']}/clock"
        await self.persist("POST", path, json={"advance_days": 2}, headers={})
        await trouble()
        await self.until("/collections/summary", lambda body: body["suspended_lines"] == LINES)

    async def pay(self, trouble: Trouble) -> None:
        """Everybody pays, each once; every line comes back."""
        invoices = await self._all("/invoices")
        assert len(invoices) == LINES
        gate = asyncio.Semaphore(6)

        async def one(invoice: dict[str, Any]) -> None:
            async with gate:
                body = {
                    "invoice_id": invoice["id"],
                    "amount": {"amount": "10.00", "currency": "USD"},
                    "method": "cash",
                }
                await self.persist("POST", "/payments", json=body)

        await asyncio.gather(trouble(), *(one(invoice) for invoice in invoices))
        assert len(await self._all("/payments")) == LINES
        await self.until("/collections/summary", lambda body: body["suspended_lines"] == 0)
        await self.until("/lines?status=active&limit=500", lambda body: len(body["items"]) == LINES)
        settled = await self.until("/invoices/summary", lambda body: self._paid(body) == LINES)
        assert settled

    def _paid(self, summary: dict[str, Any]) -> int:
        return int(summary["by_status"]["paid"]["count"])

    async def until(self, path: str, holds: Callable[[Any], bool]) -> Any:
        """Read until it is so."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            body = await self.persist("GET", path)
            if holds(body):
                return body
            assert time.monotonic() < deadline, f"{path} stayed at {body}"
            await asyncio.sleep(0.2)

    async def _all(self, path: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = await self.persist("GET", path, params={"limit": "500", **cursor})
            items += page["items"]
            if page["next"] is None:
                return items
            cursor = {"cursor": page["next"]}

    async def books_agree(self) -> None:
        """No difference between the services, no invariant broken, no dead letter."""
        stack = self._stack
        problems = await verify_over_http(
            stack.gateway_url, stack.admin_email, stack.admin_password
        )
        assert problems == []
        for service in stack.service_urls:
            path = f"/admin/{service}/dead-letters"
            assert (await self.persist("GET", path, api=self._platform))["items"] == []


async def live_through(stack: Stack, trouble: Trouble) -> None:
    """A month in which `trouble` strikes during the import, the suspensions and the payments."""
    async with Api(stack.gateway_url) as platform, Api(stack.gateway_url) as api:
        await platform.log_in(stack.admin_email, stack.admin_password)
        month = Month(stack, platform, api)
        await month.begin()
        await month.take_in(trouble)
        await month.fall_due(trouble)
        await month.pay(trouble)
        await stack.ready()
        await month.books_agree()
