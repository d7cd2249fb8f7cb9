"""Money in, money out, and what it was put against -> the projections statements are made from."""

from collections.abc import Sequence
from typing import Any, Final

from services.billing.statements import projection
from shared.bus.handlers import on
from shared.contracts.event import Event
from shared.contracts.payments import (
    AllocationMade,
    AllocationReversed,
    PaymentChargedBack,
    PaymentReceived,
    PaymentRefunded,
    PaymentReversed,
)
from shared.db import Connection

TYPES: Final = (
    PaymentReceived,
    PaymentRefunded,
    PaymentReversed,
    PaymentChargedBack,
    AllocationMade,
    AllocationReversed,
)


@on(*TYPES)
async def project_money(tx: Connection, events: Sequence[Event[Any]]) -> None:
    """Keep each movement and each allocation once; they never change."""
    moved = [event for event in events if not isinstance(event.data, projection.ALLOCATIONS)]
    put = [event for event in events if isinstance(event.data, projection.ALLOCATIONS)]
    await projection.put_movements(tx, moved)
    await projection.put_allocations(tx, put)
