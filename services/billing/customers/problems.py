"""Why an invoice cannot be for this customer or line."""

from http import HTTPStatus
from uuid import UUID

from shared.problems import Problem


class CustomerUnknown(Problem):
    """Billing has not (yet) heard of the customer; if it was created just now, try again."""

    status = HTTPStatus.NOT_FOUND
    slug = "customer-unknown"
    title = "Customer unknown"

    def __init__(self, customer_id: UUID) -> None:
        super().__init__(
            f"Customer {customer_id} is not known here; if it was created just now, try again"
            " in a second.",
            customer_id=customer_id,
        )


class CustomerInactive(Problem):
    """A deactivated customer gets no new invoices; reactivate it first."""

    status = HTTPStatus.CONFLICT
    slug = "customer-inactive"
    title = "Customer is inactive"

    def __init__(self, customer_id: UUID) -> None:
        super().__init__(f"Customer {customer_id} is inactive.", customer_id=customer_id)


class LineUnknown(Problem):
    """Billing has not (yet) heard of the line; if it was created just now, try again."""

    status = HTTPStatus.NOT_FOUND
    slug = "line-unknown"
    title = "Line unknown"

    def __init__(self, line_id: UUID) -> None:
        super().__init__(
            f"Line {line_id} is not known here; if it was created just now, try again in a second.",
            line_id=line_id,
        )


class LineOfAnotherCustomer(Problem):
    """An invoice for a line goes to the customer whose line it is."""

    status = HTTPStatus.CONFLICT
    slug = "line-of-another-customer"
    title = "The line belongs to another customer"

    def __init__(self, line_id: UUID, customer_id: UUID) -> None:
        super().__init__(
            f"Line {line_id} is not a line of customer {customer_id}.",
            line_id=line_id,
            customer_id=customer_id,
        )
