"""What every service knows of the organizations it works for: money, calendar, clock.

Each service keeps a table `organization`; in all but the service that owns organizations
it is a projection fed by OrganizationChanged. A sandbox's clock runs at an offset, and
whatever is decided by date asks the organization, never the wall.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from shared import clock
from shared.bus.handlers import NotYet, on
from shared.contracts.customers import OrganizationChanged
from shared.contracts.event import Event
from shared.db import Connection, connection_of, json_rows
from shared.problems import Problem

COLUMNS: Final = (
    "id, version, name, country, currency, time_zone, locale, sandbox, clock_offset_seconds, active"
)
PROJECT: Final = """
INSERT INTO organization (id, version, name, country, currency, time_zone, locale, sandbox,
                          clock_offset_seconds, active)
SELECT DISTINCT ON (organization_id) organization_id, version, name, country, currency,
       time_zone, locale, sandbox, clock_offset_seconds, active
FROM json_to_recordset(%s::json) AS r(
    organization_id uuid, version bigint, name text, country text, currency text,
    time_zone text, locale text, sandbox boolean, clock_offset_seconds bigint, active boolean)
ORDER BY organization_id, version DESC
ON CONFLICT (id) DO UPDATE SET
    version = excluded.version, name = excluded.name, country = excluded.country,
    currency = excluded.currency, time_zone = excluded.time_zone, locale = excluded.locale,
    sandbox = excluded.sandbox, clock_offset_seconds = excluded.clock_offset_seconds,
    active = excluded.active
WHERE organization.version < excluded.version
"""


class UnknownOrganization(Problem):
    """This service has not (yet) heard of the organization."""

    status = 404
    slug = "organization-unknown"
    title = "Organization unknown"

    def __init__(self, organization_id: UUID) -> None:
        super().__init__(
            f"Organization {organization_id} is not known here; if it was created just now,"
            " try again in a second.",
            organization_id=str(organization_id),
        )


@dataclass(frozen=True)
class Organization:
    """The facts of one organization that decide amounts and dates."""

    id: UUID
    version: int
    name: str
    country: str
    currency: str
    time_zone: str
    locale: str
    sandbox: bool
    clock_offset: timedelta
    active: bool

    @cached_property
    def zone(self) -> ZoneInfo:
        """The calendar on which due dates live."""
        return ZoneInfo(self.time_zone)

    def now(self) -> datetime:
        """The instant by this organization's clock, in UTC."""
        return clock.now() + self.clock_offset

    def today(self) -> date:
        """The date by this organization's clock and calendar."""
        return self.local_date(self.now())

    def local_date(self, instant: datetime) -> date:
        """The calendar date of an instant (by this organization's clock)."""
        return instant.astimezone(self.zone).date()

    def instant_of(self, day: date) -> datetime:
        """The real instant at which this organization's calendar reaches `day`."""
        return datetime.combine(day, time.min, tzinfo=self.zone) - self.clock_offset


def organization_of(row: dict[str, Any]) -> Organization:
    """The organization in a row of `COLUMNS`."""
    facts = dict(row)
    offset = timedelta(seconds=facts.pop("clock_offset_seconds"))
    return Organization(clock_offset=offset, **facts)


async def load_organization(tx: Connection | AsyncSession, organization_id: UUID) -> Organization:
    """The organization as this service knows it; UnknownOrganization when it does not."""
    found = await load_organizations(tx, [organization_id])
    if organization_id not in found:
        raise UnknownOrganization(organization_id)
    return found[organization_id]


async def load_organizations(
    tx: Connection | AsyncSession, ids: Iterable[UUID]
) -> dict[UUID, Organization]:
    """Those of the organizations that this service knows, by id."""
    connection = await connection_of(tx)
    cursor = await connection.execute(
        f"SELECT {COLUMNS} FROM organization WHERE id = ANY(%s)", (list(set(ids)),)
    )
    return {row["id"]: organization_of(row) for row in await cursor.fetchall()}


async def require_organizations(tx: Connection, ids: Iterable[UUID]) -> dict[UUID, Organization]:
    """As `load_organizations`, for a handler that cannot go on without each of them."""
    wanted = set(ids)
    found = await load_organizations(tx, wanted)
    if missing := wanted - found.keys():
        raise NotYet(f"organizations {sorted(map(str, missing))}")
    return found


@on(OrganizationChanged)
async def project_organizations(
    tx: Connection, events: Sequence[Event[OrganizationChanged]]
) -> None:
    """Keep the newest state of each organization."""
    await tx.execute(PROJECT, (json_rows([event.data for event in events]),))
