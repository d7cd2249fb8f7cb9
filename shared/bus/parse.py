"""From AMQP bodies to events, a pack at a time; what cannot be read is kept as it came."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from shared.bus.pack import BATCH, SINGLE
from shared.contracts.event import Event, EventData


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A piece of a message that is no event this system knows."""

    body: bytes
    reason: str
    error: str


@dataclass(slots=True)
class Parsed:
    """What a message held."""

    events: list[Event[Any]] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)


@cache
def _adapters(data_type: type[EventData]) -> tuple[TypeAdapter[Any], TypeAdapter[Any]]:
    event = Event[data_type]  # type: ignore[valid-type]  # made at run time
    return TypeAdapter(event), TypeAdapter(list[event])


def parse(body: bytes, content_type: str | None, type_hint: str | None) -> Parsed:
    """Read a message.

    The fast path trusts the AMQP `type` property to name the one type of a pack; when
    anything in the pack does not fit, each event is read by itself.
    """
    data_type = EventData.registry.get(type_hint or "")
    if data_type is not None:
        single, many = _adapters(data_type)
        try:
            if content_type == BATCH:
                return Parsed(events=many.validate_json(body))
            if content_type == SINGLE:
                return Parsed(events=[single.validate_json(body)])
        except ValidationError:
            pass
    return _parse_one_by_one(body)


def _parse_one_by_one(body: bytes) -> Parsed:
    parsed = Parsed()
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        parsed.unreadable.append(Unreadable(body, "not-json", str(error)))
        return parsed
    for item in document if isinstance(document, list) else [document]:
        piece = orjson.dumps(item)
        type_ = item.get("type") if isinstance(item, dict) else None
        data_type = EventData.registry.get(type_) if isinstance(type_, str) else None
        if data_type is None:
            parsed.unreadable.append(
                Unreadable(piece, "unknown-type", f"no event type {type_!r} is known here")
            )
            continue
        try:
            parsed.events.append(_adapters(data_type)[0].validate_json(piece))
        except ValidationError as error:
            parsed.unreadable.append(Unreadable(piece, "invalid", str(error)))
    return parsed
