"""Every query on categories."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.billing.categories.model import Category
from services.billing.categories.problems import CategoryInactive, CategoryUnknown
from shared.db import Connection, connection_of
from shared.ids import new_id
from shared.problems import NotFound

FIRST_NAME: Final = "Services"
LOCK: Final = "SELECT pg_advisory_xact_lock(%s, hashtext(%s::uuid::text))"
LOCK_CLASS: Final = 0x63617465  # "cate"
DEFAULT: Final = """
SELECT id FROM category WHERE organization_id = %(organization_id)s AND is_default
"""
DEFAULTS: Final = """
SELECT organization_id, id FROM category WHERE organization_id = ANY(%s) AND is_default
"""
# A category that has the name already becomes the default.
MAKE_DEFAULT: Final = """
INSERT INTO category (id, organization_id, name, is_default)
VALUES (%(id)s, %(organization_id)s, %(name)s, true)
ON CONFLICT (organization_id, lower(name)) DO UPDATE SET is_default = true, active = true
RETURNING id
"""


async def default(tx: Connection, organization_id: UUID) -> UUID:
    """The category of items that name none; made on first use.

    First uses at once take turns: ON CONFLICT watches the name's index only, and two
    rivals past it would meet in uq_category_default.
    """
    names = {"organization_id": organization_id, "id": new_id(), "name": FIRST_NAME}
    row = await (await tx.execute(DEFAULT, names)).fetchone()
    if row is None:
        await take_turn(tx, organization_id)
        row = await (await tx.execute(DEFAULT, names)).fetchone()
    if row is None:
        row = await (await tx.execute(MAKE_DEFAULT, names)).fetchone()
    assert row is not None
    id_: UUID = row["id"]
    return id_


async def defaults(tx: Connection, organization_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """The default categories of many organizations; made where one has none yet."""
    ids = set(organization_ids)
    rows = await (await tx.execute(DEFAULTS, (list(ids),))).fetchall()
    found = {row["organization_id"]: row["id"] for row in rows}
    for organization_id in sorted(ids - found.keys()):
        found[organization_id] = await default(tx, organization_id)
    return found


async def take_turn(tx: Connection | AsyncSession, organization_id: UUID) -> None:
    """Change the categories of an organization one at a time: they are few, names must hold."""
    await (await connection_of(tx)).execute(LOCK, (LOCK_CLASS, organization_id))


async def require_usable(session: AsyncSession, organization_id: UUID, ids: Iterable[UUID]) -> None:
    """Raise CategoryUnknown or CategoryInactive unless new items may have these."""
    wanted = set(ids)
    if not wanted:
        return
    query = select(Category.id, Category.active).where(
        Category.organization_id == organization_id, Category.id.in_(wanted)
    )
    found = {id_: active for id_, active in (await session.execute(query)).all()}
    for id_ in sorted(wanted):
        if id_ not in found:
            raise CategoryUnknown(id_)
        if not found[id_]:
            raise CategoryInactive(id_)


async def read(
    session: AsyncSession, organization_id: UUID, category_id: UUID, *, lock: bool = False
) -> Category:
    """A category, to be changed when `lock`; raises NotFound."""
    query = listing(organization_id).where(Category.id == category_id)
    category = (await session.scalars(query.with_for_update() if lock else query)).one_or_none()
    if category is None:
        raise NotFound("category", category_id)
    return category


async def name_taken(
    session: AsyncSession, organization_id: UUID, name: str, but: UUID | None = None
) -> bool:
    """Whether another category has the name, whatever its capitals."""
    query = select(Category.id).where(
        Category.organization_id == organization_id, func.lower(Category.name) == func.lower(name)
    )
    return any(id_ != but for id_ in (await session.scalars(query)).all())


async def clear_default(session: AsyncSession, organization_id: UUID) -> None:
    """Take the mark of the default off, so that another category can have it."""
    await session.execute(
        update(Category)
        .where(Category.organization_id == organization_id, Category.is_default)
        .values(is_default=False, version=Category.version + 1, updated_at=func.now())
    )


def listing(organization_id: UUID) -> Select[Category]:
    """The categories of an organization."""
    return select(Category).where(Category.organization_id == organization_id)
