"""What this service shows to `make verify`, and what must hold in it at every instant."""

from typing import Final

from shared.runtime import Book, Invariant

RECEIVABLES: Final = Book(
    name="receivables",
    columns=(
        "organization_id",
        "invoice_id",
        "customer_id",
        "total_minor",
        "allocated_minor",
        "open_minor",
        "voided",
        "version",
    ),
    sql="""
        SELECT organization_id, invoice_id, customer_id, total_minor, allocated_minor,
               open_minor, voided, version
        FROM receivable
        ORDER BY organization_id, invoice_id
    """,
)

PAYMENTS: Final = Book(
    name="payments",
    columns=(
        "organization_id",
        "payment_id",
        "customer_id",
        "currency",
        "amount_minor",
        "allocated_minor",
        "credited_minor",
    ),
    sql="""
        SELECT organization_id, id AS payment_id, customer_id, currency, amount_minor,
               allocated_minor, amount_minor - allocated_minor AS credited_minor
        FROM payment, LATERAL (
            SELECT coalesce(sum(amount_minor), 0)::bigint AS allocated_minor
            FROM allocation WHERE payment_id = payment.id) AS put
        ORDER BY organization_id, id
    """,
)

CREDITS: Final = Book(
    name="credits",
    columns=("organization_id", "customer_id", "currency", "balance_minor", "version"),
    sql="""
        SELECT organization_id, customer_id, currency, balance_minor, version
        FROM account_credit
        ORDER BY organization_id, customer_id, currency
    """,
)

BOOKS: Final = (RECEIVABLES, PAYMENTS, CREDITS)

INVARIANTS: Final = (
    Invariant(
        "a payment is allocated or credited to the last minor unit",
        """
        SELECT payment.id AS payment_id, amount_minor, allocated, credited
        FROM payment
        LEFT JOIN (SELECT payment_id, sum(amount_minor) AS allocated
                   FROM allocation GROUP BY payment_id) AS put ON put.payment_id = payment.id
        LEFT JOIN (SELECT payment_id, sum(amount_minor) AS credited
                   FROM credit_movement GROUP BY payment_id) AS kept
            ON kept.payment_id = payment.id
        WHERE amount_minor <> coalesce(allocated, 0) + coalesce(credited, 0)
        """,
    ),
    Invariant(
        "a receivable's allocated amount and version follow from its allocations",
        """
        SELECT invoice_id, allocated_minor, version, allocated, movements
        FROM receivable
        FULL JOIN (SELECT invoice_id, sum(amount_minor) AS allocated, count(*) AS movements
                   FROM allocation GROUP BY invoice_id) AS put USING (invoice_id)
        WHERE allocated_minor IS DISTINCT FROM coalesce(allocated, 0)
           OR version IS DISTINCT FROM 1 + coalesce(movements, 0)
        """,
    ),
    Invariant(
        "a receivable is never paid beyond its total, and a void one not at all",
        """
        SELECT invoice_id, total_minor, allocated_minor, voided FROM receivable
        WHERE allocated_minor NOT BETWEEN 0 AND
              CASE WHEN voided THEN 0 ELSE total_minor END
        """,
    ),
    Invariant(
        "the journal balances per organization and currency",
        """
        SELECT organization_id, currency, sum(amount_minor) AS difference_minor
        FROM journal_entry GROUP BY organization_id, currency HAVING sum(amount_minor) <> 0
        """,
    ),
    Invariant(
        "each posting of the journal balances",
        """
        SELECT posting_id, sum(amount_minor) AS difference_minor
        FROM journal_entry GROUP BY posting_id HAVING sum(amount_minor) <> 0
        """,
    ),
    Invariant(
        "the journal says what the payments, allocations and credits say",
        """
        SELECT organization_id, currency, account, journaled, stated
        FROM (SELECT organization_id, currency, account, sum(amount_minor) AS journaled
              FROM journal_entry GROUP BY organization_id, currency, account) AS journal
        FULL JOIN (
            SELECT organization_id, currency, 'deposit' AS account, sum(amount_minor) AS stated
            FROM payment GROUP BY organization_id, currency
            UNION ALL
            SELECT payment.organization_id, currency, 'receivable', -sum(allocation.amount_minor)
            FROM allocation JOIN payment ON payment.id = payment_id
            GROUP BY payment.organization_id, currency
            UNION ALL
            SELECT organization_id, currency, 'credit', -sum(amount_minor)
            FROM credit_movement GROUP BY organization_id, currency) AS facts
            USING (organization_id, currency, account)
        WHERE coalesce(journaled, 0) <> coalesce(stated, 0)
        """,
    ),
    Invariant(
        "an account credit is the sum of its movements and never negative",
        """
        SELECT organization_id, customer_id, currency, balance_minor, moved
        FROM account_credit
        FULL JOIN (SELECT organization_id, customer_id, currency, sum(amount_minor) AS moved
                   FROM credit_movement GROUP BY organization_id, customer_id, currency) AS sums
            USING (organization_id, customer_id, currency)
        WHERE balance_minor IS DISTINCT FROM moved OR balance_minor < 0
        """,
    ),
    Invariant(
        "money stays within its organization and with its customer",
        """
        SELECT allocation.id AS allocation_id
        FROM allocation
        JOIN payment ON payment.id = payment_id
        LEFT JOIN receivable USING (invoice_id)
        WHERE (allocation.organization_id, payment.customer_id) IS DISTINCT FROM
              (payment.organization_id, receivable.customer_id)
           OR receivable.organization_id <> allocation.organization_id
        """,
    ),
)
