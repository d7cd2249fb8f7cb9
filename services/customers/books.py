"""What this service opens to inspection: its books, and what must always hold of them."""

from typing import Final

from shared.runtime import Book, Invariant

BOOKS: Final = (
    Book(
        name="customers",
        columns=("organization_id", "customer_id", "active", "version"),
        sql="""
            SELECT organization_id, id AS customer_id, active, version
            FROM customer ORDER BY organization_id, id
        """,
    ),
    Book(
        name="lines",
        columns=(
            "organization_id",
            "line_id",
            "customer_id",
            "status",
            "non_payment",
            "generation",
        ),
        sql="""
            SELECT organization_id, id AS line_id, customer_id, status,
                   'non_payment' = ANY (holds) AS non_payment, generation
            FROM line ORDER BY organization_id, id
        """,
    ),
)

INVARIANTS: Final = (
    Invariant(
        name="the holds of a line are its rows in hold, one per reason",
        sql="""
            SELECT coalesce(line.id, held.line_id) AS line_id, line.holds, held.reasons
            FROM (SELECT * FROM line WHERE holds <> '{}') AS line
            FULL JOIN (
                SELECT line_id, array_agg(reason ORDER BY reason) AS reasons
                FROM hold GROUP BY line_id
            ) AS held ON held.line_id = line.id
            WHERE held.reasons IS DISTINCT FROM
                  (SELECT array_agg(reason ORDER BY reason) FROM unnest(line.holds) AS reason)
        """,
    ),
    Invariant(
        name="a line is suspended while it is installed, not cancelled and held",
        sql="""
            SELECT id AS line_id, status, holds FROM line
            WHERE (status = 'suspended') <>
                  (activated_at IS NOT NULL AND cancelled_at IS NULL AND holds <> '{}')
        """,
    ),
    Invariant(
        name="an inactive customer has no line in service",
        sql="""
            SELECT line.id AS line_id, customer.id AS customer_id, line.status
            FROM customer JOIN line ON line.customer_id = customer.id
            WHERE NOT customer.active AND line.status IN ('active', 'suspended')
        """,
    ),
    Invariant(
        name="a line belongs to the organization of its customer",
        sql="""
            SELECT line.id AS line_id, customer.id AS customer_id
            FROM line JOIN customer ON customer.id = line.customer_id
            WHERE line.organization_id <> customer.organization_id
        """,
    ),
    Invariant(
        name="every version of a line has its cause in line_history, and the last its status",
        sql="""
            SELECT line.id AS line_id, line.version, line.status, past.versions, past.to_status
            FROM line LEFT JOIN (
                SELECT line_id, count(*) AS versions, max(version) AS newest,
                       (array_agg(to_status ORDER BY version DESC))[1] AS to_status
                FROM line_history GROUP BY line_id
            ) AS past ON past.line_id = line.id
            WHERE (line.version, line.version, line.status) IS DISTINCT FROM
                  (past.versions, past.newest, past.to_status)
        """,
    ),
    Invariant(
        name="a non_payment hold rests on a decision, and its line knows the generation",
        sql="""
            SELECT hold.line_id, hold.decision_id, line.generation
            FROM hold LEFT JOIN line ON line.id = hold.line_id
            WHERE hold.reason = 'non_payment'
              AND (hold.decision_id IS NULL OR line.generation IS NULL OR line.generation < 1)
        """,
    ),
    Invariant(
        name="only a sandbox's clock is moved, and never back",
        sql="""
            SELECT id AS organization_id, sandbox, clock_offset_seconds FROM organization
            WHERE clock_offset_seconds < 0 OR (clock_offset_seconds > 0 AND NOT sandbox)
        """,
    ),
)
