"""The supervisor keeps processes running and stops them in order."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.local.ports import free_port
from deploy.local.supervisor import Failed, NotReady, Spec, Supervisor

# A small service: answers 200, and on SIGTERM finishes "its work" before it ends.
SERVER = """
import http.server, signal, sys, threading, time, pathlib
port, drain, journal = int(sys.argv[1]), float(sys.argv[2]), pathlib.Path(sys.argv[3])
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def log_message(self, *a): pass
server = http.server.HTTPServer(("127.0.0.1", port), Handler)
def stop(*_):
    time.sleep(drain)
    with journal.open("a") as f: f.write(f"drained {sys.argv[4]}\\n")
    threading.Thread(target=server.shutdown).start()
signal.signal(signal.SIGTERM, stop)
server.serve_forever()
"""


class House:
    """A supervisor in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.journal = folder / "journal"
        self.supervisor = Supervisor(folder / "logs")

    def server(self, name: str, *, tier: int = 0, drain: float = 0, patience: float = 10) -> Spec:
        port = free_port()
        words = [str(port), str(drain), str(self.journal), name]
        return Spec(
            name,
            [sys.executable, "-c", SERVER, *words],
            ready_url=f"http://127.0.0.1:{port}/health/ready",
            tier=tier,
            drain_seconds=patience,
        )


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = House(tmp_path)
    yield made
    await made.supervisor.stop()


async def test_a_killed_process_comes_back_under_another_pid(house: House) -> None:
    await house.supervisor.start([house.server("a")])
    process = house.supervisor.processes["a"]

    killed = process.kill()
    await process.wait_ready(10, other_than=killed)

    assert process.pid not in (None, killed)
    assert process.restarts == 1
    assert "starts again in 0.2 s" in process.log.read_text()


async def test_sigterm_lets_work_in_hand_finish_and_higher_tiers_go_first(house: House) -> None:
    specs = [house.server("worker", tier=0, drain=0.1), house.server("gateway", tier=2, drain=0.3)]
    await house.supervisor.start(specs)

    await house.supervisor.stop()

    assert house.journal.read_text() == "drained gateway\ndrained worker\n"
    assert [process.pid for process in house.supervisor.processes.values()] == [None, None]


async def test_a_process_that_does_not_drain_in_time_is_killed(house: House) -> None:
    await house.supervisor.start([house.server("slow", drain=30, patience=0.3)])
    began = time.monotonic()

    await house.supervisor.stop()

    assert time.monotonic() - began < 25
    assert "did not drain" in house.supervisor.processes["slow"].log.read_text()


async def test_a_stopped_process_stays_down_until_it_is_started(house: House) -> None:
    await house.supervisor.start([house.server("a")])
    process = house.supervisor.processes["a"]

    await process.stop()
    await asyncio.sleep(0.4)
    assert process.pid is None

    await process.start()
    await process.wait_ready(10)


async def test_a_process_that_falls_at_once_is_reported_with_its_last_words(house: House) -> None:
    spec = Spec("broken", [sys.executable, "-c", "raise SystemExit('no such database')"])

    with pytest.raises(Failed, match="no such database"):
        await house.supervisor.run(spec)
    with pytest.raises(NotReady, match="no such database"):
        await house.supervisor.start(
            [Spec("broken", spec.command, ready_url="http://127.0.0.1:9/")], ready_seconds=1
        )
