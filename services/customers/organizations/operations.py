"""What is done to organizations, each with its announcement in the same transaction."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.customers.organizations import store
from services.customers.organizations.model import Organization
from shared import clock
from shared.http import expect_version
from shared.ids import new_id
from shared.outbox import Outgoing, emit


async def create(session: AsyncSession, facts: Mapping[str, Any]) -> Organization:
    """A new organization, announced."""
    at = clock.now()
    organization = Organization(
        id=new_id(),
        version=1,
        clock_offset_seconds=0,
        active=True,
        created_at=at,
        updated_at=at,
        **facts,
    )
    async with store.acting_for(session, organization.id):
        session.add(organization)
        await _announce(session, organization)
    return organization


async def change(
    session: AsyncSession, organization_id: UUID, changes: Mapping[str, Any], seen: int | None
) -> Organization:
    """Change what is given; announced when that made a difference."""
    async with store.acting_for(session, organization_id):
        organization = await store.lock_organization(session, organization_id)
        expect_version(seen, organization.version)
        before = {name: getattr(organization, name) for name in changes}
        if before != dict(changes):
            for name, value in changes.items():
                setattr(organization, name, value)
            await _announce_next(session, organization)
    return organization


async def move_clock(
    session: AsyncSession, organization_id: UUID, to: Callable[[datetime], datetime]
) -> Organization:
    """Move a sandbox's clock from what it shows to `to(shown)`; announced when it moved."""
    async with store.acting_for(session, organization_id):
        organization = await store.lock_organization(session, organization_id)
        real = clock.now()
        if organization.move_clock(to(organization.now(real)), real=real):
            await _announce_next(session, organization)
    return organization


async def _announce_next(session: AsyncSession, organization: Organization) -> None:
    organization.version += 1
    organization.updated_at = clock.now()
    await _announce(session, organization)


async def _announce(session: AsyncSession, organization: Organization) -> None:
    fact = Outgoing(
        organization.fact(), organization.id, organization.id, version=organization.version
    )
    await session.flush()
    await emit(session, [fact])
