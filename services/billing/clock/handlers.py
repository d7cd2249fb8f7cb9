"""A changed organization -> its clock: a new zone or a moved clock changes the next midnight."""

from collections.abc import Sequence

from services.billing.clock.operations import follow_calendars
from shared.bus.handlers import on
from shared.contracts.customers import OrganizationChanged
from shared.contracts.event import Event
from shared.db import Connection
from shared.tenancy import load_organizations


@on(OrganizationChanged)
async def follow_organizations(
    tx: Connection, events: Sequence[Event[OrganizationChanged]]
) -> None:
    """Set the clocks by the organizations as shared.tenancy has just projected them."""
    known = await load_organizations(tx, {event.data.organization_id for event in events})
    await follow_calendars(tx, known.values())
