"""Refusals about currencies."""

from http import HTTPStatus
from uuid import UUID

from shared.problems import Problem


class CurrencyMismatch(Problem):
    """An invoice is in its customer's account currency, or else in the organization's."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    slug = "currency-mismatch"
    title = "The currency is not the customer's"

    def __init__(self, given: str, expected: str) -> None:
        super().__init__(
            f"This customer is billed in {expected}, not in {given}.",
            given=given,
            expected=expected,
        )


class AccountInUse(Problem):
    """The currency cannot change while invoices in the old one are open."""

    status = HTTPStatus.CONFLICT
    slug = "billing-account-in-use"
    title = "Open invoices are in another currency"

    def __init__(self, customer_id: UUID, currency: str) -> None:
        super().__init__(
            f"Customer {customer_id} has open invoices in another currency than {currency}.",
            customer_id=customer_id,
            currency=currency,
        )
