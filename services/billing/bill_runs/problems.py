"""Refusals about bill runs."""

from datetime import date
from http import HTTPStatus
from uuid import UUID

from shared.problems import Problem, ValidationFailed


class BillRunOpen(Problem):
    """A bill run of the organization is going on; wait for it or cancel it."""

    status = HTTPStatus.CONFLICT
    slug = "bill-run-open"
    title = "A bill run is going on"

    def __init__(self) -> None:
        super().__init__("A bill run is going on; wait until it is finished, or cancel it.")


class BillRunOver(Problem):
    """The bill run is finished or cancelled already."""

    status = HTTPStatus.CONFLICT
    slug = "bill-run-over"
    title = "The bill run is over"

    def __init__(self, bill_run_id: UUID, state: str) -> None:
        super().__init__(
            f"Bill run {bill_run_id} is {state}.", bill_run_id=bill_run_id, state=state
        )


class PeriodOutOfReach(ValidationFailed):
    """A run ends at most a month ahead and begins at most two years back, in that order."""

    slug = "bill-period-out-of-reach"
    title = "The days of the run are out of reach"

    def __init__(self, first: date, last: date) -> None:
        message = f"give days from {first} to {last}, the first before the last"
        super().__init__([{"loc": ["body", "period_to"], "msg": message, "type": "out_of_reach"}])


class PeriodMadeGoodLater(Problem):
    """A later bill made good days of the period that the invoice billed; credit it instead.

    When that was an invoice (`later` names it), it can be voided first.
    """

    status = HTTPStatus.CONFLICT
    slug = "period-made-good-later"
    title = "A later bill rests on the invoice"

    def __init__(self, invoice_id: UUID, later: UUID | None) -> None:
        super().__init__(
            f"A later bill made good days of the period of invoice {invoice_id}: void that one"
            " first, or credit this one.",
            invoice_id=invoice_id,
            later=later,
        )
