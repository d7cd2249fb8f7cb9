"""Why a card payment is not begun or not given up, as RFC 9457 problems."""

from http import HTTPStatus
from uuid import UUID

from shared.problems import Problem


class NothingOpen(Problem):
    """Nothing is open on the invoice."""

    status = HTTPStatus.CONFLICT
    slug = "nothing-open"
    title = "Nothing is open on the invoice"

    def __init__(self, invoice_id: UUID) -> None:
        super().__init__(f"Nothing is open on invoice {invoice_id}.", invoice_id=invoice_id)


class IntentClosed(Problem):
    """The payment can no longer be given up; `state` says what became of it."""

    status = HTTPStatus.CONFLICT
    slug = "payment-intent-closed"
    title = "The payment can no longer be cancelled"

    def __init__(self, payment_id: UUID, state: str) -> None:
        super().__init__(f"Payment {payment_id} is {state}.", state=state)


class NotAtTestProcessor(Problem):
    """Only payments at the local test processor are paid or disputed by a request."""

    status = HTTPStatus.CONFLICT
    slug = "not-at-test-processor"
    title = "The payment is at a real processor"

    def __init__(self, provider: str) -> None:
        super().__init__(f"The payment is at {provider}: its payer confirms it there.")
