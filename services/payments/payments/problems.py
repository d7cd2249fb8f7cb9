"""Why a payment is refused, as RFC 9457 problems."""

from datetime import date
from http import HTTPStatus
from uuid import UUID

from services.payments.payments.parts import Verdict
from services.payments.payments.rules import Refusal
from shared.money import Money, MoneyOut
from shared.problems import Problem


class ReceivableUnknown(Problem):
    """No issued invoice of that id has been heard of, even after waiting for it."""

    status = HTTPStatus.NOT_FOUND
    slug = "receivable-unknown"
    title = "The invoice is not known here"

    def __init__(self, invoice_id: UUID) -> None:
        super().__init__(
            f"No issued invoice {invoice_id} is known here. If it was issued just now, repeat the"
            " request with the same Idempotency-Key in a second; a draft cannot be paid.",
            invoice_id=invoice_id,
        )
        self.headers["Retry-After"] = "1"


class CustomerUnknown(Problem):
    """No customer of that id has been heard of, even after waiting for it."""

    status = HTTPStatus.NOT_FOUND
    slug = "customer-unknown"
    title = "The customer is not known here"

    def __init__(self, customer_id: UUID) -> None:
        super().__init__(
            f"No customer {customer_id} is known here. If it was created just now, repeat the"
            " request with the same Idempotency-Key in a second.",
            customer_id=customer_id,
        )
        self.headers["Retry-After"] = "1"


class ReceivableVoid(Problem):
    """The invoice was annulled; nothing is owed on it."""

    status = HTTPStatus.CONFLICT
    slug = "receivable-void"
    title = "The invoice is void"

    def __init__(self, invoice_id: UUID) -> None:
        super().__init__(
            f"Invoice {invoice_id} was annulled. Send the money with `customer_id` and"
            ' `"surplus": "credit"` to put it to other invoices or to the account credit.',
            invoice_id=invoice_id,
        )


class CurrencyMismatch(Problem):
    """The money is of another currency than what is owed."""

    status = HTTPStatus.CONFLICT
    slug = "currency-mismatch"
    title = "The currencies differ"

    def __init__(self, owed_in: str, paid_in: str) -> None:
        super().__init__(f"It is owed in {owed_in}; the payment is in {paid_in}.", currency=owed_in)


class Overpayment(Problem):
    """More than is open; `open` says how much is."""

    status = HTTPStatus.CONFLICT
    slug = "overpayment"
    title = "The payment is more than what is open"

    def __init__(self, amount: Money, open_minor: int, customer_id: UUID | None) -> None:
        still_open = MoneyOut.of(open_minor, amount.currency)
        super().__init__(
            f"{amount} is more than the {still_open.amount} {amount.currency} that is open. Pay"
            ' that, or send `"surplus": "credit"` to keep the rest as account credit.',
            open=still_open,
            customer_id=customer_id,
        )


class NotYetReceived(Problem):
    """`received_on` lies in the future of the organization's calendar."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    slug = "received-in-the-future"
    title = "Money cannot have arrived in the future"

    def __init__(self, received_on: date, today: date) -> None:
        super().__init__(
            f"{received_on} is after {today}, which is today on the organization's calendar.",
            received_on=received_on,
            today=today,
        )


class CustomersDiffer(Problem):
    """The invoices belong to different customers; a payment is one customer's."""

    status = HTTPStatus.CONFLICT
    slug = "customers-differ"
    title = "The invoices are of different customers"

    def __init__(self, invoice_id: UUID) -> None:
        super().__init__(
            f"Invoice {invoice_id} and the others are not all of one customer; money stays with"
            " its customer.",
            invoice_id=invoice_id,
        )


class AllocationTooLarge(Problem):
    """An invoice shall get more than can be paid on it; `open` says how much can."""

    status = HTTPStatus.CONFLICT
    slug = "allocation-too-large"
    title = "An invoice would get more than is open on it"

    def __init__(self, invoice_id: UUID, open_minor: int, currency: str) -> None:
        still_open = MoneyOut.of(open_minor, currency)
        super().__init__(
            f"Invoice {invoice_id} takes {still_open.amount} {currency} at most.",
            invoice_id=invoice_id,
            open=still_open,
        )


def problem_of_part(verdict: Verdict, currency: str) -> Problem:
    """The problem of one of several invoices."""
    match verdict.why:
        case Refusal.UNKNOWN:
            return ReceivableUnknown(verdict.invoice_id)
        case Refusal.VOID:
            return ReceivableVoid(verdict.invoice_id)
        case Refusal.OTHER_CURRENCY:
            return CurrencyMismatch(str(verdict.owed_in), currency)
        case Refusal.CUSTOMERS_DIFFER:
            return CustomersDiffer(verdict.invoice_id)
        case _:
            return AllocationTooLarge(verdict.invoice_id, verdict.payable_minor, currency)
