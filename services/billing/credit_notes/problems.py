"""Refusals about credit notes."""

from collections.abc import Sequence
from http import HTTPStatus
from uuid import UUID

from shared.problems import Problem


class NothingToCredit(Problem):
    """What is asked for comes to nothing: there is no amount left to take back."""

    status = HTTPStatus.CONFLICT
    slug = "nothing-to-credit"
    title = "There is nothing to credit"

    def __init__(self) -> None:
        super().__init__("Nothing is left to be credited, or what was asked for comes to 0.")


class CreditExceedsInvoice(Problem):
    """A credit note takes back at most what the invoice asks for, less what was given up."""

    status = HTTPStatus.CONFLICT
    slug = "credit-exceeds-invoice"
    title = "The credit is more than the invoice asks for"

    def __init__(self, invoice_id: UUID, creditable: str) -> None:
        super().__init__(
            f"At most {creditable} of invoice {invoice_id} can still be credited.",
            invoice_id=invoice_id,
            creditable=creditable,
        )


class CreditExceedsItem(Problem):
    """A credit note takes back at most what is left of an item; `left` says how much."""

    status = HTTPStatus.CONFLICT
    slug = "credit-exceeds-item"
    title = "The credit is more than the item"

    def __init__(self, position: int, left: str) -> None:
        super().__init__(
            f"Of item {position} only {left} can still be credited.", position=position, left=left
        )


class ItemUnknown(Problem):
    """The invoice has no item at that position."""

    status = HTTPStatus.NOT_FOUND
    slug = "invoice-item-unknown"
    title = "The invoice has no such item"

    def __init__(self, position: int, known: Sequence[int]) -> None:
        super().__init__(
            f"The invoice has no item {position}; it has {known[0]} to {known[-1]}.",
            position=position,
        )
