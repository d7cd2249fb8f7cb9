"""Making and changing categories."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.categories import store
from services.billing.categories.model import Category
from services.billing.categories.problems import CategoryIsDefault, CategoryNameTaken
from shared import clock
from shared.http import expect_version
from shared.ids import new_id


@dataclass(frozen=True, slots=True)
class Wanted:
    """A new category."""

    name: str
    colour: str | None
    is_default: bool


async def create(session: AsyncSession, organization_id: UUID, wanted: Wanted) -> Category:
    """A new category; raises CategoryNameTaken."""
    await store.take_turn(session, organization_id)
    if await store.name_taken(session, organization_id, wanted.name):
        raise CategoryNameTaken(wanted.name)
    if wanted.is_default:
        await store.clear_default(session, organization_id)
    now = clock.now()
    category = Category(
        id=new_id(),
        organization_id=organization_id,
        name=wanted.name,
        colour=wanted.colour,
        active=True,
        is_default=wanted.is_default,
        version=1,
        created_at=now,
        updated_at=now,
    )
    session.add(category)
    await session.flush()
    return category


async def change(
    session: AsyncSession,
    organization_id: UUID,
    category_id: UUID,
    seen: int | None,
    changes: dict[str, Any],
) -> Category:
    """Rename, colour, (de)activate a category or make it the default."""
    await store.take_turn(session, organization_id)
    category = await store.read(session, organization_id, category_id, lock=True)
    expect_version(seen, category.version)
    name = changes.get("name")
    if name is not None and await store.name_taken(session, organization_id, name, category_id):
        raise CategoryNameTaken(name)
    default = changes.get("is_default", category.is_default)
    active = changes.get("active", category.active)
    if (category.is_default and not default) or (default and not active):
        raise CategoryIsDefault(category_id)
    if default and not category.is_default:
        await store.clear_default(session, organization_id)
    for member, value in changes.items():
        setattr(category, member, value)
    category.version += 1
    category.updated_at = clock.now()
    await session.flush()
    return category
