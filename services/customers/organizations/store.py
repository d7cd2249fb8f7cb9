"""Queries for organizations.

Row-level security shows a transaction the one organization it is scoped to. A platform
administrator is scoped to none, so what they do about one organization is scoped to it
here, and their list switches the platform policy on: for this table's query alone.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.customers.organizations.model import Organization
from shared.db import raw
from shared.pages import PageRequest, paginate
from shared.problems import NotFound

SORTABLE: Final[dict[str, ColumnElement[Any]]] = {
    "name": Organization.name.expression,
    "created_at": Organization.created_at.expression,
}
SWITCH: Final = text("SELECT set_config('duesline.organization', :id, true)")
CURRENT: Final = text("SELECT coalesce(current_setting('duesline.organization', true), '')")
PLATFORM: Final = text("SELECT set_config('duesline.platform', :state, true)")

BY_ID: Final = """
SELECT id, version, name, country, currency, time_zone, locale, sandbox, clock_offset_seconds,
       active, created_at, updated_at
FROM organization WHERE id = %s
"""


@asynccontextmanager
async def acting_for(session: AsyncSession, organization_id: UUID) -> AsyncIterator[None]:
    """Scope the transaction to one organization until the block ends cleanly."""
    before = await session.scalar(CURRENT)
    await session.execute(SWITCH, {"id": str(organization_id)})
    yield
    await session.flush()
    await session.execute(SWITCH, {"id": before})


async def lock_organization(session: AsyncSession, organization_id: UUID) -> Organization:
    """The organization, locked; NotFound when this transaction may not see it."""
    query = select(Organization).where(Organization.id == organization_id)
    found = await session.scalar(query.with_for_update())
    if found is None:
        raise NotFound("organization", organization_id)
    return found


async def read_organization(session: AsyncSession, organization_id: UUID) -> dict[str, object]:
    """The columns of an organization; NotFound when this transaction may not see it."""
    cursor = await (await raw(session)).execute(BY_ID, (organization_id,))
    row = await cursor.fetchone()
    if row is None:
        raise NotFound("organization", organization_id)
    return row


async def list_all(
    session: AsyncSession, paging: PageRequest, *, sandbox: bool | None, active: bool | None
) -> tuple[list[Organization], str | None]:
    """A page of all organizations. Only for callers that are the platform's own."""
    query = select(Organization)
    if sandbox is not None:
        query = query.where(Organization.sandbox == sandbox)
    if active is not None:
        query = query.where(Organization.active == active)
    await session.execute(PLATFORM, {"state": "on"})
    rows, following = await paginate(
        session, query, paging, sortable=SORTABLE, default="name", key=Organization.id.expression
    )
    await session.execute(PLATFORM, {"state": "off"})
    return [row[0] for row in rows], following
