"""The whole system as processes on this machine: which they are and what each is told."""

import asyncio
import fcntl
import os
import secrets
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from deploy import provision as provisioning
from deploy.local import infra as servers
from deploy.local import processes
from deploy.local.keys import key_files
from deploy.local.ports import free_ports
from deploy.local.state import (
    ROOT,
    read_json,
    secret,
    state_dir,
    write_json,
    write_private,
)
from deploy.local.supervisor import Process, Spec, Supervisor
from shared.testing.servers import PASSWORD

SERVICES: Final = tuple(name for name in provisioning.SERVICES if name != "gateway")
ADMIN_EMAIL: Final = "admin@duesline.test"
GATEWAY_PORT: Final = 8080
ENVIRONMENTS: Final = {"run": "demo", "demo": "demo", "bench": "prod"}


@dataclass(frozen=True)
class Stack:
    """A running system."""

    profile: str
    gateway_url: str
    service_urls: Mapping[str, str]
    worker_urls: Mapping[str, str]
    database_urls: Mapping[str, Mapping[str, str]]
    superuser_urls: Mapping[str, str]
    amqp_url: str
    admin_email: str
    admin_password: str
    state_dir: Path
    trace_file: Path
    infra: servers.Infra
    supervisor: Supervisor = field(repr=False)

    @property
    def processes(self) -> Mapping[str, Process]:
        """By name: `billing-api`, `billing-worker`, ..., `gateway`."""
        return self.supervisor.processes

    async def kill(self, name: str, *, wait: bool = True) -> float:
        """kill -9 a process; it is started again. Seconds until it was ready."""
        process, began = self.processes[name], time.monotonic()
        killed = process.kill()
        if wait:
            await process.wait_ready(other_than=killed)
        return time.monotonic() - began

    async def restart(self, name: str) -> None:
        """Drain a process and start it anew."""
        await self.processes[name].restart()
        await self.processes[name].wait_ready()

    async def stop(self, name: str) -> None:
        """Drain a process and leave it down."""
        await self.processes[name].stop()

    async def start(self, name: str) -> None:
        """Start a process that was stopped."""
        await self.processes[name].start()
        await self.processes[name].wait_ready()

    async def ready(self) -> None:
        """Return once every process is ready again, as after a server's absence."""
        await asyncio.gather(*(process.wait_ready() for process in self.processes.values()))


@asynccontextmanager
async def running_stack(
    profile: str = "run",
    *,
    fresh: bool = False,
    environment: Mapping[str, str] | None = None,
    on_step: Callable[[str], None] = lambda _: None,
) -> AsyncIterator[Stack]:
    """Everything from servers to gateway, ready; drained when the block ends.

    The servers themselves stay up. With `fresh`, databases, virtual host and files are this
    stack's own and are dropped afterwards; otherwise they are the profile's, and only one
    stack of a profile runs at a time. `environment` is added to every process's.
    """
    on_step("servers")
    infra = await asyncio.to_thread(servers.ensure_up, profile)
    tag = f"_{secrets.token_hex(4)}" if fresh else ""
    folder = state_dir(profile) / f"stack{tag}"
    folder.mkdir(exist_ok=True, mode=0o700)
    with only_one(folder):
        plan = await asyncio.to_thread(_plan, infra, folder, tag, dict(environment or {}))
        try:
            on_step("migrations")
            await plan.stack.supervisor.run(plan.migration)
            on_step("services")
            await plan.stack.supervisor.start(plan.processes)
            yield plan.stack
        finally:
            await plan.stack.supervisor.stop()
            if fresh:
                await asyncio.to_thread(_drop, infra, tag)
    if fresh:  # not after a failure: its logs are worth keeping
        shutil.rmtree(folder, ignore_errors=True)


class AlreadyRuns(Exception):
    """Another process runs this very stack."""


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Be the only one to run the stack of `folder`; ends what a killed one left running."""
    with (folder / "lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            address = read_json(folder / "processes.json").get("gateway", "its address is to come")
            raise AlreadyRuns(f"already running: {address}") from error
        _end_leftovers(folder)
        yield


def runner(profile: str) -> int | None:
    """The process that runs the profile's stack; None when nobody does."""
    pid: int | None = read_json(state_dir(profile) / "stack/processes.json").get("runner")
    return pid if processes.alive(pid, "python") else None


def address(profile: str) -> str | None:
    """The gateway of the profile's running stack; None when nobody runs it."""
    folder = state_dir(profile) / "stack"
    if not folder.is_dir() or not _is_held(folder):
        return None
    found: str | None = read_json(folder / "processes.json").get("gateway")
    return found


def stop(profile: str) -> None:
    """Have whoever runs the profile's stack drain it; end what a killed one left running."""
    folder = state_dir(profile) / "stack"
    if not folder.is_dir():
        return
    pid = runner(profile)
    if pid is not None and _is_held(folder):
        processes.terminate(pid, "python", number=signal.SIGTERM, seconds=90)
    _end_leftovers(folder)


def _is_held(folder: Path) -> bool:
    try:
        with only_one(folder):
            return False
    except AlreadyRuns:
        return True


def _end_leftovers(folder: Path) -> None:
    """End the recorded processes; all are told before any is waited for."""
    left: dict[str, dict[str, Any]] = read_json(folder / "processes.json").get("processes", {})
    marks = {
        process["pid"]: f"--port\0{process['port']}" for process in left.values() if process["pid"]
    }
    for pid, mark in marks.items():
        if processes.alive(pid, mark):
            processes.send(pid, signal.SIGTERM)
    for pid, mark in marks.items():
        if not processes.wait_gone(pid, mark, 20):
            processes.send(pid, signal.SIGKILL)


def _drop(infra: servers.Infra, tag: str) -> None:
    provisioning.drop(infra.postgres_url, provisioning.SERVICES, tag)
    servers.delete_vhost(infra, f"stack{tag}")


@dataclass(frozen=True)
class _Plan:
    stack: Stack
    migration: Spec
    processes: list[Spec]


def _plan(infra: servers.Infra, folder: Path, tag: str, extra: dict[str, str]) -> _Plan:
    """Provision what the processes need and write down what each is told."""
    profile = infra.profile
    databases = provisioning.provision(
        infra.postgres_url, provisioning.SERVICES, passwords(profile), tag
    )
    amqp_url = servers.create_vhost(infra, f"stack{tag}") if tag else infra.amqp_url
    ports = _choose_ports(folder, None if tag else GATEWAY_PORT)
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    password = secret(profile, "admin")
    stack = Stack(
        profile=profile,
        gateway_url=urls["gateway"],
        service_urls={name: urls[f"{name}-api"] for name in SERVICES},
        worker_urls={name: urls[f"{name}-worker"] for name in SERVICES},
        database_urls=databases,
        superuser_urls={
            name: infra.postgres_url.rsplit("/", 1)[0] + "/" + provisioning.database_name(name, tag)
            for name in provisioning.SERVICES
        },
        amqp_url=amqp_url,
        admin_email=ADMIN_EMAIL,
        admin_password=password,
        state_dir=folder,
        trace_file=folder / "trace.jsonl",
        infra=infra,
        supervisor=Supervisor(folder / "logs", lambda: _record(folder, stack)),
    )
    write_private(folder / "admin-password", password)
    told = _Environment(stack, extra)
    plan = _Plan(
        stack,
        migration=Spec("migrate", [sys.executable, "-m", "deploy.migrate"], told.owners()),
        processes=[
            *(_process(name, "worker", ports, told, tier=0) for name in SERVICES),
            *(_process(name, "api", ports, told, tier=1) for name in SERVICES),
            _process("gateway", "api", ports, told, tier=2),
        ],
    )
    told_to = {spec.name: dict(spec.environment) for spec in plan.processes}
    write_json(folder / "environments.json", told_to)
    return plan


def environments(profile: str) -> dict[str, dict[str, str]]:
    """What each process of the profile's stack is told, or was told last, by its name."""
    return read_json(state_dir(profile) / "stack/environments.json")


def passwords(profile: str) -> dict[str, str]:
    """The password of each login role in the profile's PostgreSQL.

    Roles belong to the whole server: on the one for tests they keep the testing kit's.
    """
    names = [f"{name}_{role}" for name in provisioning.SERVICES for role in provisioning.ROLES]
    if profile == "test":
        return dict.fromkeys(names, PASSWORD)
    return {name: secret(profile, name) for name in names}


def _choose_ports(folder: Path, gateway_port: int | None) -> dict[str, int]:
    """Each process's port, the one it had before where that is free.

    Only one stack may wish for a port by its number: of two that start at once both would
    find it free, and one would be tested in place of the other.
    """
    had: dict[str, int] = read_json(folder / "ports.json")
    names = ["gateway", *(f"{name}-{kind}" for name in SERVICES for kind in ("api", "worker"))]
    ports: dict[str, int] = {}
    for name in names:
        wanted = had.get(name, gateway_port if name == "gateway" else None)
        preferred = [wanted] if wanted is not None else []
        spare = free_ports(len(names) + 1, preferred=preferred)
        ports[name] = next(port for port in spare if port not in ports.values())
    write_json(folder / "ports.json", dict(ports))
    return ports


def _module(service: str) -> str:
    return "gateway" if service == "gateway" else f"services.{service}"


def _command(service: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", _module(service), *arguments]


def _process(
    service: str, kind: str, ports: Mapping[str, int], told: "_Environment", *, tier: int
) -> Spec:
    name = "gateway" if service == "gateway" else f"{service}-{kind}"
    port = ports[name]
    return Spec(
        name,
        _command(service, kind, "--port", str(port)),
        told.of(service, kind),
        ready_url=f"http://127.0.0.1:{port}/health/ready",
        tier=tier,
    )


@dataclass(frozen=True)
class _Environment:
    """What the processes of a stack are told."""

    stack: Stack
    extra: Mapping[str, str]

    def of(self, service: str, role: str) -> dict[str, str]:
        """One process's environment; `role` is the login role whose URL it gets."""
        stack = self.stack
        own = self._gateway() if service == "gateway" else {}
        if service == "payments":
            own = {"PAYMENTS_SECRETS_KEY": secret(stack.profile, "payments_secrets_key")}
        return {
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "",  # else each restart compiles everything anew
            "DUESLINE_ENVIRONMENT": ENVIRONMENTS.get(stack.profile, "test"),
            "DUESLINE_SERVICE": service,
            "DUESLINE_DATABASE_URL": stack.database_urls[service][role],
            "DUESLINE_AMQP_URL": stack.amqp_url,
            "DUESLINE_TOKEN_PUBLIC_KEY_FILE": str(key_files(stack.profile).public),
            "DUESLINE_LOG_FORMAT": "json",
            "DUESLINE_TRACE_FILE": str(stack.trace_file),
            **own,
            **self.extra,
        }

    def owners(self) -> dict[str, str]:
        """What the migration is told: every owner's URL."""
        databases = self.stack.database_urls.items()
        urls = {f"{name.upper()}_OWNER_URL": roles["owner"] for name, roles in databases}
        return {"PYTHONPATH": str(ROOT), **urls}

    def _gateway(self) -> dict[str, str]:
        stack = self.stack
        apis = {f"GATEWAY_{n.upper()}_URL": url for n, url in stack.service_urls.items()}
        workers = {f"GATEWAY_{n.upper()}_WORKER_URL": url for n, url in stack.worker_urls.items()}
        return {
            "DUESLINE_TOKEN_PRIVATE_KEY_FILE": str(key_files(stack.profile).private),
            "GATEWAY_ADMIN_EMAIL": stack.admin_email,
            "GATEWAY_ADMIN_PASSWORD_FILE": str(stack.state_dir / "admin-password"),
            "GATEWAY_CONSOLE_DIR": str(ROOT / "gateway/console/dist"),
            **apis,
            **workers,
        }


def _record(folder: Path, stack: Stack) -> None:
    """Write down what runs, for `status` and for the clean-up after a kill -9 of ourselves."""
    running: dict[str, Any] = {
        name: {
            "pid": process.pid,
            "restarts": process.restarts,
            "port": urlsplit(process.spec.ready_url or "").port,
        }
        for name, process in stack.processes.items()
    }
    known = {"runner": os.getpid(), "gateway": stack.gateway_url, "processes": running}
    write_json(folder / "processes.json", known)
