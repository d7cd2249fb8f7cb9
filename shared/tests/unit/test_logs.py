"""Logs: one JSON object per line, with the ids to follow it by."""

import json
import subprocess
import sys
from typing import Any

PROGRAM = """
import logging, structlog
from opentelemetry.trace import NonRecordingSpan, SpanContext, use_span
from shared import logs
logs.configure("billing", "api", {format!r}, {level!r})
log = structlog.get_logger("x")
structlog.contextvars.bind_contextvars(organization_id="o-1")
with use_span(NonRecordingSpan(SpanContext(255, 1, False))):
    log.info("paid", amount=45, thing={{1}})
log.debug("too quiet")
logging.getLogger("some.library").warning("careful %s", "now")
logging.getLogger("httpx").info("chatter")
log.info("odd", text="\\ud800", number=2**70)
try:
    1 / 0
except ZeroDivisionError:
    log.exception("failed")
"""


def output(format: str = "json", level: str = "info") -> list[str]:
    program = PROGRAM.format(format=format, level=level)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_every_line_is_json_with_service_process_trace_and_what_was_bound() -> None:
    lines: list[dict[str, Any]] = [json.loads(line) for line in output()]

    paid, library, odd, failed = lines
    assert paid["event"] == "paid"
    assert paid["amount"] == 45
    assert paid["trace_id"] == "0" * 30 + "ff"
    assert {each["service"] for each in lines} == {"billing"}
    assert {each["process"] for each in lines} == {"api"}
    assert {each["organization_id"] for each in lines} == {"o-1"}
    assert paid["timestamp"].endswith("Z")
    assert library["event"] == "careful now"
    assert library["logger"] == "some.library"
    assert library["level"] == "warning"
    assert odd["event"] == "odd"
    assert "trace_id" not in odd
    assert "ZeroDivisionError" in failed["exception"]


def test_the_level_holds_for_libraries_too() -> None:
    assert [json.loads(line)["event"] for line in output(level="error")] == ["failed"]


def test_the_console_format_is_for_eyes() -> None:
    lines = output("console")

    assert "paid" in lines[0]
    assert not lines[0].startswith("{")
