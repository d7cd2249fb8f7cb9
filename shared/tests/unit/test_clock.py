"""The clock: one now(), which tests may stop and move."""

import asyncio
import re
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

import shared
from shared import clock

NOON = datetime(2026, 8, 10, 12, tzinfo=UTC)


def test_now_is_aware_and_in_utc() -> None:
    assert clock.now().tzinfo is UTC


def test_a_frozen_clock_stands_still_until_moved() -> None:
    with clock.frozen(NOON) as frozen:
        assert clock.now() == clock.now() == NOON
        frozen.advance(timedelta(hours=1))
        assert clock.now() == NOON + timedelta(hours=1)
        frozen.move_to(NOON - timedelta(days=1))
        assert clock.now() == NOON - timedelta(days=1)

    assert clock.now().year > 2025
    assert clock.now() != NOON - timedelta(days=1)


def test_frozen_clocks_nest() -> None:
    with clock.frozen(NOON):
        with clock.frozen(NOON + timedelta(days=1)):
            assert clock.now() == NOON + timedelta(days=1)
        assert clock.now() == NOON


def test_a_frozen_clock_shows_its_time_as_utc() -> None:
    guayaquil = timezone(timedelta(hours=-5))

    with clock.frozen(datetime(2026, 8, 10, 7, tzinfo=guayaquil)):
        assert clock.now() == NOON
        assert clock.now().tzinfo is UTC


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="names no time zone"), clock.frozen(datetime(2026, 8, 10)):  # noqa: DTZ001
        pass


async def test_tasks_and_threads_see_the_same_frozen_clock() -> None:
    seen: list[datetime] = []

    async def look() -> None:
        seen.append(clock.now())

    with clock.frozen(NOON):
        await asyncio.create_task(look())
        thread = threading.Thread(target=lambda: seen.append(clock.now()))
        thread.start()
        thread.join()

    assert seen == [NOON, NOON]


def test_nothing_else_reads_the_machines_clock() -> None:
    root = Path(shared.__file__).parent.parent
    reading = re.compile(r"\b(datetime\.(now|utcnow|today)|date\.today|time\.time)\(")
    folders = [root / name for name in ("shared", "services", "gateway")]
    sources = [path for folder in folders for path in folder.rglob("*.py")]
    offenders = {
        str(path.relative_to(root))
        for path in sources
        if "tests" not in path.parts
        and "node_modules" not in path.parts
        and reading.search(path.read_text())
    }

    assert offenders == {"shared/clock.py"}
