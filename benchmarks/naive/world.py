"""The naive system's own databases, virtual host and processes."""

import asyncio
import os
import secrets
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from sqlalchemy.ext.asyncio import create_async_engine

from benchmarks.naive.model import SEQUENCE, Base
from deploy.local import infra as servers
from deploy.local.state import ROOT

SERVICES: Final = ("payments", "collections", "customers")
PATIENCE_SECONDS: Final = 600.0

# The same customers, lines and invoices wherever they are needed: ids follow from a number.
CUSTOMERS: Final = """
INSERT INTO naive_customer (id, external_ref, name)
SELECT md5('customer' || n)::uuid, 'C' || n, 'Customer ' || n FROM generate_series(1, %s) AS n
"""
LINES: Final = """
INSERT INTO naive_line (id, customer_id, number, plan_name, status)
SELECT md5('line' || n)::uuid, md5('customer' || n)::uuid, 1, 'Fibra 300', %s
FROM generate_series(1, %s) AS n
"""
INVOICES: Final = """
INSERT INTO naive_invoice (id, external_ref, customer_id, line_id, total_minor, paid_minor,
                           due_on, status)
SELECT md5('invoice' || n)::uuid, 'D' || n, md5('customer' || n)::uuid, md5('line' || n)::uuid,
       1000, 0, current_date - 1, 'open'
FROM generate_series(1, %s) AS n
"""


@dataclass(frozen=True)
class World:
    """Where the naive system is."""

    urls: dict[str, str]
    amqp_url: str

    @asynccontextmanager
    async def running(self, *roles: str) -> AsyncIterator[None]:
        """Processes of the naive system; ended with the block."""
        processes = [await self.spawn(role) for role in roles]
        try:
            for process in processes:
                assert process.stdout is not None
                assert (await process.stdout.readline()).strip() == b"ready"
            yield
        finally:
            for process in processes:
                if process.returncode is None:
                    process.terminate()
            await asyncio.gather(*(process.wait() for process in processes))

    async def spawn(self, role: str, *arguments: str) -> asyncio.subprocess.Process:
        """One process: a worker, the generator, the sweeper or the endpoint."""
        service = role.split("-")[0]
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "benchmarks.naive.worker",
            role,
            *arguments,
            cwd=ROOT,
            env=os.environ | {"NAIVE_DATABASE": self.urls[service], "NAIVE_BUS": self.amqp_url},
            stdout=asyncio.subprocess.PIPE,
        )

    async def finished(self, role: str) -> float:
        """Run a process to its end; when it began its work, by `time.perf_counter`."""
        process = await self.spawn(role)
        assert process.stdout is not None
        await process.stdout.readline()
        began = time.perf_counter()
        if await process.wait():
            raise RuntimeError(f"naive {role} failed")
        return began

    async def until(self, status: str, wanted: int) -> float:
        """When customers has `wanted` lines of a status, by `time.perf_counter`."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        async with await psycopg.AsyncConnection.connect(
            self.urls["customers"], autocommit=True
        ) as connection:
            while True:
                cursor = await connection.execute(
                    "SELECT count(*) FROM naive_line WHERE status = %s", (status,)
                )
                row = await cursor.fetchone()
                if row == (wanted,):
                    return time.perf_counter()
                if time.monotonic() > deadline:
                    raise TimeoutError(f"naive: {row} lines {status}, not {wanted}")
                await asyncio.sleep(0.02)

    async def seed(self, count: int, line_status: str) -> None:
        """`count` customers, each with a line and an overdue invoice, in all databases."""
        for service in SERVICES:
            statements: Sequence[tuple[str, tuple[Any, ...]]] = [
                (CUSTOMERS, (count,)),
                (LINES, (line_status, count)),
                (INVOICES, (count,)),
            ]
            async with await psycopg.AsyncConnection.connect(self.urls[service]) as connection:
                for sql, parameters in statements:
                    await connection.execute(sql, parameters)
                await connection.commit()
                await connection.set_autocommit(True)
                await connection.execute("ANALYZE")


@asynccontextmanager
async def world() -> AsyncIterator[World]:
    """Three empty databases with the naive tables, and a virtual host; dropped afterwards."""
    infra = await asyncio.to_thread(servers.ensure_up, "bench")
    tag = secrets.token_hex(4)
    host = f"naive_{tag}"
    base = infra.postgres_url.rsplit("/", 1)[0]
    names = {service: f"naive_{service}_{tag}" for service in SERVICES}
    async with await psycopg.AsyncConnection.connect(infra.postgres_url, autocommit=True) as admin:
        for name in names.values():
            await admin.execute(f'CREATE DATABASE "{name}"'.encode())
        amqp_url = await asyncio.to_thread(servers.create_vhost, infra, host)
        try:
            urls = {service: f"{base}/{name}" for service, name in names.items()}
            for url in urls.values():
                await _create_tables(url)
            yield World(urls, amqp_url)
        finally:
            await asyncio.to_thread(servers.delete_vhost, infra, host)
            for name in names.values():
                await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


async def _create_tables(url: str) -> None:
    engine = create_async_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    async with engine.begin() as connection:
        await connection.exec_driver_sql(SEQUENCE)
        await connection.run_sync(Base.metadata.create_all)
    await engine.dispose()
