"""Traces that follow a payment through every hop (W3C trace context inside the events).

A span covers a request, a batch of events, a relay's page: never a statement or an item.
A new trace is recorded with the probability of the settings; a request or event that
belongs to a trace does as that trace does. Spans go to an OTLP collector when
OTEL_EXPORTER_OTLP_ENDPOINT names one, and to a file of JSON lines that several processes may
share when DUESLINE_TRACE_FILE does; `python -m shared.trace` reads that file.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import orjson
from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, StatusCode, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

from shared.settings import ServiceSettings

PROPAGATOR: Final = TraceContextTextMapPropagator()
TRACER: Final = trace.get_tracer("duesline")
OTLP_ENDPOINT: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"
EXPORT_EVERY_MS: Final = 500
PROBES: Final = ("/health/", "/metrics")


def configure(service: str, settings: ServiceSettings) -> None:
    """Record this process's spans from now on; once per process."""
    trace.set_tracer_provider(provider_for(service, settings))


def provider_for(service: str, settings: ServiceSettings) -> TracerProvider:
    """Where spans go by the settings: a collector, a file, both or nowhere.

    With nowhere to go no new trace is recorded; ids are made all the same, for the logs.
    """
    exporters: list[SpanExporter] = []
    if os.environ.get(OTLP_ENDPOINT):
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        exporters.append(OTLPSpanExporter())
    if settings.trace_file is not None:
        exporters.append(FileExporter(settings.trace_file))
    ratio = settings.sampled_ratio if exporters else 0.0
    provider = TracerProvider(
        sampler=ParentBased(TraceIdRatioBased(ratio)),
        resource=Resource.create({"service.name": service}),
    )
    for exporter in exporters:
        provider.add_span_processor(
            BatchSpanProcessor(exporter, schedule_delay_millis=EXPORT_EVERY_MS)
        )
    return provider


class FileExporter(SpanExporter):
    """Appends spans to a file, a JSON object per line.

    Each batch is one write to a file opened for appending, so processes that share the file
    do not tear each other's lines.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Write the spans; a full disk costs them and nothing else."""
        lines = b"".join(orjson.dumps(_line(span), default=str) + b"\n" for span in spans)
        try:
            os.write(self._file, lines)
        except OSError:
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Close the file."""
        os.close(self._file)


def _line(span: ReadableSpan) -> dict[str, Any]:
    place = span.get_span_context()
    assert place is not None
    return {
        "trace_id": f"{place.trace_id:032x}",
        "span_id": f"{place.span_id:016x}",
        "parent_id": f"{span.parent.span_id:016x}" if span.parent else None,
        "name": span.name,
        "kind": span.kind.name.lower(),
        "service": span.resource.attributes.get("service.name"),
        "start_ns": span.start_time,
        "end_ns": span.end_time,
        "error": span.status.status_code is StatusCode.ERROR,
        "attributes": dict(span.attributes or {}),
        "links": [
            {
                "trace_id": f"{link.context.trace_id:032x}",
                "span_id": f"{link.context.span_id:016x}",
            }
            for link in span.links
        ],
    }


def current_traceparent() -> str | None:
    """The W3C traceparent of where we are, for an event or a request to carry on."""
    place = trace.get_current_span().get_span_context()
    return format_traceparent(place) if place.is_valid else None


def current_trace_id() -> str | None:
    """The trace we are in, as 32 hexadecimal digits."""
    place = trace.get_current_span().get_span_context()
    return format(place.trace_id, "032x") if place.is_valid else None


def format_traceparent(place: SpanContext) -> str:
    """A span's context as W3C writes it."""
    sampled = place.trace_flags & TraceFlags.SAMPLED
    return f"00-{place.trace_id:032x}-{place.span_id:016x}-{sampled:02x}"


def context_of(traceparent: str | None) -> Context:
    """The context a traceparent names; an empty one for None or nonsense."""
    if traceparent is None:
        return Context()
    return PROPAGATOR.extract({"traceparent": traceparent}, context=Context())


@contextmanager
def span_from(
    traceparent: str | None,
    name: str,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Mapping[str, AttributeValue] | None = None,
    links: Iterable[Link] = (),
) -> Iterator[Span]:
    """Run a block as a span that continues `traceparent`, or begins a trace without one."""
    with TRACER.start_as_current_span(
        name, context_of(traceparent), kind, attributes, list(links)
    ) as span:
        yield span


def links_from(traceparents: Iterable[str | None]) -> list[Link]:
    """Links to the spans that traceparents name, each once: for a batch of many traces."""
    found = {}
    for traceparent in {each for each in traceparents if each is not None}:
        place = trace.get_current_span(context_of(traceparent)).get_span_context()
        if place.is_valid:
            found[place.trace_id, place.span_id] = Link(place)
    return list(found.values())


@contextmanager
def server_span(scope: Any, traceparent: str | None) -> Iterator[Span]:
    """The span of one request; named by its route once that is known. None for probes."""
    if scope["path"].startswith(PROBES):
        yield trace.INVALID_SPAN
        return
    parent = context_of(traceparent)
    span = TRACER.start_span(scope["method"], parent, SpanKind.SERVER)
    token = context.attach(trace.set_span_in_context(span, parent))
    try:
        yield span
    except BaseException:
        span.set_status(StatusCode.ERROR)
        raise
    finally:
        context.detach(token)
        span.end()


def finish_server_span(
    span: Span,
    method: str,
    route: str,
    status: int,
    *,
    path: str,
    organization: str | None,
    location: str | None,
) -> None:
    """Say of a request's span what it was, how it ended, and what it made."""
    if not span.is_recording():
        return
    span.update_name(f"{method} {route}")
    span.set_attributes(
        {
            "http.request.method": method,
            "http.route": route,
            "http.response.status_code": status,
            "url.path": path,
        }
    )
    if organization is not None:
        span.set_attribute("duesline.organization", organization)
    if location is not None:
        span.set_attribute("http.response.header.location", location)
    if status >= 500:
        span.set_status(StatusCode.ERROR)
