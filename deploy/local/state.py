"""Where the state of a profile lives, and how two processes agree on who writes it."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]


def state_root() -> Path:
    """The folder of all profiles; `DUESLINE_STATE_DIR` moves it."""
    return Path(os.environ.get("DUESLINE_STATE_DIR") or ROOT / ".state").resolve()


def state_dir(profile: str) -> Path:
    """The folder of one profile, made when missing and closed to others."""
    folder = state_root() / profile
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def profiles() -> list[str]:
    """The profiles that have ever been started here."""
    root = state_root()
    if not root.is_dir():
        return []
    return sorted(path.parent.name for path in root.glob("*/infra.json"))


@contextmanager
def locked(profile: str, name: str = "infra") -> Iterator[None]:
    """Hold the profile's lock; another process waits. The kernel frees it when we die."""
    with (state_dir(profile) / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def read_json(path: Path) -> dict[str, Any]:
    """What was written last; empty when nothing (whole) was."""
    try:
        found = json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return found if isinstance(found, dict) else {}


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Replace the file at once, readable by its owner only."""
    write_private(path, json.dumps(content, indent=1) + "\n")


def write_private(path: Path, content: str) -> None:
    """Replace a file at once; never readable by another user, not even for a moment."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(content)
    scratch.replace(path)


def secret(profile: str, name: str) -> str:
    """A random secret of the profile, the same one each time."""
    path = state_dir(profile) / "secrets.json"
    with locked(profile, "secrets"):
        known = read_json(path)
        if name not in known:
            known[name] = secrets.token_urlsafe(24)
            write_json(path, known)
        return str(known[name])
