"""What is refused about agreements."""

from http import HTTPStatus
from uuid import UUID

from shared.money import Money
from shared.problems import Problem


class AgreementOpen(Problem):
    """The case has an agreement that is not over; end it before making another."""

    status = HTTPStatus.CONFLICT
    slug = "agreement-open"
    title = "There is an open agreement"

    def __init__(self, case_id: UUID, agreement_id: UUID, kind: str) -> None:
        super().__init__(
            f"Case {case_id} has an open {kind}, {agreement_id}.",
            case_id=case_id,
            agreement_id=agreement_id,
            kind=kind,
        )


class AgreementOver(Problem):
    """The agreement was kept, broken or cancelled already."""

    status = HTTPStatus.CONFLICT
    slug = "agreement-over"
    title = "The agreement is over"

    def __init__(self, agreement_id: UUID, status: str) -> None:
        super().__init__(
            f"Agreement {agreement_id} is {status}.",
            agreement_id=agreement_id,
            agreement_status=status,
        )


class NothingOwed(Problem):
    """Nothing is overdue in the organization's currency: there is nothing to agree about."""

    status = HTTPStatus.CONFLICT
    slug = "nothing-owed"
    title = "Nothing is owed"

    def __init__(self, case_id: UUID) -> None:
        super().__init__(f"Case {case_id} owes nothing to agree about.", case_id=case_id)


class AmountNotOwed(Problem):
    """The amount is not more than nothing and at most what is owed."""

    status = HTTPStatus.CONFLICT
    slug = "amount-not-owed"
    title = "The amount does not fit what is owed"

    def __init__(self, given: Money, owed: Money) -> None:
        super().__init__(
            f"{given} does not fit what is owed: {owed}.",
            amount=str(given),
            owed=str(owed),
        )
