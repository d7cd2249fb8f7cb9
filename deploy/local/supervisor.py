"""Runs processes: restarts the fallen with growing pauses, stops all in reverse order.

A child writes straight into its log file: nothing of ours stands in its way, and our death
cannot break it. Where the kernel lets us, a child is told to end when we die.
"""

import asyncio
import os
import shutil
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

FIRST_PAUSE_SECONDS: Final = 0.2
LONGEST_PAUSE_SECONDS: Final = 10.0
# Having run for so long, a process is taken to be well: its next pause is the first again.
WELL_SECONDS: Final = 20.0
# Readiness is asked for at a growing pace: each "not yet" is a line in a log.
POLL_SECONDS: Final = (0.1, 0.5)


class NotReady(Exception):
    """A process did not become ready in time; the message holds the end of its log."""


class Failed(Exception):
    """A command that should have done its work and ended did not; the message holds its log."""


@dataclass(frozen=True, slots=True)
class Spec:
    """One process: what to run, how to know that it serves, and when to stop it.

    Higher tiers stop first.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready_url: str | None = None
    tier: int = 0
    drain_seconds: float = 20.0


class Process:
    """A process that is kept running until it is told to stop."""

    def __init__(self, spec: Spec, logs: Path, changed: Callable[[], None]) -> None:
        self.spec = spec
        self.log = logs / f"{spec.name}.log"
        self.restarts = 0
        self._changed = changed
        self._child: asyncio.subprocess.Process | None = None
        self._keeping: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The running child; None between two lives."""
        child = self._child
        return child.pid if child is not None and child.returncode is None else None

    async def start(self) -> None:
        """Start it, and keep it running from now on; does nothing when it is kept already."""
        if self._keeping is None:
            await self._spawn()
            self._keeping = asyncio.create_task(self._keep(), name=f"keep {self.spec.name}")

    async def stop(self) -> None:
        """SIGTERM; SIGKILL for one that has not drained in time. It stays down."""
        keeping, self._keeping = self._keeping, None
        if keeping is not None:
            keeping.cancel()
            with suppress(asyncio.CancelledError):
                await keeping
        child = self._child
        if child is None or child.returncode is not None:
            return
        _signal(child, signal.SIGTERM)
        try:
            await asyncio.wait_for(child.wait(), self.spec.drain_seconds)
        except TimeoutError:
            _note(self.log, f"did not drain in {self.spec.drain_seconds:g} s: killed")
            _signal(child, signal.SIGKILL)
            await child.wait()
        self._changed()

    def kill(self) -> int | None:
        """kill -9; it comes back after a pause. The pid that was killed."""
        pid = self.pid
        if pid is not None and self._child is not None:
            _signal(self._child, signal.SIGKILL)
        return pid

    async def restart(self) -> None:
        """Drain it and start it anew."""
        await self.stop()
        await self.start()

    async def wait_ready(self, seconds: float = 60.0, *, other_than: int | None = None) -> None:
        """Return once it serves; with `other_than`, once it does so under another pid."""
        deadline = time.monotonic() + seconds
        pause, longest = POLL_SECONDS
        while True:
            pid = self.pid
            if pid is not None and pid != other_than and await _answers(self.spec.ready_url):
                return
            if time.monotonic() > deadline:
                raise NotReady(f"{self.spec.name} is not ready\n{tail(self.log)}")
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, longest)

    async def _keep(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while True:
            child, started = self._child, time.monotonic()
            assert child is not None
            code = await child.wait()
            if time.monotonic() - started > WELL_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            _note(self.log, f"ended with {code}; starts again in {pause:g} s")
            self._changed()
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            self.restarts += 1
            await self._spawn()

    async def _spawn(self) -> None:
        with self.log.open("ab") as log:
            self._child = await asyncio.create_subprocess_exec(
                *_tied_to_us(),
                *self.spec.command,
                env={**os.environ, **self.spec.environment},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C is for us alone: children are stopped in order.
                start_new_session=True,
            )
        self._changed()


class Supervisor:
    """All processes of a system."""

    def __init__(self, logs: Path, changed: Callable[[], None] = lambda: None) -> None:
        logs.mkdir(parents=True, exist_ok=True)
        self.logs = logs
        self.processes: dict[str, Process] = {}
        self._changed = changed

    async def start(self, specs: Sequence[Spec], *, ready_seconds: float = 120.0) -> None:
        """Start all at once; return when every one is ready."""
        for spec in specs:
            self.processes[spec.name] = Process(spec, self.logs, self._changed)
        started = [self.processes[spec.name] for spec in specs]
        for process in started:
            await process.start()
        await asyncio.gather(*(process.wait_ready(ready_seconds) for process in started))

    async def run(self, spec: Spec) -> None:
        """Run a command to its end; Failed when that is not 0."""
        path = self.logs / f"{spec.name}.log"
        with path.open("ab") as log:
            child = await asyncio.create_subprocess_exec(
                *_tied_to_us(),
                *spec.command,
                env={**os.environ, **spec.environment},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
            code = await child.wait()
        if code != 0:
            raise Failed(f"{spec.name} ended with {code}\n{tail(path)}")

    async def stop(self) -> None:
        """Stop all, the highest tier first; a tier's processes drain side by side."""
        tiers = sorted({process.spec.tier for process in self.processes.values()}, reverse=True)
        for tier in tiers:
            members = [p for p in self.processes.values() if p.spec.tier == tier]
            await asyncio.gather(*(process.stop() for process in members))


def tail(path: Path, lines: int = 25) -> str:
    """The end of a log."""
    if not path.exists():
        return ""
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])


def _tied_to_us() -> tuple[str, ...]:
    """Words before a command that end it with SIGTERM when this process dies."""
    program = shutil.which("setpriv")
    return (program, "--pdeathsig", "TERM") if program else ()


def _signal(child: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        child.send_signal(number)


def _note(log: Path, text: str) -> None:
    with log.open("a") as file:
        file.write(f"[supervisor] {text}\n")


async def _answers(url: str | None) -> bool:
    return url is None or await asyncio.to_thread(_get, url)


def _get(url: str) -> bool:
    try:
        # A proxy of the environment has no business with loopback.
        with build_opener(ProxyHandler({})).open(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False
