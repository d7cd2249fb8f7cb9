"""A trace survives the bus: the context travels inside the event, not the message.

A batch is one span with links to its causes; besides, each sampled event gets a short
span of its own in its own trace, and what its handler emits continues from there. So one
payment can be followed through every hop though it never travelled alone.
Source: OpenTelemetry semantic conventions for messaging, batch processing.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from opentelemetry import trace
from opentelemetry.trace import Link, SpanContext, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.contracts.event import Event

MOST_LINKS: Final = 32
SAMPLED_SUFFIX: Final = "01"
propagator: Final = TraceContextTextMapPropagator()
tracer: Final = trace.get_tracer("duesline.bus")


@contextmanager
def consumer_spans(service: str, events: Sequence[Event[Any]]) -> Iterator[list[Event[Any]]]:
    """The events, each sampled one carrying the context of its span here instead of its cause's."""
    sampled = [e for e in events if e.traceparent and e.traceparent.endswith(SAMPLED_SUFFIX)]
    if not sampled:
        yield list(events)
        return
    links = [Link(context) for e in sampled[:MOST_LINKS] if (context := _context(e)) is not None]
    with tracer.start_as_current_span(
        f"{service} process batch",
        kind=SpanKind.CONSUMER,
        links=links,
        attributes={"messaging.system": "rabbitmq", "messaging.batch.message_count": len(events)},
    ):
        spans = {e.id: _start(service, e) for e in sampled}
        try:
            yield [
                e.model_copy(update={"traceparent": _traceparent(spans[e.id])})
                if e.id in spans
                else e
                for e in events
            ]
        finally:
            for span in spans.values():
                span.end()


def _start(service: str, event: Event[Any]) -> trace.Span:
    return tracer.start_span(
        f"{service} {event.type}",
        context=propagator.extract({"traceparent": event.traceparent or ""}),
        kind=SpanKind.CONSUMER,
        attributes={
            "messaging.system": "rabbitmq",
            "messaging.message.id": str(event.id),
            "duesline.organization": str(event.organization),
            "duesline.subject": event.subject,
        },
    )


def _context(event: Event[Any]) -> SpanContext | None:
    extracted = propagator.extract({"traceparent": event.traceparent or ""})
    context = trace.get_current_span(extracted).get_span_context()
    return context if context.is_valid else None


def _traceparent(span: trace.Span) -> str:
    context = span.get_span_context()
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
