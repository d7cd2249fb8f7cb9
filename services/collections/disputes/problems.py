"""What is refused about disputes."""

from http import HTTPStatus
from uuid import UUID

from shared.problems import Problem


class InvoiceDisputed(Problem):
    """The invoice has a dispute that is not decided yet."""

    status = HTTPStatus.CONFLICT
    slug = "invoice-disputed"
    title = "The invoice is disputed already"

    def __init__(self, invoice_id: UUID, dispute_id: UUID) -> None:
        super().__init__(
            f"Invoice {invoice_id} is disputed already.",
            invoice_id=invoice_id,
            dispute_id=dispute_id,
        )


class DisputeOver(Problem):
    """The dispute was decided already."""

    status = HTTPStatus.CONFLICT
    slug = "dispute-over"
    title = "The dispute was decided already"

    def __init__(self, dispute_id: UUID, status: str) -> None:
        super().__init__(
            f"Dispute {dispute_id} is {status}.", dispute_id=dispute_id, dispute_status=status
        )
