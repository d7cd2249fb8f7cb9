"""The state folder: private, whole or absent, and one writer at a time."""

import stat
import threading
import time
from pathlib import Path

import pytest

from deploy.local import state
from deploy.local.keys import key_files


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUESLINE_STATE_DIR", str(tmp_path))


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_secrets_stay_the_same_and_only_the_owner_reads_them(tmp_path: Path) -> None:
    first = state.secret("test", "postgres")

    assert state.secret("test", "postgres") == first
    assert state.secret("test", "rabbitmq") != first
    assert _mode(tmp_path / "test") == 0o700
    assert _mode(tmp_path / "test/secrets.json") == 0o600


def test_a_half_written_file_counts_as_absent(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text('{"ports": ')

    assert state.read_json(tmp_path / "broken.json") == {}
    assert state.read_json(tmp_path / "missing.json") == {}


def test_a_second_starter_waits_for_the_first() -> None:
    order: list[str] = []

    def second() -> None:
        with state.locked("test"):
            order.append("second")

    with state.locked("test"):
        waiting = threading.Thread(target=second)
        waiting.start()
        time.sleep(0.05)
        order.append("first")
    waiting.join()

    assert order == ["first", "second"]


def test_token_keys_are_made_once_and_the_private_one_is_private() -> None:
    files = key_files("test")
    private = files.private.read_text()

    assert key_files("test").private.read_text() == private
    assert private.startswith("-----BEGIN PRIVATE KEY-----")
    assert files.public.read_text().startswith("-----BEGIN PUBLIC KEY-----")
    assert _mode(files.private) == 0o600
