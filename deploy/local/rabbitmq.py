"""A private RabbitMQ node, started from the packaged script but not by the packaged service.

The package's own wrapper demands the user `rabbitmq` and its home; the script beneath it
does not. Even epmd, Erlang's port mapper, is a private one on a port of its own.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.local import ports as local_ports
from deploy.local import processes
from deploy.local.management import Management
from deploy.local.postgres import Missing
from deploy.local.state import state_dir, write_private

USER: Final = "duesline"
PLUGINS: Final = "[rabbitmq_management,rabbitmq_prometheus,rabbitmq_consistent_hash_exchange].\n"
# Busy-waiting schedulers would take half of a two-core machine for nothing.
ERLANG_ARGUMENTS: Final = (
    "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none"
)
READY_SECONDS: Final = 90
PORT_NAMES: Final = ("amqp", "management", "prometheus", "distribution", "epmd")


def script() -> Path:
    """The rabbitmq-server script that runs as anybody."""
    home = os.environ.get("RABBITMQ_HOME")
    found = [Path(home) / "sbin/rabbitmq-server"] if home else []
    for folder in ("/usr/lib/rabbitmq/lib", "/opt"):
        found += sorted(Path(folder).glob("rabbitmq_server-*/sbin/rabbitmq-server"), reverse=True)
    for path in found:
        if path.exists():
            return path
    raise Missing("RabbitMQ is not installed: apt-get install rabbitmq-server")


@dataclass(frozen=True, slots=True)
class RabbitMQ:
    """The node of one profile."""

    profile: str

    @property
    def folder(self) -> Path:
        """Where its data, log, configuration and cookie are."""
        return state_dir(self.profile) / "rabbitmq"

    @property
    def mark(self) -> str:
        """A word in the node's command line by which its process is known."""
        return "duesline-" + hashlib.sha256(str(self.folder).encode()).hexdigest()[:16]

    def pid(self) -> int | None:
        """The running node."""
        pid = self._launched()
        return pid if processes.alive(pid, self.mark) else None

    def start(self, ports: dict[str, int], password: str) -> None:
        """Start it and wait until it serves. It must not be running."""
        program = script()
        self._write_configuration(ports, password)
        environment = self._environment(ports)
        self._pid_file.unlink(missing_ok=True)
        with (self.folder / "console.log").open("ab") as log:
            # A grandchild: nobody's child here, so it outlives us and never becomes our zombie.
            subprocess.run(
                ["setsid", "--fork", "sh", "-c", 'echo $$ > "$PID_FILE"; exec "$0"', program],
                env={**environment, "PID_FILE": str(self._pid_file), "detached": "1"},
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                check=True,
            )
        self._wait_ready(ports, Management(ports["management"], USER, password))

    def stop(self, ports: dict[str, int]) -> None:
        """Stop it in order, its port mapper too."""
        pid = self.pid()
        if pid is not None:
            processes.terminate(pid, self.mark, number=signal.SIGTERM, seconds=30)
        self._stop_port_mapper(ports)

    def kill(self) -> None:
        """kill -9: what was confirmed must be there after the next start."""
        pid = self.pid()
        if pid is not None:
            processes.send(pid, signal.SIGKILL)
            processes.wait_gone(pid, self.mark, 10)

    def _environment(self, ports: dict[str, int]) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "RABBITMQ_NODENAME": "duesline@localhost",
            "RABBITMQ_BASE": str(self.folder),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_DIST_PORT": str(ports["distribution"]),
            "ERL_EPMD_PORT": str(ports["epmd"]),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{ERLANG_ARGUMENTS} -duesline {self.mark}",
        }

    def _write_configuration(self, ports: dict[str, int], password: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        cookie = self.folder / ".erlang.cookie"
        if not cookie.exists():
            write_private(cookie, hashlib.sha256(os.urandom(32)).hexdigest())
            cookie.chmod(0o400)
        lines = {
            "listeners.tcp.1": f"127.0.0.1:{ports['amqp']}",
            "management.tcp.ip": "127.0.0.1",
            "management.tcp.port": str(ports["management"]),
            "prometheus.tcp.ip": "127.0.0.1",
            "prometheus.tcp.port": str(ports["prometheus"]),
            "default_user": USER,
            "default_pass": password,
            "disk_free_limit.absolute": "200MB",
            "log.connection.level": "warning",
        }
        if self.profile == "test":
            # Smaller write-ahead files: hundreds of short-lived queues, little memory.
            lines["raft.wal_max_size_bytes"] = str(64 * 1024 * 1024)
        content = "".join(f"{name} = {value}\n" for name, value in lines.items())
        write_private(self.folder / "rabbitmq.conf", content)
        write_private(self.folder / "enabled_plugins", PLUGINS)

    def _wait_ready(self, ports: dict[str, int], management: Management) -> None:
        deadline = time.monotonic() + READY_SECONDS
        # Management answers a little before clients are let in.
        while not (management.healthy() and local_ports.answers(ports["amqp"])):
            launched = self._launched()
            # No mark: for a moment it is still a shell.
            ended = launched is not None and not processes.alive(launched, "")
            if ended or time.monotonic() > deadline:
                tail = (self.folder / "console.log").read_text(errors="replace")[-2000:]
                raise RuntimeError(f"RabbitMQ did not start; see {self.folder}/log\n{tail}")
            time.sleep(0.05)

    @property
    def _pid_file(self) -> Path:
        return self.folder / "pid"

    def _launched(self) -> int | None:
        """The process started last, running or not; None while it has not said its number."""
        try:
            return int(self._pid_file.read_text())
        except (FileNotFoundError, ValueError):
            return None

    def _stop_port_mapper(self, ports: dict[str, int]) -> None:
        program = shutil.which("epmd")
        if program is None:
            return
        environment = self._environment(ports)
        # It refuses while it still knows a node, which it forgets a moment after the node's end.
        for _ in range(20):
            done = subprocess.run(
                [program, "-kill"], env=environment, capture_output=True, text=True, check=False
            )
            if "not allowed" not in done.stdout + done.stderr:
                return
            time.sleep(0.1)
