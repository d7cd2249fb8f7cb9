"""Figures of cases and promises."""

from typing import Final, NamedTuple

from services.collections.analytics.debts import Scope
from services.collections.analytics.rules import Period
from shared.db import Connection

CURE: Final = """
SELECT count(*) AS opened, count(cured_on) FILTER (WHERE cured_on <= %(today)s) AS cured,
       count(*) FILTER (WHERE cured_on <= opened_on + 30) AS cured_in_30,
       count(*) FILTER (WHERE cured_on <= opened_on + 60) AS cured_in_60,
       count(*) FILTER (WHERE cured_on <= opened_on + 90) AS cured_in_90,
       coalesce(sum(cured_on - opened_on), 0)::bigint AS days
FROM dunning_case
WHERE organization_id = %(organization_id)s AND currency = %(currency)s
  AND opened_on BETWEEN %(first)s AND %(last)s
"""
PROMISES: Final = """
SELECT count(*) AS promised, count(*) FILTER (WHERE status = 'kept') AS kept,
       count(*) FILTER (WHERE status = 'broken') AS broken,
       count(*) FILTER (WHERE status = 'open') AS open,
       coalesce(sum(amount_minor), 0)::bigint AS promised_minor,
       coalesce(sum(amount_minor) FILTER (WHERE status = 'kept'), 0)::bigint AS kept_minor
FROM agreement
WHERE organization_id = %(organization_id)s AND currency = %(currency)s AND kind = 'promise'
  AND status <> 'cancelled' AND last_on BETWEEN %(first)s AND %(last)s
"""


class Cured(NamedTuple):
    """Cases opened in a period, and those of them that were cured since."""

    opened: int
    cured: int
    cured_in_30: int
    cured_in_60: int
    cured_in_90: int
    days: int


class Promised(NamedTuple):
    """Promises for days of a period, and what became of them."""

    promised: int
    kept: int
    broken: int
    open: int
    promised_minor: int
    kept_minor: int


async def cure(tx: Connection, scope: Scope, period: Period) -> Cured:
    """What became of the cases that were opened in a period."""
    asked = scope.asked(first=period.first, last=period.last, today=scope.today)
    row = await (await tx.execute(CURE, asked)).fetchone()
    assert row is not None
    return Cured(**row)


async def promises(tx: Connection, scope: Scope, period: Period) -> Promised:
    """What became of the promises for days of a period."""
    asked = scope.asked(first=period.first, last=period.last)
    row = await (await tx.execute(PROMISES, asked)).fetchone()
    assert row is not None
    return Promised(**row)
