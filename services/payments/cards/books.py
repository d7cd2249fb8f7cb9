"""What must hold between what processors reported and the books, at every instant."""

from typing import Final

from shared.runtime import Invariant

INVARIANTS: Final = (
    Invariant(
        "money of a card payment is in the books once its processor reported it, and only then",
        """
        SELECT payment.id AS payment_id, payment.amount_minor, intent.status, received_minor
        FROM payment LEFT JOIN payment_intent AS intent USING (id, organization_id)
        WHERE payment.provider IS NOT NULL
          AND (payment.provider, payment.amount_minor, payment.currency, 'succeeded')
              IS DISTINCT FROM
              (intent.provider, intent.received_minor, intent.currency, intent.status)
        UNION ALL
        SELECT id, NULL, status, received_minor FROM payment_intent
        WHERE recorded AND NOT EXISTS (SELECT FROM payment WHERE payment.id = payment_intent.id)
        """,
    ),
    Invariant(
        "a refund or charge-back of a card payment has left the books once its processor reported"
        " it, and only then",
        """
        SELECT due.id, kind, provider_ref, due.amount_minor, went.amount_minor AS returned_minor
        FROM (
            SELECT id, organization_id, payment_id, 'refund' AS kind,
                   provider_refund_id AS provider_ref, amount_minor
            FROM card_refund WHERE returned
            UNION ALL
            SELECT id, organization_id, payment_id, 'chargeback', provider_dispute_id, amount_minor
            FROM card_dispute WHERE returned) AS due
        LEFT JOIN payment_return AS went USING (organization_id, payment_id, kind, provider_ref)
        WHERE due.amount_minor IS DISTINCT FROM went.amount_minor
        """,
    ),
)
