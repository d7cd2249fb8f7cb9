"""Runs the suite: what may run side by side does, what kills servers runs alone afterwards.

Words after `--` go to pytest. The exit code is pytest's, the first that is not 0.
"""

import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Annotated, Final

from cyclopts import App, Parameter

from deploy.local.state import ROOT

NOTHING_COLLECTED: Final = 5
app = App(name="python -m deploy.local.tests")


@app.default
def main(*words: Annotated[str, Parameter(allow_leading_hyphen=True)], workers: int = 2) -> None:
    """Run all tests, or those that `words` choose."""
    began = time.monotonic()
    side_by_side = ["-n", str(workers), "--dist", "worksteal"] if workers > 1 else []
    codes = [
        _pytest("side by side", "not fault", [*side_by_side, *words]),
        _pytest("alone", "fault", [*words]),
    ]
    sys.stderr.write(f"\ntests took {time.monotonic() - began:.0f} s\n")
    if all(code == NOTHING_COLLECTED for code in codes):
        sys.exit(NOTHING_COLLECTED)
    sys.exit(next((code for code in codes if code not in (0, NOTHING_COLLECTED)), 0))


def _pytest(title: str, marks: str, words: Sequence[str]) -> int:
    sys.stderr.write(f"\n== tests, {title} (-m '{marks}') ==\n")
    command = [sys.executable, "-m", "pytest", "-q", "-m", marks, *words]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    app()
