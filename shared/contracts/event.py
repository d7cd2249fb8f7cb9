"""The shape of every event on the bus: a CloudEvents 1.0 envelope around typed data.

`EventData` subclasses declare their wire type (`payments.allocation-made.v1`), which is
also the routing key. The envelope carries, beside the CloudEvents attributes, three
extensions: the organization, the aggregate's version (a reader ignores versions it has
already passed) and the W3C trace context of the cause.

Sources: CloudEvents 1.0.2 core and JSON format; W3C Trace Context.
"""

import re
from datetime import datetime
from typing import Any, ClassVar, Final, Generic, Literal, TypeAlias, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

TYPE_PATTERN: Final = re.compile(r"^[a-z]+\.[a-z]+(-[a-z]+)*\.v[0-9]+$")


class Contract(BaseModel):
    """A frozen value on the wire; readers ignore members they do not know."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_timedelta="iso8601")


class EventData(Contract):
    """The data of one type of event, registered under its wire type."""

    type: ClassVar[str]
    registry: ClassVar[dict[str, "TypeOfData"]] = {}

    def __init_subclass__(cls, *, type: str | None = None, **kwargs: Any) -> None:
        """Register the class under `type`; an abstract base gives none."""
        super().__init_subclass__(**kwargs)
        if type is None:
            return
        if not TYPE_PATTERN.match(type):
            raise ValueError(f"{type!r} is not <service>.<fact-in-past-tense>.v<number>")
        known = EventData.registry.setdefault(type, cls)
        if (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise ValueError(f"{type!r} is declared twice")
        cls.type = type

    @classmethod
    def producer(cls) -> str:
        """The service that owns and publishes this type."""
        return cls.type.partition(".")[0]


TypeOfData: TypeAlias = type[EventData]
D = TypeVar("D", bound=EventData, covariant=True)


class Event(BaseModel, Generic[D]):
    """One event as it travels: what happened (`data`), to what (`subject`), and why.

    `aggregateversion` grows with each change of the subject; 0 where order does not
    matter. `time` is the instant of the commit's transaction in the real world, also for
    a sandbox whose own clock runs elsewhere.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    type: str
    source: str
    subject: str
    time: datetime
    datacontenttype: Literal["application/json"] = "application/json"
    organization: UUID
    aggregateversion: int = Field(default=0, ge=0)
    causationid: UUID | None = None
    traceparent: str | None = None
    data: D
