"""A service handles exactly what the flow table says, or does not start."""

from collections.abc import Sequence
from types import ModuleType
from typing import Any

import pytest

from shared.bus.handlers import FlowMismatch, Handlers, on
from shared.bus.topology import TIERS, consumers, retry_tier
from shared.contracts.collections import LineReactivationOrdered, LineSuspensionOrdered
from shared.contracts.event import Event, EventData
from shared.contracts.flow import FLOW, SERVICES
from shared.contracts.ingestion import CustomerRowsAccepted
from shared.db import Connection


def module(**members: Any) -> ModuleType:
    made = ModuleType("handlers")
    vars(made).update(members)
    return made


@on(LineSuspensionOrdered, LineReactivationOrdered)
async def obey(tx: Connection, events: Sequence[Event[Any]]) -> None:
    """Handle both orders."""


@on(CustomerRowsAccepted)
async def take(tx: Connection, events: Sequence[Event[Any]]) -> None:
    """Handle rows."""


def test_handlers_of_all_modules_are_found_in_listed_order() -> None:
    handlers = Handlers("customers", (module(obey=obey, take=take), module(again=take)))

    assert handlers.of(LineSuspensionOrdered.type) == (obey,)
    assert handlers.of(CustomerRowsAccepted.type) == (take,)
    assert handlers.of("nobody.knows-this.v1") == ()


def test_a_missing_handler_keeps_the_service_from_starting() -> None:
    with pytest.raises(FlowMismatch, match="customer-rows-accepted"):
        Handlers("customers", (module(obey=obey),))


def test_a_handler_nobody_planned_keeps_the_service_from_starting() -> None:
    with pytest.raises(FlowMismatch, match="line-suspension-ordered"):
        Handlers("billing", (module(obey=obey),))


def test_every_event_type_is_on_the_map_and_every_listener_is_a_service() -> None:
    assert set(EventData.registry.values()) == set(FLOW)
    assert {service for services in FLOW.values() for service in services} <= set(SERVICES)
    assert {data.producer() for data in FLOW} <= set(SERVICES)


def test_nobody_hears_its_own_events() -> None:
    own = {data.type for data, services in FLOW.items() if data.producer() in services}

    assert own == set()
    assert set(consumers()) == set(SERVICES)


def test_patience_grows_with_each_failure_and_ends() -> None:
    tiers = [retry_tier(attempt) for attempt in range(1, len(TIERS) + 2)]

    assert tiers[:-1] == list(TIERS)
    assert tiers[-1] is None
    assert list(TIERS.values()) == sorted(TIERS.values())


def test_a_wire_type_has_one_class_and_a_proper_name() -> None:
    with pytest.raises(ValueError, match="declared twice"):

        class Second(EventData, type="payments.allocation-made.v1"):
            """The name is taken."""

    with pytest.raises(ValueError, match="is not <service>"):

        class Misnamed(EventData, type="AllocationMade"):
            """Not a wire type."""
