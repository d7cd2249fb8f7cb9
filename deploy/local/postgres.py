"""A private PostgreSQL server, also for root, which PostgreSQL itself refuses to serve.

Root gets one of two disguises: a user namespace, in which it is somebody else and its files
stay its own; or, where namespaces are forbidden (ordinary containers), the OS user
`postgres` and a data folder under /var/lib that is handed to that user.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from deploy.local import processes
from deploy.local.state import state_dir, state_root, write_private

SUPERUSER: Final = "duesline"
NAMESPACE: Final = ("unshare", "-U", "--map-user=1000", "--map-group=1000")
OTHER_USER: Final = ("setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups")

COMMON: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "400",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "password_encryption": "scram-sha-256",
    # Many short statements: compiling one costs more than running it.
    "jit": "off",
    "random_page_cost": "1.1",
    "checkpoint_timeout": "15min",
    "log_line_prefix": "%m [%p] %q%a %d ",
    "log_lock_waits": "on",
    "logging_collector": "off",
}
BY_PROFILE: Final = {
    "run": {"shared_buffers": "256MB", "max_wal_size": "2GB"},
    "test": {
        "shared_buffers": "256MB",
        "max_wal_size": "2GB",
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "wal_level": "minimal",
        "max_wal_senders": "0",
    },
    "bench": {
        "shared_buffers": "2GB",
        "max_wal_size": "8GB",
        "maintenance_work_mem": "512MB",
        "work_mem": "32MB",
    },
}


class Missing(Exception):
    """A server's binaries are not installed; the message says what to do."""


@cache
def binaries() -> Path:
    """The newest installed PostgreSQL's folder of programs."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"),
        key=lambda path: int(path.parent.parent.name),
    )
    on_path = shutil.which("postgres")
    candidates = [*found[::-1], *([Path(on_path)] if on_path else [])]
    for program in candidates:
        if (program.parent / "initdb").exists():
            return program.parent
    raise Missing("PostgreSQL is not installed: apt-get install postgresql")


@cache
def _disguise() -> tuple[str, ...]:
    """The words before a command that make PostgreSQL accept its caller."""
    if os.geteuid() != 0:
        return ()
    for prefix in (NAMESPACE, OTHER_USER):
        program = binaries() / "postgres"
        tried = subprocess.run(
            [*prefix, program, "--version"], capture_output=True, check=False, cwd="/"
        )
        if tried.returncode == 0:
            return prefix
    raise Missing("PostgreSQL does not run as root here: run as an ordinary user")


@dataclass(frozen=True, slots=True)
class Postgres:
    """The server of one profile."""

    profile: str

    @property
    def folder(self) -> Path:
        """Where its data and log are."""
        if _disguise() == OTHER_USER:
            # The other user cannot enter root's folders.
            place = hashlib.sha256(str(state_root()).encode()).hexdigest()[:12]
            return Path("/var/lib/duesline") / place / self.profile
        return state_dir(self.profile) / "postgres"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "postgres.log"

    def pid(self) -> int | None:
        """The running postmaster."""
        try:
            first = (self.data / "postmaster.pid").read_text().split("\n", 1)[0]
        except FileNotFoundError:
            return None
        pid = int(first) if first.strip().isdigit() else None
        return pid if processes.alive(pid, str(self.data)) else None

    def start(self, port: int, password: str) -> None:
        """Start it, making the cluster first when there is none. It must not be running."""
        if not (self.data / "PG_VERSION").exists():
            self._initialise(password)
        self._write_configuration(port)
        self._clear_after_crash()
        failure = self._try_start()
        if failure is not None:
            raise RuntimeError(f"PostgreSQL did not start; see {self.log}\n{failure}")

    def stop(self) -> None:
        """Stop it; clients are disconnected, everything committed is on disk."""
        pid = self.pid()
        if pid is not None:
            processes.terminate(pid, str(self.data), number=signal.SIGINT, seconds=30)

    def kill(self) -> None:
        """As if the power failed: no process of it survives, nothing is flushed."""
        while victims := processes.working_in(self.data):
            for victim in victims:
                processes.send(victim, signal.SIGKILL)
            time.sleep(0.01)

    def _clear_after_crash(self) -> None:
        """Remove the lock of a killed server, which may stand for a zombie nobody reaps.

        Only once its last backend is gone: two servers on the same files would ruin them.
        """
        deadline = time.monotonic() + 30
        while processes.working_in(self.data):
            if time.monotonic() > deadline:
                raise RuntimeError(f"processes of a dead server still use {self.data}")
            time.sleep(0.05)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _initialise(self, password: str) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        password_file = self.folder / "password"
        write_private(password_file, password + "\n")
        if _disguise() == OTHER_USER:
            self.folder.parents[1].chmod(0o755)
            self.folder.parents[0].chmod(0o755)
            for path in (self.folder, password_file):
                shutil.chown(path, "postgres", "postgres")
        try:
            self._run(
                "initdb",
                f"--pgdata={self.data}",
                f"--username={SUPERUSER}",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            )
        finally:
            password_file.unlink()

    def _write_configuration(self, port: int) -> None:
        values = {**COMMON, **BY_PROFILE.get(self.profile, BY_PROFILE["run"]), "port": str(port)}
        lines = [f"{name} = '{value}'\n" for name, value in values.items()]
        path = self.data / "postgresql.conf"
        write_private(path, "".join(lines))
        if _disguise() == OTHER_USER:
            shutil.chown(path, "postgres", "postgres")

    def _try_start(self) -> str | None:
        """None when it is up, otherwise the end of its log."""
        started = subprocess.run(
            self._command(
                "pg_ctl", "start", "--silent", "-w", "-t", "120", "-D", self.data, "-l", self.log
            ),
            check=False,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if started.returncode == 0:
            return None
        return self.log.read_text(errors="replace")[-2000:] if self.log.exists() else "no log"

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            self._command(program, *arguments), capture_output=True, text=True, check=False, cwd="/"
        )
        if done.returncode != 0:
            raise RuntimeError(f"{program} failed: {done.stderr or done.stdout}")

    def _command(self, program: str, *arguments: str | Path) -> list[str | Path]:
        return [*_disguise(), binaries() / program, *arguments]
