"""The seam to card processors: money that came through one goes back through it.

A refund of such a payment is not money until the processor says that it went; then
`operations.return_money` records it under the processor's reference.
"""

from http import HTTPStatus
from uuid import UUID

from starlette.responses import Response

from services.payments.returns.operations import Return
from shared.db import Connection
from shared.problems import Problem


class RefundByProcessor(Problem):
    """The payment came through a card processor, and goes back through it only."""

    status = HTTPStatus.CONFLICT
    slug = "refund-by-processor"
    title = "The refund goes through the card processor"

    def __init__(self, payment_id: UUID, provider: str) -> None:
        super().__init__(
            f"Payment {payment_id} came through {provider}: give it back there.",
            payment_id=payment_id,
            provider=provider,
        )


async def request_refund(
    tx: Connection, organization_id: UUID, provider: str, wanted: Return
) -> Response:
    """Ask the processor of a payment to give money back; the answer to who asked for it."""
    raise RefundByProcessor(wanted.payment_id, provider)
