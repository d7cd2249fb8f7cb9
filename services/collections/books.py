"""What this service opens to inspection: its books, and what must always hold of them.

Who deserves what is said here a second time, in SQL over everybody at once, so that a fault
in the path that judges lines one event at a time shows.
"""

from typing import Final

from shared.runtime import Book, Invariant

# Lines with what counts against them beyond grace, today, by the policy in force. `settled`:
# the organization has nothing under way (a day or a run not worked through) that would
# explain a line which is not as it deserves. `plain`: four terms and due dates are all that
# decide; where stages, pauses or exemptions do, it is only asked that a line off owes something.
STANDING: Final = """
WITH terms AS (
    SELECT o.id AS organization_id, p.grace_days, p.minimum_minor, p.currency, p.suspend_scope,
           p.active, o.today, p.document IS NULL AS plain,
           c.watermark >= o.today AND NOT EXISTS (
               SELECT FROM run WHERE run.organization_id = o.id
                 AND run.status IN ('pending', 'running', 'stopped')
           ) AS settled
    FROM (
        SELECT id, ((now() + make_interval(secs => clock_offset_seconds))
                    AT TIME ZONE time_zone)::date AS today
        FROM organization
    ) AS o
    JOIN assessment_clock AS c ON c.organization_id = o.id
    CROSS JOIN LATERAL (
        SELECT * FROM policy WHERE policy.organization_id = o.id ORDER BY version DESC LIMIT 1
    ) AS p
), owed AS (
    SELECT CASE t.suspend_scope WHEN 'customer' THEN d.customer_id ELSE d.line_id END AS owner_id,
           d.currency, t.active, t.currency = d.currency AS own_currency, t.minimum_minor,
           sum(d.open_minor)::bigint AS open_minor
    FROM debt AS d JOIN terms AS t USING (organization_id)
    WHERE d.open_minor > 0 AND d.due_on + t.grace_days < t.today
    GROUP BY 1, 2, 3, 4, 5
), justified AS (
    SELECT owner_id, sum(open_minor)::bigint AS overdue_open_minor,
           bool_or(active AND open_minor >= CASE WHEN own_currency
                   THEN greatest(minimum_minor, 1) ELSE 1 END) AS justified
    FROM owed WHERE owner_id IS NOT NULL GROUP BY owner_id
), standing AS (
    SELECT l.organization_id, l.line_id, l.status, e.ordered,
           coalesce(e.generation, 0) AS generation, t.settled,
           coalesce(j.justified, false) AS justified, t.plain AND NOT l.essential AND NOT EXISTS (
               SELECT FROM pause WHERE pause.customer_id = l.customer_id AND ended_at IS NULL
           ) AND NOT EXISTS (
               SELECT FROM exemption AS x
               WHERE x.organization_id = l.organization_id AND revoked_at IS NULL
           ) AS plain,
           EXISTS (SELECT FROM debt WHERE debt.customer_id = l.customer_id
                     AND debt.organization_id = l.organization_id AND debt.open_minor > 0
                     AND debt.due_on <= t.today) AS overdue,
           coalesce(j.overdue_open_minor, 0) AS overdue_open_minor
    FROM line AS l
    LEFT JOIN terms AS t ON t.organization_id = l.organization_id
    LEFT JOIN line_enforcement AS e ON e.line_id = l.line_id
    LEFT JOIN justified AS j ON j.owner_id =
        CASE t.suspend_scope WHEN 'customer' THEN l.customer_id ELSE l.line_id END
)
"""

BOOKS: Final = (
    Book(
        name="debts",
        columns=(
            "organization_id",
            "invoice_id",
            "customer_id",
            "total_minor",
            "credited_minor",
            "written_off_minor",
            "recovered_minor",
            "allocated_minor",
            "open_minor",
            "voided",
            "receivable_version",
        ),
        sql="""
            SELECT organization_id, invoice_id, customer_id, total_minor, credited_minor,
                   written_off_minor, recovered_minor, allocated_minor, open_minor, voided,
                   receivable_version
            FROM debt ORDER BY organization_id, invoice_id
        """,
    ),
    Book(
        name="enforcement",
        columns=(
            "organization_id",
            "line_id",
            "ordered",
            "generation",
            "status",
            "overdue_open_minor",
        ),
        sql=f"""
            {STANDING}
            SELECT organization_id, line_id, ordered, generation, status, overdue_open_minor
            FROM standing ORDER BY organization_id, line_id
        """,
    ),
)

INVARIANTS: Final = (
    Invariant(
        name="reminders of a kind for an invoice are 24 hours apart or more",
        sql="""
            SELECT invoice_id, kind, created_at, before FROM (
                SELECT invoice_id, kind, created_at,
                       lag(created_at) OVER (PARTITION BY invoice_id, kind ORDER BY created_at)
                           AS before
                FROM reminder) AS made
            WHERE created_at < before + interval '24 hours'
        """,
    ),
    Invariant(
        name="a line ordered off owes what its policy asks for",
        sql=f"""
            {STANDING}
            SELECT organization_id, line_id, generation, overdue_open_minor FROM standing
            WHERE ordered = 'suspend' AND settled AND status <> 'cancelled'
              AND NOT CASE WHEN plain THEN justified ELSE overdue END
        """,
    ),
    Invariant(
        name="an installed line that owes what its policy asks for is ordered off",
        sql=f"""
            {STANDING}
            SELECT organization_id, line_id, generation, overdue_open_minor FROM standing
            WHERE ordered IS DISTINCT FROM 'suspend' AND justified AND settled
              AND status IN ('active', 'suspended') AND plain
        """,
    ),
    Invariant(
        name="a line that has seen its last order is as it was ordered",
        sql="""
            SELECT l.organization_id, l.line_id, l.non_payment, e.ordered, l.generation
            FROM line AS l LEFT JOIN line_enforcement AS e ON e.line_id = l.line_id
            WHERE l.status <> 'cancelled' AND l.generation >= coalesce(e.generation, 0)
              AND l.non_payment <> coalesce(e.ordered = 'suspend', false)
        """,
    ),
    Invariant(
        name="a debt is open between nothing and its total",
        sql="""
            SELECT organization_id, invoice_id, total_minor, credited_minor, written_off_minor,
                   recovered_minor, allocated_minor
            FROM debt WHERE total_minor IS NOT NULL AND NOT voided AND open_minor <>
                total_minor - credited_minor - (written_off_minor - recovered_minor)
                    - allocated_minor
        """,
    ),
    Invariant(
        name="every order in force is its line's last deciding decision",
        sql="""
            SELECT e.organization_id, e.line_id, e.decision_id, e.generation, d.id AS last_decision
            FROM line_enforcement AS e
            LEFT JOIN LATERAL (
                SELECT id, outcome, generation FROM decision
                WHERE decision.line_id = e.line_id AND decision.generation IS NOT NULL
                ORDER BY id DESC LIMIT 1
            ) AS d ON true
            WHERE (e.decision_id, e.ordered, e.generation)
                  IS DISTINCT FROM (d.id, d.outcome, d.generation)
        """,
    ),
    Invariant(
        name="every organization has a policy and a clock",
        sql="""
            SELECT id AS organization_id FROM organization
            WHERE NOT EXISTS (SELECT FROM policy WHERE policy.organization_id = organization.id)
               OR NOT EXISTS (SELECT FROM assessment_clock AS c
                              WHERE c.organization_id = organization.id)
        """,
    ),
    Invariant(
        name="whoever has a line or a debt can be locked",
        sql="""
            SELECT organization_id, customer_id FROM (
                SELECT organization_id, customer_id FROM line
                UNION SELECT organization_id, customer_id FROM debt) AS known
            WHERE NOT EXISTS (SELECT FROM debtor WHERE debtor.customer_id = known.customer_id)
        """,
    ),
)
