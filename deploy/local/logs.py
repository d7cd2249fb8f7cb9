"""The processes' log files as one coloured stream for people."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from zlib import crc32

from rich.text import Text

COLOURS: Final = ("cyan", "green", "magenta", "blue", "yellow", "bright_cyan", "bright_magenta")
LEVELS: Final = {"warning": "yellow", "error": "red", "critical": "bold red"}
# Said by the prefix, or of use to machines only.
HIDDEN: Final = {"event", "level", "timestamp", "service", "process", "logger", "trace", "span"}
POLL_SECONDS: Final = 0.25


class Tail:
    """What is appended to the logs of a folder from now on; new files are found."""

    def __init__(self, folder: Path, *, from_start: bool = False) -> None:
        self.folder = folder
        self._read = {} if from_start else {path: path.stat().st_size for path in self._files()}

    def lines(self) -> list[tuple[str, str]]:
        """New whole lines, each with the name of its process."""
        found = []
        for path in self._files():
            offset = self._read.get(path, 0)
            if path.stat().st_size <= offset:
                continue
            with path.open("rb") as log:
                log.seek(offset)
                content = log.read()
            whole = content[: content.rfind(b"\n") + 1]
            self._read[path] = offset + len(whole)
            found += [(path.stem, line) for line in whole.decode(errors="replace").splitlines()]
        return found

    def follow(self) -> Iterator[tuple[str, str]]:
        """Lines for ever."""
        while True:
            yield from self.lines()
            time.sleep(POLL_SECONDS)

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("*.log"))


def rendered(process: str, line: str) -> Text:
    """A log line for people: JSON is unfolded, anything else stays as it is."""
    colour = COLOURS[crc32(process.encode()) % len(COLOURS)]
    text = Text.assemble((f"{process:<20} ", colour), no_wrap=False)
    try:
        entry = json.loads(line)
    except json.JSONDecodeError:
        return text.append(line)
    if not isinstance(entry, dict):
        return text.append(line)
    level = str(entry.get("level", ""))
    text.append(_clock(str(entry.get("timestamp", ""))) + " ", "dim")
    text.append(str(entry.get("event", "")), LEVELS.get(level, "default"))
    for name, value in entry.items():
        if name not in HIDDEN:
            text.append(f" {name}=", "dim").append(str(value))
    return text


def _clock(timestamp: str) -> str:
    try:
        return datetime.fromisoformat(timestamp).astimezone(UTC).strftime("%H:%M:%S.%f")[:-3]
    except ValueError:
        return timestamp
