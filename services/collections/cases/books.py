"""What must always hold of cases and agreements."""

from typing import Final

from services.collections.books import STANDING
from shared.runtime import Invariant

CASE_INVARIANTS: Final = (
    Invariant(
        name="a line ordered off for what it owes has a case that is not cured",
        sql=f"""
            {STANDING}
            SELECT s.organization_id, s.line_id, s.overdue_open_minor
            FROM standing AS s JOIN line AS l USING (line_id)
            WHERE s.ordered = 'suspend' AND s.justified AND s.settled AND s.plain
              AND s.status <> 'cancelled' AND NOT EXISTS (
                  SELECT FROM dunning_case AS c
                  WHERE c.organization_id = l.organization_id AND c.customer_id = l.customer_id
                    AND (c.line_id IS NULL OR c.line_id = l.line_id) AND c.cured_on IS NULL)
        """,
    ),
    Invariant(
        name="a case that is not cured has something overdue, or open that it was opened for",
        sql="""
            SELECT c.organization_id, c.id AS case_id, c.debt_minor
            FROM dunning_case AS c JOIN organization AS o ON o.id = c.organization_id
            WHERE c.cured_on IS NULL AND NOT EXISTS (
                SELECT FROM debt WHERE debt.organization_id = c.organization_id
                  AND debt.customer_id = c.customer_id AND debt.open_minor > 0
                  AND (c.line_id IS NULL OR debt.line_id = c.line_id)
                  AND debt.due_on <= greatest(c.covers_until,
                      ((now() + make_interval(secs => o.clock_offset_seconds))
                       AT TIME ZONE o.time_zone)::date))
        """,
    ),
    Invariant(
        name="who has a case has it in its history",
        sql="""
            SELECT c.organization_id, c.id AS case_id, c.collector_id, h.collector_id AS recorded
            FROM dunning_case AS c
            LEFT JOIN case_assignment AS h ON h.case_id = c.id AND h.until_at IS NULL
            WHERE c.status <> 'closed' AND c.collector_id IS DISTINCT FROM h.collector_id
        """,
    ),
    Invariant(
        name="an agreement pauses while it is open, and no longer",
        sql="""
            SELECT coalesce(a.organization_id, p.organization_id) AS organization_id,
                   coalesce(a.id, p.source_id) AS agreement_id, a.status, p.id AS pause_id
            FROM (SELECT * FROM pause WHERE kind IN ('promise', 'plan') AND ended_at IS NULL) AS p
            FULL JOIN (
                SELECT * FROM agreement
                WHERE status = 'open' OR (kind = 'offer' AND status = 'kept' AND NOT cleared)
            ) AS a ON a.id = p.source_id AND a.organization_id = p.organization_id
            WHERE p.id IS NULL AND a.status = 'open' OR a.id IS NULL
        """,
    ),
    Invariant(
        name="a dispute keeps its amount out while it is open, and no longer than it is settled",
        sql="""
            SELECT coalesce(d.organization_id, p.organization_id) AS organization_id,
                   coalesce(d.id, p.source_id) AS dispute_id, d.status, p.id AS pause_id
            FROM (SELECT * FROM pause WHERE kind = 'dispute' AND ended_at IS NULL) AS p
            FULL JOIN (
                SELECT * FROM dispute WHERE status = 'open' OR waiting_minor > 0
            ) AS d ON d.id = p.source_id AND d.organization_id = p.organization_id
            WHERE p.id IS NULL OR d.id IS NULL
        """,
    ),
    Invariant(
        name="an upheld dispute waits for what its invoice was not lowered by, and keeps that out",
        sql="""
            SELECT d.organization_id, d.id AS dispute_id, d.waiting_minor, p.amount_minor,
                   d.adjusted_minor, debt.credited_minor, debt.written_off_minor, debt.voided
            FROM dispute AS d
            LEFT JOIN debt ON debt.invoice_id = d.invoice_id
            LEFT JOIN pause AS p ON p.organization_id = d.organization_id
                AND p.kind = 'dispute' AND p.source_id = d.id AND p.ended_at IS NULL
            WHERE d.waiting_minor > 0 AND (debt.voided
                OR d.adjusted_minor IS DISTINCT FROM debt.credited_minor + debt.written_off_minor
                OR p.amount_minor IS DISTINCT FROM d.waiting_minor)
        """,
    ),
    Invariant(
        name="a plan's instalments sum to its debt and fee",
        sql="""
            SELECT a.organization_id, a.id AS agreement_id, a.amount_minor, sum(i.amount_minor)
            FROM agreement AS a LEFT JOIN instalment AS i ON i.agreement_id = a.id
            GROUP BY a.organization_id, a.id, a.amount_minor
            HAVING sum(i.amount_minor) IS DISTINCT FROM a.amount_minor
        """,
    ),
)
