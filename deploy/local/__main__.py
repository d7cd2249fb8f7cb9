"""`python -m deploy.local <command>`; the Makefile's targets call these."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from deploy.local import infra as servers
from deploy.local import processes
from deploy.local import stack as stacks
from deploy.local.logs import Tail, rendered
from deploy.local.postgres import Missing
from deploy.local.stack import AlreadyRuns, Stack, environments, running_stack
from deploy.local.state import ROOT, profiles, read_json, secret, state_dir
from deploy.local.supervisor import Failed, NotReady

MODULE = "deploy.local"
app = App(name="python -m deploy.local", help="Duesline on this machine, without containers.")
console = Console(highlight=False)


@app.command
def up(profile: str = "run") -> None:
    """Start PostgreSQL and RabbitMQ of a profile and say where they are."""
    infra = servers.ensure_up(profile)
    console.print(f"postgres  {infra.postgres_url}\nrabbitmq  {infra.amqp_url}", soft_wrap=True)
    console.print(f"management  {infra.management_url}", soft_wrap=True)


@app.command
def run(*, detach: bool = False, profile: str = "run", quiet: bool = False) -> None:
    """Start everything; stay in the foreground with all logs until Ctrl-C."""
    if detach:
        _run_detached(profile)
    else:
        asyncio.run(_run(profile, quiet=quiet))


@app.command
def down() -> None:
    """Stop everything of every profile; data stays in .state."""
    for profile in profiles():
        stacks.stop(profile)
        servers.down(profile)
        console.print(f"{profile}: stopped")


@app.command
def status() -> None:
    """What runs, on which port, how often it was restarted."""
    table = Table("profile", "process", "pid", "port", "restarts", box=None)
    for profile in profiles():
        for name, server in servers.status(profile).items():
            table.add_row(profile, name, *_shown(server["pid"], server["port"]), "")
        known = read_json(state_dir(profile) / "stack/processes.json").get("processes", {})
        for name, process in known.items():
            mark = f"--port\0{process['port']}"
            pid = process["pid"] if processes.alive(process["pid"], mark) else None
            shown = _shown(pid, process["port"])
            table.add_row(profile, name, *shown, str(process["restarts"]))
    console.print(table)


@app.command
def logs(*names: str, follow: bool = False, profile: str = "run") -> None:
    """The processes' logs, of all or of those named (billing-worker ...)."""
    tail = Tail(state_dir(profile) / "stack/logs", from_start=True)
    for process, line in tail.follow() if follow else tail.lines():
        if not names or process in names:
            console.print(rendered(process, line), soft_wrap=True)


@app.command(name="as")
def run_as(
    process: str,
    *command: Annotated[str, Parameter(allow_leading_hyphen=True)],
    profile: str = "run",
) -> None:
    """Run a command with the environment of one process (billing-worker ...)."""
    known = environments(profile)
    if process not in known:
        sys.exit(f"{process}: not known; start the system once (`make run`)")
    if not command:
        sys.exit("which command?")
    servers.ensure_up(profile)
    os.execvpe(command[0], command, {**os.environ, **known[process]})


@app.command
def demo() -> None:
    """A portfolio from import to reactivation, on a system of its own."""
    _hand_over("deploy.local.demo")


@app.command
def verify(*, profile: str = "run") -> None:
    """Compare the services' books with each other; print every difference."""
    running = stacks.address(profile)
    if running is None:
        sys.exit("nothing runs; start the system with `make run DETACH=1`")
    os.environ |= {
        "DUESLINE_GATEWAY_URL": running,
        "DUESLINE_ADMIN_EMAIL": stacks.ADMIN_EMAIL,
        "DUESLINE_ADMIN_PASSWORD": secret(profile, "admin"),
    }
    _hand_over("deploy.verify")


def _hand_over(module: str) -> None:
    if find_spec(module) is None:
        sys.exit(f"{module} is not part of this tree")
    result: Any = import_module(module).main()
    sys.exit(result)


async def _run(profile: str, *, quiet: bool) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    began = time.monotonic()

    def step(name: str) -> None:
        console.print(f"[dim]{time.monotonic() - began:5.1f} s  {name}[/dim]")

    async with running_stack(profile, on_step=step) as stack:
        _announce(stack, time.monotonic() - began)
        (state_dir(profile) / "run.up").touch()
        showing = None if quiet else asyncio.create_task(_show(stack))
        await stopping.wait()
        console.print("[dim]draining[/dim]")
        if showing is not None:
            showing.cancel()


def _announce(stack: Stack, seconds: float) -> None:
    console.print(f"\nDuesline is up ({seconds:.1f} s)", style="bold green")
    console.print(f"  console   {stack.gateway_url}/")
    console.print(f"  API       {stack.gateway_url}/api/v1  (documentation: /docs)")
    console.print(f"  log in    {stack.admin_email}  {stack.admin_password}")
    console.print(f"  logs      {stack.state_dir / 'logs'}", soft_wrap=True)
    console.print("  stop      Ctrl-C, or `make down`\n")


async def _show(stack: Stack) -> None:
    tail = Tail(stack.state_dir / "logs")
    while True:
        for process, line in tail.lines():
            console.print(rendered(process, line), soft_wrap=True)
        await asyncio.sleep(0.25)


def _run_detached(profile: str) -> None:
    is_up = state_dir(profile) / "run.up"
    is_up.unlink(missing_ok=True)
    output = state_dir(profile) / "run.log"
    with output.open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", MODULE, "run", "--quiet", "--profile", profile],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    while not is_up.exists():
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(0.1)
            sys.exit(output.read_text().strip())
    console.print(output.read_text(), markup=False)


def _shown(pid: int | None, port: int | None) -> tuple[str, str]:
    return str(pid or "[red]down[/red]"), str(port or "")


def main() -> None:
    """Run a command; what a person can put right is one line, not a traceback."""
    os.chdir(Path(ROOT))
    try:
        app()
    except (AlreadyRuns, Failed, Missing, NotReady) as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
