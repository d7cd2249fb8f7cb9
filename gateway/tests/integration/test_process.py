"""The gateway as the process it is deployed as."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from starlette.types import Send

from deploy.local.ports import free_ports
from gateway.routes import SERVICES
from gateway.tests import upstream
from gateway.tests.conftest import served
from gateway.tests.upstream import Upstream
from shared.auth import generate_keys
from shared.testing import Bed

ROOT = Path(__file__).resolve().parents[3]
MIB = 1024 * 1024
UPLOAD_MIB = 50


@dataclass
class Process:
    """A gateway in a process of its own."""

    url: str
    running: asyncio.subprocess.Process
    service: Upstream

    def peak_mib(self) -> float:
        """The most memory it has had since `forget_peak`."""
        for line in Path(f"/proc/{self.running.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
        raise AssertionError("no VmHWM")

    def forget_peak(self) -> None:
        """Measure from here."""
        Path(f"/proc/{self.running.pid}/clear_refs").write_text("5")


@asynccontextmanager
async def started(bed: Bed, folder: Path) -> AsyncIterator[Process]:
    """`python -m gateway api` before a service in this process."""
    private, public = generate_keys()
    (folder / "private.pem").write_text(private)
    (folder / "public.pem").write_text(public)
    (folder / "password").write_text("the very first password")
    urls = await bed.servers.database("gateway")
    port = free_ports(1)[0]
    service = Upstream()
    async with served(service) as service_url:
        told = {
            "PYTHONPATH": str(ROOT),
            "DUESLINE_DATABASE_URL": urls.api,
            "DUESLINE_TOKEN_PRIVATE_KEY_FILE": str(folder / "private.pem"),
            "DUESLINE_TOKEN_PUBLIC_KEY_FILE": str(folder / "public.pem"),
            "DUESLINE_TRACE_FILE": str(folder / "traces.ndjson"),
            "DUESLINE_TRACE_RATIO": "1",
            "GATEWAY_ADMIN_EMAIL": "root@duesline.test",
            "GATEWAY_ADMIN_PASSWORD_FILE": str(folder / "password"),
            "GATEWAY_CONSOLE_DIR": str(folder / "dist"),
            **{f"GATEWAY_{name.upper()}_URL": service_url for name in SERVICES},
        }
        running = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway", "api", "--port", str(port)),
            env=os.environ | told,
            cwd=ROOT,
            stdout=asyncio.subprocess.DEVNULL,
        )
        process = Process(f"http://127.0.0.1:{port}", running, service)
        try:
            await _ready(process)
            yield process
        finally:
            with suppress(ProcessLookupError):
                running.kill()
            await running.wait()
    await bed.servers.drop(urls.name)


async def _ready(process: Process) -> None:
    async with httpx.AsyncClient(base_url=process.url) as client:
        for _ in range(300):
            try:
                if (await client.get("/health/ready")).is_success:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
    raise AssertionError("the gateway did not become ready")


async def _file(mebibytes: int) -> AsyncIterator[bytes]:
    piece = b"0912345678;Ana;45.00;2026-10-01\n" * 2048
    for _ in range(mebibytes * MIB // len(piece)):
        yield piece


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_an_upload_of_50_mib_and_an_answer_as_large_leave_memory_flat(
    bed: Bed, tmp_path: Path
) -> None:
    async def large(_: Upstream, scope: object, receive: object, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        async for piece in _file(UPLOAD_MIB):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async with started(bed, tmp_path) as process:
        process.service.behaviours = {"/imports": upstream.swallow, "/invoices": large}
        async with httpx.AsyncClient(base_url=f"{process.url}/api/v1", timeout=60.0) as client:
            await client.post("/imports", content=_file(1))
            process.forget_peak()
            before = process.peak_mib()
            uploaded = await client.post("/imports", content=_file(UPLOAD_MIB))
            received = 0
            async with client.stream("GET", "/invoices") as answer:
                async for piece in answer.aiter_bytes():
                    received += len(piece)
                    await asyncio.sleep(0)
            grown = process.peak_mib() - before

    assert uploaded.json()["bytes"] == UPLOAD_MIB * MIB
    assert received == UPLOAD_MIB * MIB
    assert grown < 8


async def test_the_first_administrator_logs_in_and_the_console_is_explained(
    bed: Bed, tmp_path: Path
) -> None:
    login = {"email": "root@duesline.test", "password": "the very first password"}
    async with started(bed, tmp_path) as process, httpx.AsyncClient() as client:
        for _ in range(20):
            answer = await client.post(f"{process.url}/api/v1/auth/login", json=login)
            if answer.status_code == 200:
                break
            await asyncio.sleep(0.2)
        page = await client.get(f"{process.url}/")

    assert answer.json()["user"]["role"] == "platform_admin"
    assert "npm run build" in page.text


async def test_a_trace_begins_at_the_door_and_goes_on_in_the_service(
    bed: Bed, tmp_path: Path
) -> None:
    async with started(bed, tmp_path) as process:
        async with httpx.AsyncClient(base_url=f"{process.url}/api/v1") as client:
            seen = (await client.get("/payments")).json()
        process.running.send_signal(signal.SIGTERM)
        await process.running.wait()

    traceparent = dict(seen["headers"])["traceparent"]
    trace_id, flags = traceparent.split("-")[1], traceparent.split("-")[3]
    assert flags == "01"
    assert trace_id in (tmp_path / "traces.ndjson").read_text()


async def test_being_told_to_stop_finishes_the_request_in_hand(bed: Bed, tmp_path: Path) -> None:
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_: Upstream, scope: object, receive: object, send: Send) -> None:
        arrived.set()
        await go_on.wait()
        await upstream.answer(send, b"done")

    async with started(bed, tmp_path) as process:
        process.service.behaviours["/payments"] = slow
        async with httpx.AsyncClient(base_url=f"{process.url}/api/v1", timeout=20.0) as client:
            asking = asyncio.create_task(client.get("/payments"))
            await arrived.wait()
            process.running.send_signal(signal.SIGTERM)
            await asyncio.sleep(0.3)
            go_on.set()
            answer = await asking
        code = await process.running.wait()

    assert answer.text == "done"
    assert code == 0
