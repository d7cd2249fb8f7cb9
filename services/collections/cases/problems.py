"""What is refused about cases."""

from collections.abc import Iterable
from http import HTTPStatus
from uuid import UUID

from services.collections.cases.rules import CaseStatus
from shared.problems import Problem


class IllegalCaseMove(Problem):
    """The case's status does not permit the move; `allowed` names those it does."""

    status = HTTPStatus.CONFLICT
    slug = "illegal-case-move"
    title = "The case's status does not permit that"

    def __init__(
        self, case_id: UUID, current: CaseStatus, wanted: CaseStatus, allowed: Iterable[CaseStatus]
    ) -> None:
        permitted = sorted(each.value for each in allowed)
        names = ", ".join(permitted) or "nothing any more"
        super().__init__(
            f"Case {case_id} is {current.value} and cannot become {wanted.value}."
            f" Allowed: {names}.",
            case_id=case_id,
            case_status=current.value,
            to=wanted.value,
            allowed=permitted,
        )


class CaseClosed(Problem):
    """The work on the case has ended."""

    status = HTTPStatus.CONFLICT
    slug = "case-closed"
    title = "The case is closed"

    def __init__(self, case_id: UUID) -> None:
        super().__init__(f"Case {case_id} is closed.", case_id=case_id)
