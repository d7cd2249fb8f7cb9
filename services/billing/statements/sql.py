"""The one description of what moved a debt and how invoices stand, as SQL.

`movement` is a union over the documents of billing and the money payments told of; `standing`
adds up, per invoice, the same rows. Both are cut at an effective day and at an instant of
knowledge, so that any cut of any history adds up: opening + movements = closing = open - credit.

An allocation made in the transaction of its payment counts from the day of the money; any other
(credit put to use, a reversal, what is left after one) from the day it was recorded. What was
written off and then paid for is a recovery: it follows from the sums, as payments reckons it.
"""

from typing import Final

OF_CUSTOMER: Final = "AND customer_id = %(customer_id)s"
MINE: Final = "organization_id = %(organization_id)s {of_customer} AND currency = %(currency)s"
UP_TO: Final = "<= %(until)s"
KNOWN: Final = "<= %(known_at)s"

CUT: Final = f"""
WITH asked AS (
    SELECT id, customer_id, number, issued_on, issued_at, due_on, total_minor,
           voided_on, voided_at, document = 'void' AND voided_on {UP_TO} AND voided_at {KNOWN}
               AS void
    FROM invoice
    WHERE {MINE} AND document <> 'draft' AND issued_on {UP_TO} AND issued_at {KNOWN}
), credited AS (
    SELECT id, invoice_id, customer_id, number, issued_on AS moved_on, total_minor AS amount_minor,
           issued_at AS recorded_at
    FROM credit_note WHERE {MINE} AND issued_on {UP_TO} AND issued_at {KNOWN}
), given_up AS (
    SELECT id, invoice_id, customer_id, written_off_on AS moved_on, amount_minor,
           written_off_at AS recorded_at
    FROM write_off WHERE {MINE} AND written_off_on {UP_TO} AND written_off_at {KNOWN}
), put AS (
    SELECT invoice_id, moved_on, amount_minor, recorded_at FROM (
        SELECT a.invoice_id, a.amount_minor, a.recorded_at,
               CASE WHEN a.recorded_at = p.recorded_at THEN a.received_on ELSE a.recorded_on END
                   AS moved_on
        FROM allocation AS a LEFT JOIN money_movement AS p ON p.id = a.payment_id
        WHERE a.organization_id = %(organization_id)s {{of_payer}} AND a.recorded_at {KNOWN}
    ) AS dated
    WHERE moved_on {UP_TO}
), step AS (
    SELECT invoice_id, moved_on, sum(covered) AS covered, sum(lost) AS lost,
           max(recorded_at) AS recorded_at
    FROM (
        SELECT invoice_id, moved_on, amount_minor AS covered, 0 AS lost, recorded_at FROM put
        WHERE invoice_id IN (SELECT invoice_id FROM given_up)
        UNION ALL SELECT invoice_id, moved_on, amount_minor, 0, recorded_at FROM credited
        WHERE invoice_id IN (SELECT invoice_id FROM given_up)
        UNION ALL SELECT invoice_id, moved_on, amount_minor, amount_minor, recorded_at FROM given_up
    ) AS steps
    GROUP BY invoice_id, moved_on
), recovered AS (
    SELECT s.invoice_id, i.customer_id, i.number, s.moved_on, s.recorded_at,
           least(sum(s.lost) OVER by_day, greatest(0, sum(s.covered) OVER by_day - i.total_minor))
               AS recovered
    FROM step AS s JOIN asked AS i ON i.id = s.invoice_id
    WINDOW by_day AS (PARTITION BY s.invoice_id ORDER BY s.moved_on)
), recovery AS (
    SELECT *, recovered - lag(recovered, 1, 0::numeric)
        OVER (PARTITION BY invoice_id ORDER BY moved_on) AS amount_minor
    FROM recovered
)"""

MOVEMENT: Final = """, movement AS (
    SELECT issued_on AS moved_on, 1 AS rank, id, 'invoice' AS kind, customer_id,
           total_minor AS amount_minor, number AS reference, id AS invoice_id,
           NULL::uuid AS payment_id, issued_at AS recorded_at FROM asked
    UNION ALL
    SELECT voided_on, 2, id, 'void', customer_id, -total_minor, number, id, NULL, voided_at
    FROM asked WHERE void
    UNION ALL
    SELECT moved_on, 3, id, 'credit_note', customer_id, -amount_minor, number, invoice_id, NULL,
           recorded_at FROM credited
    UNION ALL
    SELECT g.moved_on, 4, g.id, 'write_off', g.customer_id, -g.amount_minor, i.number,
           g.invoice_id, NULL, g.recorded_at
    FROM given_up AS g LEFT JOIN asked AS i ON i.id = g.invoice_id
    UNION ALL
    SELECT moved_on, 5, invoice_id, 'recovery', customer_id, amount_minor::bigint, number,
           invoice_id, NULL, recorded_at FROM recovery WHERE amount_minor <> 0
    UNION ALL
    SELECT moved_on,
           CASE kind WHEN 'payment' THEN 6 WHEN 'refund' THEN 7 WHEN 'reversal' THEN 8 ELSE 9 END,
           id, kind, customer_id, CASE kind WHEN 'payment' THEN -amount_minor ELSE amount_minor END,
           coalesce(note, method), NULL, payment_id, recorded_at
    FROM money_movement
    WHERE {mine} AND moved_on <= %(until)s AND recorded_at <= %(known_at)s
)"""

STANDING: Final = """, standing AS (
    SELECT *, CASE WHEN void THEN 0
        ELSE greatest(0, total_minor - credited_minor - written_off_minor - paid_minor) END
        AS open_minor
    FROM (
        SELECT *, lost - least(lost, greatest(0, paid_minor + credited_minor + lost - total_minor))
            AS written_off_minor
        FROM (
            SELECT i.id, i.number, i.customer_id, i.issued_on, i.due_on, i.total_minor, i.void,
                   coalesce(p.amount, 0)::bigint AS paid_minor,
                   coalesce(c.amount, 0)::bigint AS credited_minor,
                   coalesce(g.amount, 0)::bigint AS lost,
                   greatest(i.issued_on, i.voided_on, p.last_on, c.last_on, g.last_on) AS moved_on
            FROM asked AS i
            LEFT JOIN (SELECT invoice_id, sum(amount_minor) AS amount, max(moved_on) AS last_on
                       FROM put GROUP BY invoice_id) AS p ON p.invoice_id = i.id
            LEFT JOIN (SELECT invoice_id, sum(amount_minor) AS amount, max(moved_on) AS last_on
                       FROM credited GROUP BY invoice_id) AS c ON c.invoice_id = i.id
            LEFT JOIN (SELECT invoice_id, sum(amount_minor) AS amount, max(moved_on) AS last_on
                       FROM given_up GROUP BY invoice_id) AS g ON g.invoice_id = i.id
        ) AS summed
    ) AS recovered
)"""

BY_CUSTOMER: Final = """, by_customer AS (
    SELECT m.customer_id, coalesce(c.name, '') AS name,
           coalesce(sum(amount_minor) FILTER (WHERE moved_on < %(from_on)s), 0)::bigint
               AS opening_minor,
           coalesce(sum(amount_minor) FILTER (WHERE moved_on >= %(from_on)s AND amount_minor > 0),
                    0)::bigint AS charged_minor,
           coalesce(sum(amount_minor) FILTER (WHERE moved_on >= %(from_on)s AND amount_minor < 0),
                    0)::bigint AS settled_minor,
           count(*) FILTER (WHERE moved_on >= %(from_on)s) AS movements
    FROM movement AS m LEFT JOIN customer AS c ON c.id = m.customer_id
    GROUP BY m.customer_id, c.name
)"""

MOVEMENTS: Final = """
SELECT moved_on, rank, id, kind, customer_id, amount_minor, reference, invoice_id, payment_id,
       recorded_at
FROM movement
WHERE moved_on >= %(from_on)s AND (moved_on, rank, id) > (%(last_on)s, %(last_rank)s, %(last_id)s)
ORDER BY moved_on, rank, id
"""
# Those issued, moved or still open in the period.
INVOICES: Final = """
SELECT id, number, customer_id, issued_on, due_on, total_minor, paid_minor, credited_minor,
       written_off_minor, open_minor, void
FROM standing
WHERE (moved_on >= %(from_on)s OR open_minor > 0)
  AND (issued_on, id) > (%(last_issued_on)s, %(last_invoice_id)s)
ORDER BY issued_on, id
"""
CUSTOMERS: Final = """
SELECT customer_id, name, opening_minor, charged_minor, settled_minor, movements FROM by_customer
WHERE (movements > 0 OR opening_minor <> 0)
  AND (name COLLATE "C", customer_id) > (%(last_name)s, %(last_customer_id)s)
ORDER BY name COLLATE "C", customer_id
"""
SUMS: Final = """
SELECT
    (SELECT coalesce(sum(amount_minor), 0)::bigint FROM movement WHERE moved_on < %(from_on)s)
        AS opening_minor,
    (SELECT coalesce(json_agg(k ORDER BY k.rank), '[]') FROM (
        SELECT kind, min(rank) AS rank, count(*) AS count, sum(amount_minor)::bigint AS amount_minor
        FROM movement WHERE moved_on >= %(from_on)s GROUP BY kind) AS k) AS kinds,
    (SELECT max(recorded_at) FROM movement) AS recorded_through,
    (SELECT count(DISTINCT customer_id) FROM movement) AS customers,
    s.invoices, s.open_minor, s.overdue_minor
FROM (SELECT count(*) FILTER (WHERE moved_on >= %(from_on)s OR open_minor > 0) AS invoices,
             coalesce(sum(open_minor), 0)::bigint AS open_minor,
             coalesce(sum(open_minor) FILTER (WHERE due_on < %(until)s), 0)::bigint AS overdue_minor
      FROM standing) AS s
"""


def _cut(*, customer: bool) -> str:
    return CUT.format(
        of_customer=OF_CUSTOMER if customer else "",
        of_payer="AND a.customer_id = %(customer_id)s" if customer else "",
    )


def _movement(*, customer: bool) -> str:
    return MOVEMENT.format(mine=MINE.format(of_customer=OF_CUSTOMER if customer else ""))


def movements(*, customer: bool) -> str:
    """The movements of the period after a place, in order."""
    return _cut(customer=customer) + _movement(customer=customer) + MOVEMENTS


def invoices(*, customer: bool) -> str:
    """The invoices of the period after a place, by day of issue."""
    return _cut(customer=customer) + STANDING + INVOICES


def customers() -> str:
    """The customers of an organization after a place, by name."""
    return _cut(customer=False) + _movement(customer=False) + BY_CUSTOMER + CUSTOMERS


def sums(*, customer: bool) -> str:
    """The whole statement in figures."""
    return _cut(customer=customer) + _movement(customer=customer) + STANDING + SUMS


def whole(*, customer: bool) -> str:
    """Figures and first pages in one statement, and so of one moment."""

    def page(query: str) -> str:
        return f"(SELECT coalesce(json_agg(r), '[]') FROM ({query} LIMIT %(most)s) AS r)"

    parts = [f"{page(MOVEMENTS)} AS movements", f"{page(INVOICES)} AS invoices_page"]
    if not customer:
        parts.append(f"{page(CUSTOMERS)} AS customers_page")
    return "".join(
        (
            _cut(customer=customer),
            _movement(customer=customer),
            STANDING,
            BY_CUSTOMER if not customer else "",
            f"\nSELECT f.*, {', '.join(parts)} FROM ({SUMS}) AS f",
        )
    )
