"""Traces that follow a payment through every hop (W3C trace context inside the events).

A span covers a request, a batch of events, a relay's page: never a statement or an item.
A new trace is recorded with the probability of the settings; a request or event that
belongs to a trace does as that trace does.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, StatusCode, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

PROPAGATOR: Final = TraceContextTextMapPropagator()
TRACER: Final = trace.get_tracer("duesline")


def current_traceparent() -> str | None:
    """The W3C traceparent of where we are, for an event or a request to carry on."""
    context = trace.get_current_span().get_span_context()
    return format_traceparent(context) if context.is_valid else None


def current_trace_id() -> str | None:
    """The trace we are in, as 32 hexadecimal digits."""
    context = trace.get_current_span().get_span_context()
    return format(context.trace_id, "032x") if context.is_valid else None


def format_traceparent(context: SpanContext) -> str:
    """A span's context as W3C writes it."""
    sampled = context.trace_flags & TraceFlags.SAMPLED
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{sampled:02x}"


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
        context = trace.get_current_span(context_of(traceparent)).get_span_context()
        if context.is_valid:
            found[context.trace_id, context.span_id] = Link(context)
    return list(found.values())


@contextmanager
def server_span(scope: Any, traceparent: str | None) -> Iterator[Span]:
    """The span of one request; named by its route once that is known."""
    with TRACER.start_as_current_span(
        scope["method"], context_of(traceparent), SpanKind.SERVER, record_exception=False
    ) as span:
        yield span


def finish_server_span(
    span: Span, method: str, route: str, status: int, organization: str | None
) -> None:
    """Say of a request's span what it was and how it ended."""
    if not span.is_recording():
        return
    span.update_name(f"{method} {route}")
    span.set_attributes(
        {"http.request.method": method, "http.route": route, "http.response.status_code": status}
    )
    if organization is not None:
        span.set_attribute("duesline.organization", organization)
    if status >= 500:
        span.set_status(StatusCode.ERROR)
