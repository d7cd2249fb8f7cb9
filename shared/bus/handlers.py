"""Which function of a service handles which events.

`@on(...)` marks a coroutine `(tx, events)`; a service lists the modules that hold its
handlers. The registry belongs to the service, so several can live in one process.
"""

from collections.abc import Awaitable, Callable, Sequence
from types import ModuleType
from typing import Any, Final, TypeVar

from shared.contracts.event import Event, EventData
from shared.contracts.flow import FLOW
from shared.db import Connection

Handler = Callable[[Connection, Sequence[Event[Any]]], Awaitable[None]]
H = TypeVar("H", bound=Callable[..., Awaitable[None]])
MARK: Final = "__duesline_handles__"


class FlowMismatch(Exception):
    """A service's handlers and the flow table disagree."""


class NotYet(Exception):
    """What the event needs is not here yet; it is tried again later."""


class Transient(Exception):
    """Something outside failed for the moment; the event is tried again later."""


def on(*types: type[EventData]) -> Callable[[H], H]:
    """Mark a handler of batches: `async def handler(tx, events)`.

    It runs in one transaction that also claims the events, gets each event once, in order
    of arrival, and must bear any order: facts decide.
    """

    def mark(function: H) -> H:
        setattr(function, MARK, types)
        return function

    return mark


class Handlers:
    """The handlers of one service, by wire type."""

    def __init__(self, service: str, modules: Sequence[ModuleType]) -> None:
        self.service = service
        self.by_type: dict[str, tuple[Handler, ...]] = {}
        for module in modules:
            for member in vars(module).values():
                for data_type in getattr(member, MARK, ()):
                    found = self.by_type.get(data_type.type, ())
                    if member not in found:
                        self.by_type[data_type.type] = (*found, member)
        self._check_flow()

    def _check_flow(self) -> None:
        declared = {data.type for data, services in FLOW.items() if self.service in services}
        if declared != set(self.by_type):
            raise FlowMismatch(
                f"{self.service} handles but flow.py does not say:"
                f" {sorted(set(self.by_type) - declared)}; flow.py says but nobody handles:"
                f" {sorted(declared - set(self.by_type))}"
            )

    def of(self, type_: str) -> tuple[Handler, ...]:
        """The handlers of a wire type; empty for a type this service does not know."""
        return self.by_type.get(type_, ())
