"""Every organization has a policy from the moment it is heard of."""

from collections.abc import Sequence

from services.collections.policies import store
from shared import clock
from shared.bus.handlers import on
from shared.contracts.customers import OrganizationChanged
from shared.contracts.event import Event
from shared.db import Connection
from shared.tenancy import load_organizations


@on(OrganizationChanged)
async def ensure_policy(tx: Connection, events: Sequence[Event[OrganizationChanged]]) -> None:
    """Give new organizations the default policy; runs after shared.tenancy's projection."""
    found = await load_organizations(tx, {event.data.organization_id for event in events})
    await store.ensure_default(tx, list(found.values()), clock.now())
