"""The system as processes with durable servers, and an organization full of suspended lines."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import tuple_row

from deploy.local.demo.client import Api
from deploy.local.stack import Stack, running_stack

QUIET: Final = {
    "DUESLINE_ACCESS_LOG": "false",
    "DUESLINE_LOG_LEVEL": "warning",
    "DUESLINE_TRACE_RATIO": "0",
    "GATEWAY_RATE_LIMITS": "false",
}
HEADER: Final = (
    "customer_ref,customer_name,line_number,plan_name,plan_price,debt_ref,amount,due_on\n"
)
REMINDERS_TO_MAKE: Final = "SELECT count(*) FROM reminder_clock WHERE next_at <= now()"
PATIENCE_SECONDS: Final = 900.0


@dataclass
class Rig:
    """A running stack, a sandbox organization in it, and the API as its administrator."""

    stack: Stack
    platform: Api
    api: Api
    organization_id: UUID
    token: str
    notes: dict[str, Any] = field(default_factory=dict)

    async def scalar(self, service: str, sql: str, *parameters: Any) -> Any:
        """One value from a service's database, as its worker sees it."""
        url = self.stack.database_urls[service]["worker"]
        async with await psycopg.AsyncConnection.connect(
            url, autocommit=True, row_factory=tuple_row
        ) as connection:
            cursor = await connection.execute(sql, parameters)
            row = await cursor.fetchone()
        assert row is not None
        return row[0]

    async def until(self, service: str, sql: str, wanted: int, *, every: float = 0.05) -> float:
        """Wait until a count is reached; when it was, by `time.perf_counter`."""
        url = self.stack.database_urls[service]["worker"]
        deadline = time.monotonic() + PATIENCE_SECONDS
        async with await psycopg.AsyncConnection.connect(
            url, autocommit=True, row_factory=tuple_row
        ) as connection:
            while True:
                row = await (await connection.execute(sql)).fetchone()
                if row is not None and row[0] == wanted:
                    return time.perf_counter()
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{service}: {sql} stayed at {row}, not {wanted}")
                await asyncio.sleep(every)

    async def import_debts(self, lines: int, batch: str) -> dict[str, Any]:
        """A customer, a line and a debt due today per row, through the public API."""
        today = (await self.api.get(f"/organizations/{self.organization_id}/clock"))["today"]
        rows = (
            f"{batch}-{n},Customer {n},1,Fibra 300,10.00,{batch}-D{n},10.00,{today}\n"
            for n in range(lines)
        )
        content = (HEADER + "".join(rows)).encode()
        files = {"file": (f"{batch}.csv", content, "text/csv")}
        began = time.perf_counter()
        job: dict[str, Any] = await self.api.post("/imports", files=files)
        while job["status"] not in {"finished", "failed"}:
            await asyncio.sleep(0.1)
            job = await self.api.get(f"/imports/{job['id']}")
        assert (job["status"], job["rows_refused"]) == ("finished", 0), job
        job["began"] = began
        return job

    async def suspend_all(self, lines: int) -> float:
        """Two days pass; seconds until `lines` lines are suspended in customers' books.

        The reminders of those days follow, and are waited for: they are nobody's measurement.
        """
        path = f"/organizations/{self.organization_id}/clock"
        began = time.perf_counter()
        await self.api.post(path, json={"advance_days": 2})
        took = await self.until("customers", suspended(), lines) - began
        await self.until("collections", REMINDERS_TO_MAKE, 0)
        return took

    async def invoices(self) -> list[tuple[UUID, UUID]]:
        """Invoice and line of every open receivable."""
        url = self.stack.database_urls["payments"]["worker"]
        async with await psycopg.AsyncConnection.connect(url, row_factory=tuple_row) as connection:
            cursor = await connection.execute(
                "SELECT invoice_id, line_id FROM receivable"
                " WHERE organization_id = %s AND open_minor > 0 ORDER BY invoice_id",
                (self.organization_id,),
            )
            return await cursor.fetchall()


def suspended() -> str:
    """How many lines are suspended, by the service that owns them."""
    return "SELECT count(*) FROM line WHERE status = 'suspended'"


@asynccontextmanager
async def running_rig(**environment: str) -> AsyncIterator[Rig]:
    """Everything up on fresh databases of the durable `bench` profile."""
    async with (
        running_stack("bench", fresh=True, environment=QUIET | environment) as stack,
        Api(stack.gateway_url) as platform,
        Api(stack.gateway_url) as api,
    ):
        await platform.log_in(stack.admin_email, stack.admin_password)
        tag = uuid4().hex[:8]
        made = await platform.post(
            "/organizations",
            json={
                "name": f"Bench {tag}",
                "country": "EC",
                "currency": "USD",
                "time_zone": "America/Guayaquil",
                "locale": "es_EC",
                "sandbox": True,
            },
        )
        login = {"email": f"{tag}@example.com", "password": f"secret-{tag}"}
        user = {"name": tag, "role": "org_admin", "organization_id": made["id"]}
        await platform.post("/users", json=login | user)
        await api.log_in(**login)
        for path in ("/invoices/summary", "/collections/policy", "/imports"):
            await api.eventually(path)
        token = (await api.post("/auth/login", json=login))["access_token"]
        yield Rig(stack, platform, api, UUID(made["id"]), token)


def say(text: str) -> None:
    """Progress, for who watches."""
    sys.stderr.write(f"  {text}\n")
    sys.stderr.flush()
