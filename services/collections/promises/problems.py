"""What is refused about promises."""

from http import HTTPStatus
from uuid import UUID

from shared.problems import Problem


class PromiseLimitReached(Problem):
    """The customer has promised as often in a year as the policy lets."""

    status = HTTPStatus.CONFLICT
    slug = "promise-limit-reached"
    title = "No more promises this year"

    def __init__(self, customer_id: UUID, made: int, per_year: int) -> None:
        super().__init__(
            f"Customer {customer_id} made {made} promises in a year; {per_year} may be made.",
            customer_id=customer_id,
            made=made,
            per_year=per_year,
        )
