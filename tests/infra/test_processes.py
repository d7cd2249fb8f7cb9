"""Processes known by pid: ours are found, strangers and the dead are not."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from deploy.local import processes

MARK = "a-mark-nobody-else-has"


def _sleeper(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", MARK], cwd=folder)


def test_a_process_with_another_command_line_is_a_stranger() -> None:
    assert not processes.alive(os.getpid(), MARK)
    assert processes.alive(os.getpid(), "python")


def test_a_killed_process_that_nobody_reaped_is_not_alive(tmp_path: Path) -> None:
    child = _sleeper(tmp_path)
    assert processes.alive(child.pid, MARK)

    child.send_signal(signal.SIGKILL)

    assert processes.wait_gone(child.pid, MARK, 5)  # a zombie until the next line
    child.wait()


def test_processes_are_found_by_the_folder_they_work_in(tmp_path: Path) -> None:
    child = _sleeper(tmp_path)
    try:
        assert processes.working_in(tmp_path) == [child.pid]
    finally:
        processes.terminate(child.pid, MARK, number=signal.SIGTERM, seconds=5)
        child.wait()

    assert processes.working_in(tmp_path) == []
