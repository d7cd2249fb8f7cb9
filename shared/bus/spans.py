"""A trace survives the bus: the context travels inside the event, not the message.

A batch is one span with links to its causes; besides, each sampled event gets a short
span of its own in its own trace, and what its handler emits continues from there. So one
payment can be followed through every hop though it never travelled alone.
Source: OpenTelemetry semantic conventions for messaging, batch processing.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from opentelemetry.trace import Span, SpanKind

from shared.contracts.event import Event
from shared.telemetry import TRACER, context_of, format_traceparent, links_from, span_from

MOST_LINKS: Final = 32
SAMPLED_SUFFIX: Final = "01"


@contextmanager
def consumer_spans(service: str, events: Sequence[Event[Any]]) -> Iterator[list[Event[Any]]]:
    """The events, each sampled one carrying the context of its span here instead of its cause's."""
    sampled = [e for e in events if e.traceparent and e.traceparent.endswith(SAMPLED_SUFFIX)]
    if not sampled:
        yield list(events)
        return
    with span_from(
        None,
        f"{service} process batch",
        SpanKind.CONSUMER,
        {"messaging.system": "rabbitmq", "messaging.batch.message_count": len(events)},
        links_from([e.traceparent for e in sampled[:MOST_LINKS]]),
    ):
        spans = {e.id: _start(service, e) for e in sampled}
        try:
            yield [_under(spans[e.id], e) if e.id in spans else e for e in events]
        finally:
            for span in spans.values():
                span.end()


def _under(span: Span, event: Event[Any]) -> Event[Any]:
    """The event, its trace going on from `span`."""
    return event.model_copy(update={"traceparent": format_traceparent(span.get_span_context())})


def _start(service: str, event: Event[Any]) -> Span:
    return TRACER.start_span(
        f"{service} {event.type}",
        context=context_of(event.traceparent),
        kind=SpanKind.CONSUMER,
        attributes={
            "messaging.system": "rabbitmq",
            "messaging.message.id": str(event.id),
            "duesline.organization": str(event.organization),
            "duesline.subject": event.subject,
        },
    )
