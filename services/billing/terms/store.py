"""The terms of organizations; the defaults where an organization has set none."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from shared.db import Connection

FIND: Final = """
SELECT organization_id, due_days, due_soon_days, deliver_bill_runs, auto_bill,
    version
FROM billing_terms WHERE organization_id = ANY(%s)
"""
PUT: Final = """
INSERT INTO billing_terms AS t (organization_id, due_days, due_soon_days, deliver_bill_runs,
    auto_bill)
VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (organization_id) DO UPDATE SET
    due_days = excluded.due_days, due_soon_days = excluded.due_soon_days,
    deliver_bill_runs = excluded.deliver_bill_runs, auto_bill = excluded.auto_bill,
    version = t.version + 1, updated_at = now()
WHERE (t.due_days, t.due_soon_days, t.deliver_bill_runs, t.auto_bill) IS DISTINCT FROM
    (excluded.due_days, excluded.due_soon_days, excluded.deliver_bill_runs, excluded.auto_bill)
"""


@dataclass(frozen=True, slots=True)
class Terms:
    """Days from the issue to the default due date, and from "soon" to the due date.

    `deliver_bill_runs`: whether what a bill run issues is also sent. `auto_bill`: whether
    a bill run starts by itself on every day with something to bill.
    """

    due_days: int = 15
    due_soon_days: int = 3
    deliver_bill_runs: bool = False
    auto_bill: bool = False
    version: int = 0


def _terms(row: Mapping[str, Any]) -> Terms:
    names = ("due_days", "due_soon_days", "deliver_bill_runs", "auto_bill", "version")
    return Terms(**{name: row[name] for name in names})


async def load(tx: Connection, organization_ids: Iterable[UUID]) -> dict[UUID, Terms]:
    """The terms of each organization."""
    ids = list(set(organization_ids))
    cursor = await tx.execute(FIND, (ids,))
    stored = {row["organization_id"]: _terms(row) for row in await cursor.fetchall()}
    return {id_: stored.get(id_, Terms()) for id_ in ids}


async def put(tx: Connection, organization_id: UUID, terms: Terms) -> None:
    """Set an organization's terms; setting the same again changes nothing."""
    values = (terms.due_days, terms.due_soon_days, terms.deliver_bill_runs, terms.auto_bill)
    await tx.execute(PUT, (organization_id, *values))


async def lock(tx: Connection, organization_id: UUID) -> Terms:
    """The terms of one organization, to be changed."""
    cursor = await tx.execute(FIND + " FOR UPDATE", ([organization_id],))
    row = await cursor.fetchone()
    return _terms(row) if row else Terms()
