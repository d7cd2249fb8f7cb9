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
        "credited_minor",
        "written_off_minor",
        "recovered_minor",
        "allocated_minor",
        "open_minor",
        "voided",
        "version",
    ),
    sql="""
        SELECT organization_id, invoice_id, customer_id, total_minor, credited_minor,
               written_off_minor, recovered_minor, allocated_minor, open_minor, voided, version
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
        "returned_minor",
    ),
    sql="""
        SELECT organization_id, id AS payment_id, customer_id, currency, amount_minor,
               allocated_minor, amount_minor - allocated_minor - returned_minor AS credited_minor,
               returned_minor
        FROM payment, LATERAL (
            SELECT coalesce(sum(amount_minor), 0)::bigint AS allocated_minor
            FROM allocation WHERE payment_id = payment.id) AS put, LATERAL (
            SELECT coalesce(sum(amount_minor), 0)::bigint AS returned_minor
            FROM payment_return WHERE payment_id = payment.id) AS went
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
        "a payment is allocated, credited or returned to the last minor unit",
        """
        SELECT payment.id AS payment_id, amount_minor, allocated, credited, returned
        FROM payment
        LEFT JOIN (SELECT payment_id, sum(amount_minor) AS allocated
                   FROM allocation GROUP BY payment_id) AS put ON put.payment_id = payment.id
        LEFT JOIN (SELECT payment_id, sum(amount_minor) AS credited
                   FROM credit_movement GROUP BY payment_id) AS kept
            ON kept.payment_id = payment.id
        LEFT JOIN (SELECT payment_id, sum(amount_minor) AS returned
                   FROM payment_return GROUP BY payment_id) AS went
            ON went.payment_id = payment.id
        WHERE amount_minor <> coalesce(allocated, 0) + coalesce(credited, 0)
                              + coalesce(returned, 0)
           OR allocated < 0 OR credited < 0 OR returned > amount_minor
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
        "a receivable is never paid beyond what is asked, and a void one not at all",
        """
        SELECT invoice_id, total_minor, credited_minor, written_off_minor, recovered_minor,
               allocated_minor, open_minor, voided
        FROM receivable
        WHERE allocated_minor < 0 OR (voided AND (allocated_minor, open_minor) <> (0, 0))
           OR (NOT voided AND number IS NOT NULL AND (
               recovered_minor NOT BETWEEN 0 AND written_off_minor
               OR open_minor NOT BETWEEN 0 AND total_minor
               OR open_minor <> total_minor - credited_minor
                                - (written_off_minor - recovered_minor) - allocated_minor))
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
        "the journal says what the payments, returns, transfers, allocations and credits say",
        """
        SELECT organization_id, currency, account, of, sum(minor) AS difference_minor
        FROM (
            SELECT organization_id, currency, account, amount_minor AS minor,
                   coalesce(deposit_account_id, invoice_id,
                            CASE WHEN account = 'credit' THEN customer_id END) AS of
            FROM journal_entry
            UNION ALL
            SELECT organization_id, currency, 'deposit', -amount_minor, deposit_account_id
            FROM payment
            UNION ALL
            SELECT organization_id, currency, 'deposit', amount_minor, deposit_account_id
            FROM payment_return
            UNION ALL
            SELECT organization_id, currency,
                   CASE WHEN from_account_id IS NULL THEN 'opening' ELSE 'deposit' END,
                   amount_minor, from_account_id
            FROM deposit_transfer
            UNION ALL
            SELECT organization_id, currency,
                   CASE WHEN to_account_id IS NULL THEN 'opening' ELSE 'deposit' END,
                   -amount_minor, to_account_id
            FROM deposit_transfer
            UNION ALL
            SELECT payment.organization_id, currency, 'receivable', allocation.amount_minor,
                   invoice_id
            FROM allocation JOIN payment ON payment.id = payment_id
            UNION ALL
            SELECT organization_id, currency, 'credit', amount_minor, customer_id
            FROM credit_movement) AS said
        GROUP BY organization_id, currency, account, of
        HAVING sum(minor) <> 0
        """,
    ),
    Invariant(
        "a deposit account's kept balance is the sum of its entries so far",
        """
        SELECT deposit_account_id, balance_minor, entries
        FROM deposit_balance AS kept, LATERAL (
            SELECT coalesce(sum(amount_minor), 0) AS entries FROM journal_entry
            WHERE journal_entry.deposit_account_id = kept.deposit_account_id
              AND id <= kept.entry_id) AS summed
        WHERE balance_minor <> entries
        """,
    ),
    Invariant(
        "money lands in accounts of its organization and currency",
        """
        SELECT entry.id AS entry_id, entry.deposit_account_id
        FROM journal_entry AS entry LEFT JOIN deposit_account AS account
            ON account.id = deposit_account_id
        WHERE deposit_account_id IS NOT NULL
          AND (entry.organization_id, entry.currency)
              IS DISTINCT FROM (account.organization_id, account.currency)
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
        WHERE coalesce(balance_minor, 0) <> coalesce(moved, 0) OR balance_minor < 0
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
