"""The seam to card processors: money that came through one goes back through it.

A refund of such a payment is not money until the processor says that it went; then
`operations.return_money` records it under the processor's reference.
"""

from http import HTTPStatus
from uuid import UUID

from starlette.responses import Response

from services.payments.cards import refunds
from services.payments.cards.answers import CardRefundOut
from services.payments.returns.operations import Return
from shared.db import Connection
from shared.problems import Problem


class RefundByProcessor(Problem):
    """A card payment's money goes back when its processor says so, and as the books decide."""

    status = HTTPStatus.CONFLICT
    slug = "refund-by-processor"
    title = "The refund goes through the card processor"

    def __init__(self, payment_id: UUID, provider: str) -> None:
        super().__init__(
            f"Payment {payment_id} came through {provider} and goes back through it: leave out"
            " `returned_on` and `from_invoices`.",
            payment_id=payment_id,
            provider=provider,
        )


async def request_refund(
    tx: Connection, organization_id: UUID, provider: str, wanted: Return
) -> Response:
    """Store that a payment's processor is to give money back; the answer to who asked for it."""
    if wanted.returned_on is not None or wanted.first:
        raise RefundByProcessor(wanted.payment_id, provider)
    row = await refunds.request(
        tx, organization_id, wanted.payment_id, wanted.amount_minor, wanted.reason, wanted.by
    )
    headers = {"Location": f"/payments/card-refunds/{row['id']}"}
    body = CardRefundOut.of(row).model_dump_json()
    return Response(body, HTTPStatus.ACCEPTED, headers, media_type="application/json")
