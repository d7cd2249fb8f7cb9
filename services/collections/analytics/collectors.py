"""Figures of collectors: who brought in what, and earns what for it.

What a payment puts against an invoice is one credit, of one moment: the day the money came and,
within that day, the instant it was first put there. What is taken back, and put back smaller,
belongs to the same credit. It goes to the collector who had the customer's case at that moment
(table `case_assignment`), by the rate in force then (`collector_rate`), whoever has the case
now and whatever the rate is now.
"""

from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from services.collections.analytics.debts import Scope
from services.collections.analytics.rules import Period
from shared.db import Connection

# All of a payment has one day, so the whole of a credit is in the period or none of it is.
CREDITS: Final = """
SELECT organization_id, payment_id, invoice_id, customer_id, line_id, on_day, currency,
       (array_agg(id ORDER BY at, id))[1] AS id, min(at) AS at,
       sum(amount_minor)::bigint AS amount_minor
FROM allocation
WHERE organization_id = %(organization_id)s AND currency = %(currency)s
  AND on_day BETWEEN %(first)s AND %(last)s
GROUP BY organization_id, payment_id, invoice_id, customer_id, line_id, on_day, currency
HAVING sum(amount_minor) <> 0
"""
# A case `c` and who had it `h` at the moment of a credit `m`.
HAD: Final = """
c.organization_id = m.organization_id AND c.customer_id = m.customer_id
AND (c.line_id IS NULL OR c.line_id = m.line_id)
AND coalesce(c.cured_on, 'infinity') >= m.on_day
AND (h.from_on, h.from_at) <= (m.on_day, m.at)
AND (h.until_at IS NULL OR (m.on_day, m.at) < (h.until_on, h.until_at))
"""
FIRST: Final = "c.line_id IS NULL, c.id DESC"
RATE: Final = """
LEFT JOIN LATERAL (
    SELECT rate FROM collector_rate AS r
    WHERE r.collector_id = m.collector_id AND (r.from_on, r.from_at) <= (m.on_day, m.at)
    ORDER BY r.from_on DESC, r.from_at DESC LIMIT 1) AS r ON true
"""
# Each credit is one case's and each open invoice too, so no join can count one twice.
COLLECTORS: Final = f"""
WITH credit AS ({CREDITS}), credited AS (
    SELECT DISTINCT ON (m.payment_id, m.invoice_id)
           m.payment_id, m.amount_minor, m.on_day, m.at, h.collector_id
    FROM credit AS m JOIN dunning_case AS c ON c.customer_id = m.customer_id
    JOIN case_assignment AS h ON h.case_id = c.id
    WHERE {HAD}
    ORDER BY m.payment_id, m.invoice_id, {FIRST}
), money AS (
    SELECT m.collector_id, sum(m.amount_minor)::bigint AS collected_minor,
           sum(m.amount_minor * coalesce(r.rate, k.commission_rate)) AS earned_minor,
           count(DISTINCT m.payment_id) AS payments
    FROM credited AS m JOIN collector AS k ON k.id = m.collector_id {RATE}
    GROUP BY m.collector_id
), had AS (
    SELECT h.collector_id, c.id, c.customer_id, c.line_id, c.covers_until
    FROM dunning_case AS c JOIN case_assignment AS h ON h.case_id = c.id
    WHERE c.organization_id = %(organization_id)s
      AND (c.cured_on IS NULL OR c.cured_on > %(last)s)
      AND h.from_on <= %(last)s AND coalesce(h.until_on, 'infinity') > %(last)s
), owed AS (
    SELECT DISTINCT ON (o.invoice_id) o.open_minor, c.collector_id
    FROM ({{open}}) AS o JOIN had AS c
      ON c.customer_id = o.customer_id AND (c.line_id IS NULL OR c.line_id = o.line_id)
    WHERE o.due_on < %(last)s OR o.due_on <= c.covers_until
    ORDER BY o.invoice_id, {FIRST}
), debts AS (
    SELECT collector_id, sum(open_minor)::bigint AS debt_minor FROM owed GROUP BY collector_id
), open AS (
    SELECT collector_id, count(*) AS cases FROM had GROUP BY collector_id
), cured AS (
    SELECT h.collector_id, count(*) AS cases
    FROM dunning_case AS c JOIN case_assignment AS h ON h.case_id = c.id
    WHERE c.organization_id = %(organization_id)s AND c.cured_on BETWEEN %(first)s AND %(last)s
      AND (h.from_on, h.from_at) <= (c.cured_on, c.closed_at)
      AND (h.until_at IS NULL OR (c.cured_on, c.closed_at) < (h.until_on, h.until_at))
    GROUP BY h.collector_id
)
SELECT k.id AS collector_id, k.name, k.active, k.commission_rate,
       coalesce(open.cases, 0) AS cases_open, coalesce(cured.cases, 0) AS cases_cured,
       coalesce(debts.debt_minor, 0) AS debt_minor, coalesce(money.payments, 0) AS payments,
       coalesce(money.collected_minor, 0) AS collected_minor,
       coalesce(money.earned_minor, 0) AS earned_minor
FROM collector AS k
LEFT JOIN money ON money.collector_id = k.id
LEFT JOIN debts ON debts.collector_id = k.id
LEFT JOIN open ON open.collector_id = k.id
LEFT JOIN cured ON cured.collector_id = k.id
WHERE k.organization_id = %(organization_id)s
ORDER BY coalesce(money.collected_minor, 0) DESC, k.name, k.id
"""


class Performance(NamedTuple):
    """What a collector brought about in a period, and had to do on its last day."""

    collector_id: UUID
    name: str
    active: bool
    commission_rate: Decimal
    cases_open: int
    cases_cured: int
    debt_minor: int
    payments: int
    collected_minor: int
    earned_minor: Decimal


async def performances(tx: Connection, scope: Scope, period: Period) -> list[Performance]:
    """Every collector, who brought in most first."""
    query = COLLECTORS.format(open=scope.open_on(period.last, "last"))
    cursor = await tx.execute(query, scope.asked(first=period.first, last=period.last))
    return [Performance(**row) for row in await cursor.fetchall()]
