"""Collections' orders, heard."""

from collections.abc import Sequence

from services.customers.lines.orders import Order, newest, obey
from shared.bus.handlers import NotYet, on
from shared.contracts.collections import LineReactivationOrdered, LineSuspensionOrdered
from shared.db import Connection


@on(LineSuspensionOrdered, LineReactivationOrdered)
async def obey_orders(tx: Connection, events: Sequence[Order]) -> None:
    """Place and lift `non_payment` holds as ordered; announce the lines that changed."""
    unknown = await obey(tx, newest(events))
    if unknown:
        raise NotYet(f"lines {', '.join(map(str, unknown))}")
