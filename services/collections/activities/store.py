"""Writing activities: many at once, in one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from services.collections.activities.rules import ActivityKind
from services.collections.arrays import pg_columns
from shared.auth import Principal
from shared.db import Connection
from shared.ids import new_id

RECORD: Final = """
INSERT INTO activity (case_id, id, organization_id, kind, actor_id, actor_name, note, data, at)
SELECT row.*, %s FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::uuid[],
                             %s::text[], %s::text[], %s::json[]) AS row
"""
TEXTS: Final = frozenset({5, 6, 7})


@dataclass(frozen=True, slots=True)
class Activity:
    """Something that was done on a case; without an actor the system did it."""

    case_id: UUID
    organization_id: UUID
    kind: ActivityKind
    actor: Principal | None = None
    note: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    id: UUID = field(default_factory=new_id)


async def record(tx: Connection, activities: Sequence[Activity], at: datetime) -> None:
    """Write what was done."""
    if not activities:
        return
    rows = [
        (
            each.case_id,
            each.id,
            each.organization_id,
            each.kind.value,
            each.actor.user_id if each.actor else None,
            each.actor.name if each.actor else None,
            each.note,
            orjson.dumps(each.data, default=str).decode(),
        )
        for each in activities
    ]
    await tx.execute(RECORD, (at, *pg_columns(rows, texts=TEXTS)))
