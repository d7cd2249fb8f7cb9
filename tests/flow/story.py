"""The sentences timelines are written in."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from shared.contracts.customers import LineStatus
from tests.flow.world import World


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A customer with one active line."""

    customer_id: str
    line_id: str


async def subscriber(world: World, name: str = "Ana Torres") -> Subscriber:
    """A customer whose line is in service."""
    customer = await world.call("customers", "POST", "/customers", status=201, json={"name": name})
    line = await add_line(world, customer["id"])
    await world.calm()
    return Subscriber(customer["id"], line)


async def add_line(world: World, customer_id: str) -> str:
    """One more active line for a customer."""
    line = await world.call(
        "customers",
        "POST",
        "/lines",
        status=201,
        json={
            "customer_id": customer_id,
            "plan_name": "Fibra 300",
            "price": {"amount": "34.50", "currency": "USD"},
        },
    )
    await world.call("customers", "POST", f"/lines/{line['id']}/activate")
    return str(line["id"])


async def today(world: World) -> date:
    """The organization's date."""
    path = f"/organizations/{world.organization_id}/clock"
    clock = await world.call("customers", "GET", path)
    return date.fromisoformat(clock["today"])


async def invoice(
    world: World, owner: Subscriber, amount: str = "34.50", *, due_in: int = 10
) -> dict[str, Any]:
    """An issued invoice for the subscriber's line."""
    due_on = await today(world) + timedelta(days=due_in)
    made: dict[str, Any] = await world.call(
        "billing",
        "POST",
        "/invoices",
        status=201,
        json={
            "customer_id": owner.customer_id,
            "line_id": owner.line_id,
            "due_on": due_on.isoformat(),
            "items": [
                {
                    "description": "Internet",
                    "quantity": "1",
                    "unit_price": {"amount": amount, "currency": "USD"},
                }
            ],
            "issue": True,
        },
    )
    return made


async def pay(world: World, invoice_id: str, amount: str, *, status: int = 201) -> dict[str, Any]:
    """A cash payment for an invoice."""
    paid: dict[str, Any] = await world.call(
        "payments",
        "POST",
        "/payments",
        status=status,
        json={
            "invoice_id": invoice_id,
            "amount": {"amount": amount, "currency": "USD"},
            "method": "cash",
        },
    )
    return paid


async def line_status(world: World, line_id: str) -> LineStatus:
    """The status of a line by the service that owns it."""
    line = await world.call("customers", "GET", f"/lines/{line_id}")
    return LineStatus(line["status"])
