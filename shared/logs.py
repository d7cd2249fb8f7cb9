"""Logs as JSON lines on stdout: what happened, and the ids to follow it by.

Every line carries the service, the process, the trace, and whatever the edge or the
consumer bound (organization, request or event id). The standard library's loggers, those of
our dependencies, come out in the same form. `DUESLINE_LOG_FORMAT=console` is for eyes.
"""

import json
import logging
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from typing import Any, Final, Literal

import orjson
import structlog
from structlog.types import EventDict, Processor, WrappedLogger

from shared.telemetry import current_trace_id

LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}
TALKATIVE: Final = (
    "aio_pika",
    "aiormq",
    "alembic",
    "asyncio",
    "httpx",
    "httpcore",
    "multipart",
    "stripe",
)


def configure(
    service: str,
    process: str,
    format: Literal["json", "console"] = "json",
    level: str = "info",
) -> None:
    """Route every log of this process to stdout, from `level` up."""
    threshold = LEVELS[level]
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # no text may stop a process
    shared = _processors(service, process)
    structlog.configure(
        processors=[*shared, *_ending(format)],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=_lines if format == "json" else structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_ending(format, text=True),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(threshold)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(threshold, logging.WARNING))


def _processors(service: str, process: str) -> list[Processor]:
    def add_identity(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event["service"] = service
        event["process"] = process
        trace_id = current_trace_id()
        if trace_id is not None:
            event["trace_id"] = trace_id
        return event

    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_identity,
    ]


def _ending(format: Literal["json", "console"], *, text: bool = False) -> Sequence[Processor]:
    """How an event becomes a line."""
    if format == "console":
        return [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    return [structlog.processors.format_exc_info, _json_text if text else _json_bytes]


def _json_bytes(_: WrappedLogger, __: str, event: EventDict) -> bytes:
    try:
        return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS)
    except orjson.JSONEncodeError:  # lone surrogates, huge integers
        text = json.dumps({str(key): str(value) for key, value in event.items()})
        return text.encode()


def _json_text(logger: WrappedLogger, name: str, event: EventDict) -> str:
    return _json_bytes(logger, name, event).decode()


class _Stdout:
    """Writes each line to whatever stdout is at that moment, in one piece."""

    def msg(self, line: bytes) -> None:
        sys.stdout.buffer.write(line + b"\n")
        sys.stdout.flush()

    debug = info = warning = error = critical = exception = msg


def _lines(*_: Any) -> _Stdout:
    return _Stdout()
