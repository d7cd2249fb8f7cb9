"""Processes known by pid, without ever hitting a stranger that got the same number."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")


def _stat(pid: int) -> list[str]:
    """Fields of /proc/<pid>/stat after the command's name; empty when there is no such process."""
    try:
        content = (PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return content.rpartition(")")[2].split()


def alive(pid: int | None, mark: str) -> bool:
    """Whether `pid` runs and its command line holds `mark`; a zombie does not count."""
    if not pid:
        return False
    fields = _stat(pid)
    if not fields or fields[0] in "ZX":
        return False
    try:
        command = (PROC / str(pid) / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False
    return mark.encode() in command


def working_in(folder: Path) -> list[int]:
    """The living processes whose current folder is `folder`."""
    found = []
    for entry in PROC.iterdir():
        if entry.name.isdigit() and _stat(int(entry.name))[:1] not in ([], ["Z"], ["X"]):
            with suppress(OSError):
                if (entry / "cwd").readlink() == folder:
                    found.append(int(entry.name))
    return found


def send(pid: int, number: signal.Signals) -> None:
    """Signal a process; nothing happens when it is gone."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def wait_gone(pid: int, mark: str, seconds: float) -> bool:
    """Wait for the end of a process; False when it still runs after `seconds`."""
    deadline = time.monotonic() + seconds
    while alive(pid, mark):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def terminate(pid: int, mark: str, *, number: signal.Signals, seconds: float) -> None:
    """Ask a process to end, and kill it when it has not after `seconds`."""
    if not alive(pid, mark):
        return
    send(pid, number)
    if not wait_gone(pid, mark, seconds):
        send(pid, signal.SIGKILL)
        wait_gone(pid, mark, 5)
