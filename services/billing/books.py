"""What must be true of billing's books, as SQL: `make verify` and the admin endpoints run it."""

from typing import Final

from shared.runtime import Book, Invariant

# Drafts are billing's own business: no other service has heard of them.
BOOKS: Final = (
    Book(
        "invoices",
        (
            "organization_id",
            "invoice_id",
            "customer_id",
            "total_minor",
            "allocated_minor",
            "credited_minor",
            "written_off_minor",
            "recovered_minor",
            "open_minor",
            "document",
            "receivable_version",
        ),
        """
        SELECT organization_id, id AS invoice_id, customer_id, total_minor, allocated_minor,
               credited_minor, written_off_minor, recovered_minor, open_minor, document,
               receivable_version
        FROM invoice WHERE document <> 'draft' ORDER BY organization_id, id
        """,
    ),
    Book(
        "payments",
        (
            "organization_id",
            "payment_id",
            "customer_id",
            "amount_minor",
            "allocated_minor",
            "returned_minor",
        ),
        """
        SELECT organization_id, payment_id, customer_id, amount_minor,
               coalesce(allocated_minor, 0) AS allocated_minor, returned_minor
        FROM (
            SELECT organization_id, payment_id, customer_id,
                   coalesce(sum(amount_minor) FILTER (WHERE kind = 'payment'), 0)::bigint
                       AS amount_minor,
                   coalesce(sum(amount_minor) FILTER (WHERE kind <> 'payment'), 0)::bigint
                       AS returned_minor
            FROM money_movement GROUP BY organization_id, payment_id, customer_id) AS moved
        LEFT JOIN (
            SELECT payment_id, sum(amount_minor)::bigint AS allocated_minor
            FROM allocation GROUP BY payment_id) AS put USING (payment_id)
        ORDER BY organization_id, payment_id
        """,
    ),
)
INVARIANTS: Final = (
    Invariant(
        "a billed period has its invoice, and a finished run counts its invoices",
        """
        SELECT p.organization_id, p.subscription_id AS id, p.invoice_id, p.total_minor
        FROM subscription_period AS p LEFT JOIN invoice AS i ON i.id = p.invoice_id
        WHERE p.invoice_id IS NOT NULL AND p.total_minor IS DISTINCT FROM i.total_minor
           OR p.outcome IN ('billed', 'voided')
               AND (p.outcome = 'voided') IS DISTINCT FROM (i.document = 'void')
        UNION ALL
        SELECT r.organization_id, r.id, NULL, r.total_minor FROM bill_run AS r
        LEFT JOIN (SELECT bill_run_id, count(*) AS invoices, sum(total_minor) AS total
                   FROM subscription_period WHERE invoice_id IS NOT NULL GROUP BY bill_run_id) AS p
            ON p.bill_run_id = r.id
        WHERE (r.invoices, r.total_minor)
            IS DISTINCT FROM (coalesce(p.invoices, 0), coalesce(p.total, 0))
        """,
    ),
    Invariant(
        "an issued invoice owes its total less credit notes, write-offs and allocations",
        """
        SELECT organization_id, id, document, total_minor, credited_minor, written_off_minor,
               recovered_minor, allocated_minor, open_minor FROM invoice
        WHERE document = 'issued' AND NOT (open_minor BETWEEN 0 AND total_minor
            AND open_minor = total_minor - credited_minor - (written_off_minor - recovered_minor)
                - allocated_minor)
        """,
    ),
    Invariant(
        "the items of an invoice come to its subtotal and tax",
        """
        SELECT i.organization_id, i.id, i.subtotal_minor, i.tax_minor, s.net_minor, s.tax
        FROM invoice AS i
        LEFT JOIN (SELECT invoice_id, sum(net_minor) AS net_minor, sum(tax_minor) AS tax
                   FROM invoice_item GROUP BY invoice_id) AS s ON s.invoice_id = i.id
        WHERE (i.subtotal_minor, i.tax_minor, i.total_minor)
            IS DISTINCT FROM (s.net_minor, s.tax, s.net_minor + s.tax)
        """,
    ),
    Invariant(
        "numbers have no gap and no repeat",
        """
        SELECT organization_id, series, s.last_number, i.numbers, i.first, i.last
        FROM invoice_series AS s
        FULL JOIN (SELECT organization_id, series, count(DISTINCT sequence) AS numbers,
                          count(*) AS documents, min(sequence) AS first, max(sequence) AS last
                   FROM (SELECT organization_id, series, sequence FROM invoice
                         WHERE document <> 'draft'
                         UNION ALL SELECT organization_id, series, sequence FROM credit_note) AS n
                   GROUP BY organization_id, series) AS i
            USING (organization_id, series)
        WHERE (1, s.last_number, s.last_number, s.last_number)
            IS DISTINCT FROM (i.first, i.last, i.numbers, i.documents)
        """,
    ),
    Invariant(
        "a document has a number exactly when it is not a draft",
        """
        SELECT organization_id, id, document, series, sequence, number FROM invoice
        WHERE (document = 'draft') <> (number IS NULL)
           OR number <> series || '-' || lpad(sequence::text, greatest(8, length(sequence::text)),
                                              '0')
        """,
    ),
    Invariant(
        "an invoice is settled on a day exactly when it is issued and covered",
        """
        SELECT organization_id, id, document, total_minor, open_minor, settled_on FROM invoice
        WHERE (settled_on IS NOT NULL) <> (document = 'issued' AND open_minor = 0)
        """,
    ),
    Invariant(
        "an invoice is credited and written off by its documents",
        """
        SELECT i.organization_id, i.id, i.credited_minor, c.credited, i.written_off_minor,
               w.written_off
        FROM invoice AS i
        LEFT JOIN (SELECT invoice_id, sum(total_minor) AS credited FROM credit_note
                   GROUP BY invoice_id) AS c ON c.invoice_id = i.id
        LEFT JOIN (SELECT invoice_id, sum(amount_minor) AS written_off FROM write_off
                   GROUP BY invoice_id) AS w ON w.invoice_id = i.id
        WHERE (i.credited_minor, i.written_off_minor)
            IS DISTINCT FROM (coalesce(c.credited, 0), coalesce(w.written_off, 0))
        """,
    ),
    Invariant(
        "the items of a credit note come to its net and tax",
        """
        SELECT n.organization_id, n.id, n.net_minor, n.tax_minor, s.net, s.tax
        FROM credit_note AS n
        LEFT JOIN (SELECT credit_note_id, sum(net_minor) AS net, sum(tax_minor) AS tax
                   FROM credit_note_item GROUP BY credit_note_id) AS s ON s.credit_note_id = n.id
        WHERE (n.net_minor, n.tax_minor) IS DISTINCT FROM (s.net, s.tax)
        """,
    ),
    Invariant(
        "no item is credited beyond its amounts",
        """
        SELECT i.organization_id, i.invoice_id, i.position FROM invoice_item AS i
        JOIN (SELECT n.invoice_id, c.item_position, sum(c.net_minor) AS net,
                     sum(c.tax_minor) AS tax
              FROM credit_note_item AS c JOIN credit_note AS n ON n.id = c.credit_note_id
              GROUP BY n.invoice_id, c.item_position) AS c
            ON c.invoice_id = i.invoice_id AND c.item_position = i.position
        WHERE c.net > i.net_minor OR c.tax > i.tax_minor
        """,
    ),
    Invariant(
        "every organization has its due clock",
        """
        SELECT o.id AS organization_id FROM organization AS o
        LEFT JOIN due_clock AS c ON c.organization_id = o.id WHERE c.organization_id IS NULL
        """,
    ),
)
