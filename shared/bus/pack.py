"""Events on the wire: CloudEvents JSON, alone or packed by type.

One event travels as `application/cloudevents+json`. A backlog of one type travels as
`application/cloudevents-batch+json`, some hundred events in one AMQP message.
Sources: CloudEvents JSON format 1.0.2 sections 3 and 4.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

SINGLE: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
MOST_EVENTS: Final = 250
MOST_BYTES: Final = 512 * 1024


class StoredEvent(NamedTuple):
    """A row of the outbox, its parts already text; `subject` and `data` are JSON."""

    seq: int
    event_id: str
    type: str
    organization_id: str
    subject: str
    version: int
    time: str
    causation_id: str | None
    traceparent: str | None
    data: str

    def envelope(self, service: str) -> str:
        """The event as CloudEvents JSON."""
        causation = f'"causationid":"{self.causation_id}",' if self.causation_id else ""
        trace = f'"traceparent":"{self.traceparent}",' if self.traceparent else ""
        return (
            f'{{"specversion":"1.0","id":"{self.event_id}","type":"{self.type}",'
            f'"source":"duesline/{service}","subject":{self.subject},"time":"{self.time}",'
            f'"datacontenttype":"application/json","organization":"{self.organization_id}",'
            f'"aggregateversion":{self.version},{causation}{trace}"data":{self.data}}}'
        )


@dataclass(frozen=True, slots=True)
class Pack:
    """One AMQP message: events of one type."""

    type: str
    body: bytes
    events: int

    @property
    def content_type(self) -> str:
        """How the body is to be read."""
        return SINGLE if self.events == 1 else BATCH


def pack(service: str, rows: Sequence[StoredEvent]) -> list[Pack]:
    """The rows as few messages: by type, in order within a type, bounded in size."""
    by_type: dict[str, list[StoredEvent]] = {}
    for row in rows:
        by_type.setdefault(row.type, []).append(row)
    return [
        Pack(
            type=type_,
            body=(chunk[0] if len(chunk) == 1 else f"[{','.join(chunk)}]").encode(),
            events=len(chunk),
        )
        for type_, of_type in by_type.items()
        for chunk in _chunks(row.envelope(service) for row in of_type)
    ]


def _chunks(envelopes: Iterable[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    size = 0
    for envelope in envelopes:
        if chunk and (len(chunk) == MOST_EVENTS or size + len(envelope) > MOST_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(envelope)
        size += len(envelope)
    if chunk:
        yield chunk
