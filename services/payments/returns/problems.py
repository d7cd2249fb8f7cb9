"""Why money of a payment cannot go away, as RFC 9457 problems."""

from datetime import date
from http import HTTPStatus
from uuid import UUID

from shared.money import Money, MoneyOut
from shared.problems import Problem


class ReturnExceedsPayment(Problem):
    """More than is left of the payment; `left` says how much is."""

    status = HTTPStatus.CONFLICT
    slug = "return-exceeds-payment"
    title = "The payment has less left than that"

    def __init__(self, payment_id: UUID, amount: Money, left_minor: int) -> None:
        left = MoneyOut.of(left_minor, amount.currency)
        super().__init__(
            f"{amount} is more than the {left.amount} {amount.currency} that are left of payment"
            f" {payment_id}; the rest went back before.",
            payment_id=payment_id,
            left=left,
        )


class PaymentReturned(Problem):
    """Nothing is left of the payment: all of it went away before."""

    status = HTTPStatus.CONFLICT
    slug = "payment-returned"
    title = "Nothing is left of the payment"

    def __init__(self, payment_id: UUID) -> None:
        super().__init__(
            f"All of payment {payment_id} went back before; see its `returns`.",
            payment_id=payment_id,
        )


class ReturnedInTheFuture(Problem):
    """`returned_on` lies in the future of the organization's calendar, or before the payment."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    slug = "returned-out-of-time"
    title = "Money cannot have gone back on that day"

    def __init__(self, returned_on: date, received_on: date, today: date) -> None:
        super().__init__(
            f"{returned_on} is not between {received_on}, when the money came, and {today}, which"
            " is today on the organization's calendar.",
            returned_on=returned_on,
            received_on=received_on,
            today=today,
        )
