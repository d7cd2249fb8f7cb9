"""The terms of organizations; the defaults where an organization has set none."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from shared.db import Connection

FIND: Final = """
SELECT organization_id, due_days, due_soon_days, version FROM billing_terms
WHERE organization_id = ANY(%s)
"""
PUT: Final = """
INSERT INTO billing_terms AS t (organization_id, due_days, due_soon_days) VALUES (%s, %s, %s)
ON CONFLICT (organization_id) DO UPDATE SET
    due_days = excluded.due_days, due_soon_days = excluded.due_soon_days,
    version = t.version + 1, updated_at = now()
WHERE (t.due_days, t.due_soon_days) IS DISTINCT FROM (excluded.due_days, excluded.due_soon_days)
"""


@dataclass(frozen=True, slots=True)
class Terms:
    """Days from the issue to the default due date, and from "soon" to the due date."""

    due_days: int = 15
    due_soon_days: int = 3
    version: int = 0


async def load(tx: Connection, organization_ids: Iterable[UUID]) -> dict[UUID, Terms]:
    """The terms of each organization."""
    ids = list(set(organization_ids))
    cursor = await tx.execute(FIND, (ids,))
    stored = {
        row["organization_id"]: Terms(row["due_days"], row["due_soon_days"], row["version"])
        for row in await cursor.fetchall()
    }
    return {id_: stored.get(id_, Terms()) for id_ in ids}


async def put(tx: Connection, organization_id: UUID, due_days: int, due_soon_days: int) -> None:
    """Set an organization's terms; setting the same again changes nothing."""
    await tx.execute(PUT, (organization_id, due_days, due_soon_days))


async def lock(tx: Connection, organization_id: UUID) -> Terms:
    """The terms of one organization, to be changed."""
    cursor = await tx.execute(FIND + " FOR UPDATE", ([organization_id],))
    row = await cursor.fetchone()
    return Terms(row["due_days"], row["due_soon_days"], row["version"]) if row else Terms()
