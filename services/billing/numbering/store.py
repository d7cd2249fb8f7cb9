"""The one way to get a number.

The row of a series stays locked until the transaction ends, so that a rolled back number is
the next one's: take numbers as late as possible. Everyone takes series in the order of
their organizations.
"""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from services.billing.numbering.rules import SERIES, Number
from shared.db import Connection

TAKE: Final = """
INSERT INTO invoice_series AS s (organization_id, series, last_number)
SELECT organization_id, %s, wanted
FROM unnest(%s::uuid[], %s::bigint[]) AS r(organization_id, wanted)
ORDER BY organization_id
ON CONFLICT (organization_id, series)
    DO UPDATE SET last_number = s.last_number + excluded.last_number
RETURNING organization_id, last_number
"""


async def take_ranges(
    tx: Connection, wanted: Mapping[UUID, int], series: str = SERIES
) -> dict[UUID, list[Number]]:
    """As many consecutive numbers as each organization wants, in one statement."""
    if not wanted:
        return {}
    cursor = await tx.execute(TAKE, (series, list(wanted), list(wanted.values())))
    taken = {}
    for row in await cursor.fetchall():
        last = row["last_number"]
        first = last - wanted[row["organization_id"]] + 1
        taken[row["organization_id"]] = [Number(at, series) for at in range(first, last + 1)]
    return taken


async def take(tx: Connection, organization_id: UUID, series: str = SERIES) -> Number:
    """The next number of an organization."""
    (number,) = (await take_ranges(tx, {organization_id: 1}, series))[organization_id]
    return number
