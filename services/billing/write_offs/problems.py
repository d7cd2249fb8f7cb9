"""Refusals about write-offs."""

from http import HTTPStatus
from uuid import UUID

from shared.problems import Problem


class NothingOpen(Problem):
    """Only what is open can be given up, and nothing is."""

    status = HTTPStatus.CONFLICT
    slug = "nothing-open"
    title = "Nothing is open on the invoice"

    def __init__(self, invoice_id: UUID) -> None:
        super().__init__(f"Nothing is open on invoice {invoice_id}.", invoice_id=invoice_id)


class WriteOffExceedsOpen(Problem):
    """At most what is open can be given up; `open` says how much that is."""

    status = HTTPStatus.CONFLICT
    slug = "write-off-exceeds-open"
    title = "The write-off is more than is open"

    def __init__(self, invoice_id: UUID, owed: str) -> None:
        super().__init__(
            f"Only {owed} is open on invoice {invoice_id}.", invoice_id=invoice_id, open=owed
        )
