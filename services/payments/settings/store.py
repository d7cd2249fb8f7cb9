"""The settings' one row per organization; without it, the defaults hold."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from shared.db import Connection

FIND: Final = """
SELECT version, surplus, apply_credit_on_issue, apply_credit_automatically, allocation_order
FROM payment_settings WHERE organization_id = %s
"""
STORE: Final = """
INSERT INTO payment_settings AS known (organization_id, version, surplus, apply_credit_on_issue,
                                       apply_credit_automatically, allocation_order, updated_at,
                                       updated_by)
VALUES (%(organization_id)s, 1, %(surplus)s, %(apply_credit_on_issue)s,
        %(apply_credit_automatically)s, %(allocation_order)s, %(at)s, %(by)s)
ON CONFLICT (organization_id) DO UPDATE SET version = known.version + 1,
    surplus = excluded.surplus, apply_credit_on_issue = excluded.apply_credit_on_issue,
    apply_credit_automatically = excluded.apply_credit_automatically,
    allocation_order = excluded.allocation_order, updated_at = excluded.updated_at,
    updated_by = excluded.updated_by
WHERE %(seen)s::bigint IS NULL OR known.version = %(seen)s::bigint
RETURNING version, surplus, apply_credit_on_issue, apply_credit_automatically, allocation_order
"""
# What lies there when it is first to pay by itself is looked at like what comes then.
SPEND: Final = """
UPDATE account_credit SET grown_at = %s WHERE organization_id = %s AND balance_minor > 0
"""
DEFAULTS: Final = {
    "version": 0,
    "surplus": "refuse",
    "apply_credit_on_issue": True,
    "apply_credit_automatically": False,
    "allocation_order": "oldest_due",
}


async def find(tx: Connection, organization_id: UUID) -> dict[str, Any]:
    """An organization's settings; version 0 while nobody has set any."""
    row = await (await tx.execute(FIND, (organization_id,))).fetchone()
    return row or DEFAULTS


async def store(tx: Connection, values: dict[str, Any]) -> dict[str, Any] | None:
    """Keep settings; None when `seen` is not the version that is stored."""
    return await (await tx.execute(STORE, values)).fetchone()


async def spend_credit(tx: Connection, organization_id: UUID, at: datetime) -> None:
    """Have the credit of an organization's customers looked at, whenever it came."""
    await tx.execute(SPEND, (at, organization_id))
