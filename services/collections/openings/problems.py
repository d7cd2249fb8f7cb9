"""What is refused about opening cases."""

from http import HTTPStatus
from uuid import UUID

from services.collections.cases.rules import CaseStatus
from shared.problems import Problem


class CaseGoesOn(Problem):
    """There is a case of that customer or line; `case_id` names it.

    One that was closed by hand stays closed until its debt is cured, and is the one meanwhile.
    """

    status = HTTPStatus.CONFLICT
    slug = "case-goes-on"
    title = "There is a case already"

    def __init__(self, case_id: UUID, status: CaseStatus) -> None:
        super().__init__(
            f"Case {case_id} goes on: it is {status.value}, and its debt is not cured.",
            case_id=case_id,
            case_status=status.value,
        )


class NothingOpen(Problem):
    """Nothing at all is owed, due or not, that a case could be about."""

    status = HTTPStatus.CONFLICT
    slug = "nothing-open"
    title = "Nothing is owed"

    def __init__(self, customer_id: UUID, line_id: UUID | None) -> None:
        owner = f"customer {customer_id}" if line_id is None else f"line {line_id}"
        super().__init__(f"Nothing of {owner} is open.", customer_id=customer_id, line_id=line_id)
