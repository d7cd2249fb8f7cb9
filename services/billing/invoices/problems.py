"""Refusals about invoices."""

from http import HTTPStatus
from uuid import UUID

from services.billing.invoices.rules import InvoiceStatus
from shared.money import Money
from shared.problems import Problem, ValidationFailed


class WrongStatus(Problem):
    """The invoice is not in a status that allows it; `current_status` says which it is in."""

    status = HTTPStatus.CONFLICT

    def __init__(self, invoice_id: UUID, current: InvoiceStatus, what: str) -> None:
        super().__init__(
            f"Invoice {invoice_id} is {current}: {what}.",
            invoice_id=invoice_id,
            current_status=current,
        )


class InvoiceNotDraft(WrongStatus):
    """Only a draft can be changed, issued or discarded; an issued invoice is frozen."""

    slug = "invoice-not-draft"
    title = "The invoice is not a draft"


class InvoiceNotIssued(WrongStatus):
    """Only an issued invoice can be voided; discard a draft instead."""

    slug = "invoice-not-issued"
    title = "The invoice is not issued"


class InvoiceHasAllocations(Problem):
    """Money is allocated to the invoice; reverse the allocations before voiding it."""

    status = HTTPStatus.CONFLICT
    slug = "invoice-has-allocations"
    title = "Money is allocated to the invoice"

    def __init__(self, invoice_id: UUID, allocated: str) -> None:
        super().__init__(
            f"{allocated} is allocated to invoice {invoice_id}; reverse that first.",
            invoice_id=invoice_id,
            allocated=allocated,
        )


class InvoiceAdjusted(Problem):
    """The invoice was credited or written off; what was lowered cannot be annulled."""

    status = HTTPStatus.CONFLICT
    slug = "invoice-adjusted"
    title = "The invoice has been credited or written off"

    def __init__(self, invoice_id: UUID, credited: str, written_off: str) -> None:
        super().__init__(
            f"{credited} of invoice {invoice_id} is credited and {written_off} written off;"
            " credit the rest instead of voiding it.",
            invoice_id=invoice_id,
            credited=credited,
            written_off=written_off,
        )


class NothingToAsk(Problem):
    """An invoice is issued for more than nothing."""

    status = HTTPStatus.CONFLICT
    slug = "invoice-total-zero"
    title = "The invoice comes to nothing"

    def __init__(self, invoice_id: UUID) -> None:
        super().__init__(
            f"The items of invoice {invoice_id} come to 0; give it one with a price.",
            invoice_id=invoice_id,
        )


class InvoiceTooLarge(ValidationFailed):
    """The items come to more than one invoice may ask for."""

    slug = "invoice-too-large"
    title = "The invoice is too large"

    def __init__(self, most: Money) -> None:
        message = f"an invoice comes to {most} at most; split it"
        super().__init__([{"loc": ["body", "items"], "msg": message, "type": "too_large"}])
