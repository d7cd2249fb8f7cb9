"""Every query on texts."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.collections.texts.model import ReminderText
from services.collections.texts.rules import DEFAULTS, Language, Template
from shared.contracts.collections import ReminderKind
from shared.db import Connection

OWN: Final = "SELECT kind, language, title, body FROM reminder_text WHERE organization_id = %s"

Texts = Mapping[tuple[ReminderKind, Language], Template]


async def texts_of(tx: Connection, organization_id: UUID) -> Texts:
    """Every template of an organization: its own where it has one."""
    cursor = await tx.execute(OWN, (organization_id,))
    own = {
        (ReminderKind(row["kind"]), row["language"]): Template(row["title"], row["body"])
        for row in await cursor.fetchall()
    }
    return {**DEFAULTS, **own}


async def own_texts(session: AsyncSession, organization_id: UUID) -> list[ReminderText]:
    """The templates an organization has written."""
    query = select(ReminderText).where(ReminderText.organization_id == organization_id)
    return list(await session.scalars(query))


async def own_text(
    session: AsyncSession, organization_id: UUID, kind: ReminderKind, language: Language
) -> ReminderText | None:
    """One template an organization has written, locked against other changes of it."""
    query = select(ReminderText).where(
        ReminderText.organization_id == organization_id,
        ReminderText.kind == kind.value,
        ReminderText.language == language,
    )
    return await session.scalar(query.with_for_update())
