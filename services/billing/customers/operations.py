"""Whether a customer may be invoiced."""

from uuid import UUID

from services.billing.customers import store
from services.billing.customers.problems import (
    CustomerInactive,
    CustomerUnknown,
    LineOfAnotherCustomer,
    LineUnknown,
)
from shared.db import Connection


async def require_known(tx: Connection, organization_id: UUID, customer_id: UUID) -> None:
    """Raise unless billing has heard of the customer, active or not."""
    found = await store.find(tx, organization_id, customer_id, None)
    if found["active"] is None:
        raise CustomerUnknown(customer_id)


async def require_billable(
    tx: Connection, organization_id: UUID, customer_id: UUID, line_id: UUID | None
) -> None:
    """Raise unless the customer is known and active and the line, if any, is the customer's."""
    found = await store.find(tx, organization_id, customer_id, line_id)
    if found["active"] is None:
        raise CustomerUnknown(customer_id)
    if not found["active"]:
        raise CustomerInactive(customer_id)
    if line_id is None:
        return
    if found["line_customer_id"] is None:
        raise LineUnknown(line_id)
    if found["line_customer_id"] != customer_id:
        raise LineOfAnotherCustomer(line_id, customer_id)
