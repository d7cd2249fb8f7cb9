"""Traces: the context survives every hop, and a file of spans can be read as a story."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import INVALID_SPAN, Span, SpanKind, use_span

from shared import telemetry, trace
from shared.settings import ServiceSettings
from shared.telemetry import (
    context_of,
    current_trace_id,
    current_traceparent,
    links_from,
    provider_for,
    span_from,
)

CAUSE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
UNSAMPLED = CAUSE[:-2] + "00"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "spans.jsonl"


@pytest.fixture
def provider(file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TracerProvider]:
    settings = ServiceSettings(environment="test", trace_file=file)
    provider = provider_for("payments", settings)
    monkeypatch.setattr(telemetry, "TRACER", provider.get_tracer("test"))
    yield provider
    provider.shutdown()


def spans(provider: TracerProvider, file: Path) -> list[trace.Span]:
    provider.force_flush()
    return trace.read(file)


def test_outside_a_span_there_is_no_context() -> None:
    with use_span(INVALID_SPAN):
        assert current_traceparent() is None
        assert current_trace_id() is None


@pytest.mark.usefixtures("provider")
def test_a_span_continues_the_trace_of_its_cause() -> None:
    with span_from(CAUSE, "apply") as span:
        here = current_traceparent()

        assert here is not None
        assert here[3:35] == CAUSE[3:35] == current_trace_id()
        assert here[36:52] == f"{span.get_span_context().span_id:016x}" != CAUSE[36:52]
        assert here.endswith("-01")


@pytest.mark.usefixtures("provider")
def test_an_unsampled_cause_is_followed_and_not_recorded() -> None:
    with span_from(UNSAMPLED, "apply") as span:
        assert not span.is_recording()
        assert (current_traceparent() or "").endswith("-00")


@pytest.mark.usefixtures("provider")
@pytest.mark.parametrize("traceparent", [None, "", "nonsense", "00-" + "0" * 32 + "-1-01"])
def test_without_a_usable_cause_a_trace_begins(traceparent: str | None) -> None:
    with span_from(traceparent, "apply") as span:
        assert span.get_span_context().is_valid
        assert span.parent is None  # type: ignore[attr-defined]


def test_links_name_each_cause_once() -> None:
    other = CAUSE.replace("b7", "c8")

    assert len(links_from([CAUSE, None, CAUSE, "nonsense", other])) == 2


def test_a_trace_file_has_a_line_per_span(provider: TracerProvider, file: Path) -> None:
    with span_from(None, "outer", SpanKind.SERVER, {"duesline.organization": "o"}) as outer:
        here = current_traceparent()
        with span_from(here, "inner", links=links_from([CAUSE])):
            pass

    inner_line, outer_line = spans(provider, file)

    assert outer_line["name"] == "outer"
    assert outer_line["service"] == "payments"
    assert outer_line["kind"] == "server"
    assert outer_line["attributes"] == {"duesline.organization": "o"}
    assert inner_line["parent_id"] == outer_line["span_id"] == hex_of(outer)
    assert inner_line["links"] == [{"trace_id": CAUSE[3:35], "span_id": CAUSE[36:52]}]
    assert outer_line["end_ns"] >= inner_line["end_ns"]


def hex_of(span: Span) -> str:
    return f"{span.get_span_context().span_id:016x}"


def test_processes_share_a_trace_file_without_tearing_lines(file: Path) -> None:
    program = f"""
from pathlib import Path
from shared import telemetry
from shared.settings import ServiceSettings
telemetry.configure("p", ServiceSettings(environment="test", trace_file=Path({str(file)!r})))
for number in range(2000):
    with telemetry.span_from(None, "span " + "x" * 200, attributes={{"n": number}}):
        pass
"""
    processes = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(2)]
    for process in processes:
        assert process.wait() == 0

    lines = file.read_text().splitlines()

    assert len(lines) == 4000
    assert all(json.loads(line)["name"].startswith("span") for line in lines)


def test_without_a_place_to_go_no_trace_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    provider = provider_for("x", ServiceSettings(environment="demo"))
    monkeypatch.setattr(telemetry, "TRACER", provider.get_tracer("test"))

    with span_from(None, "apply") as span:
        assert not span.is_recording()
        assert current_trace_id() is not None


def test_production_records_about_one_trace_in_a_hundred(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = provider_for("x", ServiceSettings(environment="prod", trace_file=file))
    tracer = provider.get_tracer("test")

    recorded = sum(
        tracer.start_span("x", context=context_of(None)).is_recording() for _ in range(20_000)
    )

    assert 100 < recorded < 320
    provider.shutdown()


@pytest.fixture
def collector() -> Iterator[HTTPServer]:
    """An OpenTelemetry collector that keeps the paths and sizes of what it gets."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            got.append((self.path, len(self.rfile.read(length))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None: ...

    got: list[tuple[str, int]] = []
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        server.got = got  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_spans_go_to_a_collector_when_one_is_named(
    collector: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = collector.server_address[1]
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{port}")
    provider = provider_for("payments", ServiceSettings(environment="test"))

    provider.get_tracer("test").start_span("pay").end()
    provider.shutdown()

    ((path, size),) = collector.got  # type: ignore[attr-defined]
    assert path == "/v1/traces"
    assert size > 50


def line(  # one span of a made-up trace file
    trace_id: str, span_id: str, parent: str | None, name: str, at: float, **more: object
) -> dict[str, object]:
    base: dict[str, object] = {
        "trace_id": trace_id,
        "span_id": span_id,
        "parent_id": parent,
        "name": name,
        "kind": "internal",
        "service": "payments",
        "start_ns": int(at * 1e6),
        "end_ns": int((at + 1) * 1e6),
        "error": False,
        "attributes": {},
        "links": [],
    }
    return base | more


STORY = [
    line("t1", "a", "from-the-client", "POST /payments", 0, attributes={"url": "/payments/P-1"}),
    line("t1", "b", "a", "collections allocation-made", 5, service="collections"),
    line("t2", "c", None, "batch", 4, links=[{"trace_id": "t1", "span_id": "b"}]),
    line("t2", "d", "c", "customers reactivate", 9, service="customers", error=True),
    line("t3", "e", None, "GET /customers", 1),
]


def test_the_tree_follows_parents_and_links_across_services(file: Path) -> None:
    assert [(depth, span["span_id"]) for depth, span in trace.tree(STORY, "t1")] == [
        (0, "a"),
        (1, "b"),
        (2, "c"),
        (3, "d"),
    ]


def test_a_trace_is_found_by_its_id_or_by_what_it_is_about() -> None:
    assert trace.matching(STORY, "p-1") == ["t1"]
    assert trace.matching(STORY, "t3") == ["t3"]
    assert trace.matching(STORY, "nothing") == []


def test_spans_that_link_in_a_circle_are_printed_once() -> None:
    circle = [
        line("t", "a", None, "a", 0, links=[{"trace_id": "t", "span_id": "b"}]),
        line("t", "b", "a", "b", 1),
    ]

    assert [span["span_id"] for _, span in trace.tree(circle, "t")] == ["a", "b"]


def test_the_command_prints_offsets_in_milliseconds(file: Path) -> None:
    file.write_text("".join(json.dumps(each) + "\n" for each in STORY) + '{"torn')
    run = [sys.executable, "-m", "shared.trace", "--file", str(file)]

    found = subprocess.run([*run, "P-1"], capture_output=True, text=True)
    missing = subprocess.run([*run, "P-2"], capture_output=True, text=True)

    assert found.stdout.splitlines()[0] == "trace t1: 4 spans, 10.0 ms"
    assert found.stdout.splitlines()[2].split() == [
        *("5.0", "ms", "1.0", "ms", "collections", "collections", "allocation-made"),
    ]
    assert found.stdout.splitlines()[4].endswith("ERROR")
    assert missing.returncode == 1
    assert "P-2" in missing.stderr
